"""What is told to clients that have no token yet (RFC 9728), and what they make of it."""

from typing import Any

import anyio
import pytest
from http_site import ERAS, Site, Sites, call, message, mint
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientMetadata, OAuthToken, ProtectedResourceMetadata
from quantconnect_tools import SCOPES

WELL_KNOWN = "/.well-known/oauth-protected-resource"
ISSUER = "/.well-known/oauth-authorization-server"
IDP = "https://idp.example.com"


@pytest.mark.parametrize("path", [WELL_KNOWN, WELL_KNOWN + "/mcp"])
def test_the_resource_is_described_at_both_places_where_sign_in_is_elsewhere(sites: Sites, path: str) -> None:
    site = sites.start(LEDGAI_AUTHORIZATION_SERVERS=IDP)
    answer = site.request("GET", path)
    assert answer.status_code == 200
    document = ProtectedResourceMetadata.model_validate_json(answer.content)
    assert str(document.resource) == f"{site.base}/mcp"
    assert [str(server).rstrip("/") for server in document.authorization_servers] == [IDP]
    assert document.scopes_supported == sorted(SCOPES)
    assert document.bearer_methods_supported == ["header"]
    challenge = site.post(message("tools/list")).headers["www-authenticate"]
    assert challenge.endswith(f', resource_metadata="{site.base}{WELL_KNOWN}/mcp"')
    for path in (ISSUER, "/authorize"):
        assert site.request("GET", path).status_code == 404
    assert "sign-in" not in site.request("POST", "/register", json={}).text


def test_without_a_sign_in_there_is_no_metadata_to_fail_on(site: Site) -> None:
    """It named this server, which has no authorization endpoint: clients died of a missing member."""
    for path in (WELL_KNOWN, WELL_KNOWN + "/mcp", ISSUER, "/.well-known/openid-configuration"):
        assert site.request("GET", path).status_code == 404
    for answer in (site.post(message("tools/list")), site.post(call("create_project"), token=mint())):
        assert "resource_metadata" not in answer.headers["www-authenticate"]


def test_other_issuers_are_named_with_the_public_address(sites: Sites) -> None:
    site = sites.start(
        LEDGAI_AUTHORIZATION_SERVERS=f"{IDP}, https://two.example.com/x",
        LEDGAI_PUBLIC_URL="https://mcp.example.com/qc",
    )
    document = site.request("GET", WELL_KNOWN + "/qc/mcp").json()
    assert document["authorization_servers"] == [IDP, "https://two.example.com/x"]
    assert document["resource"] == "https://mcp.example.com/qc/mcp"


def test_the_address_follows_the_checked_host_alone(sites: Sites) -> None:
    site = sites.start(LEDGAI_AUTHORIZATION_SERVERS=IDP)
    headers = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.test"}
    assert site.request("GET", WELL_KNOWN, headers=headers).json()["resource"] == f"{site.base}/mcp"


class Storage:
    """What a client remembers of its sign-ins."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    async def get_tokens(self) -> OAuthToken | None:
        return None if self._token is None else OAuthToken(access_token=self._token)

    async def set_tokens(self, tokens: OAuthToken) -> None:
        raise AssertionError("nothing was signed")

    async def get_client_info(self) -> None:
        return None

    set_client_info = set_tokens


def shown(site: Site, auth: Any, mode: str) -> str:
    """Return what a client of the SDK says that cannot get in: every text of the exceptions."""

    async def inside() -> None:
        async with create_mcp_http_client(auth=auth) as http:
            transport = streamable_http_client(site.served.url, http_client=http)
            async with Client(transport, mode=mode) as client:
                await client.list_tools()

    with pytest.raises(Exception) as caught:  # noqa: PT011 - a group or a single one, as the era has it
        anyio.run(inside)
    return "\n".join(texts(caught.value))


def texts(problem: BaseException) -> list[str]:
    inner = getattr(problem, "exceptions", ())
    return [str(problem), *(text for one in inner for text in texts(one))]


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("held", ["none", "expired"])
def test_a_client_that_would_sign_in_shows_who_gives_out_tokens(site: Site, mode: str, held: str) -> None:
    """It showed `authorization_endpoint Field required`, or nothing but `Not Found`."""
    token = None if held == "none" else mint(clock=lambda: 1_700_000_000, seconds=60)
    metadata = OAuthClientMetadata.model_validate({"redirect_uris": ["http://127.0.0.1/x"]})
    text = shown(site, OAuthClientProvider(site.served.url, metadata, Storage(token)), mode)
    assert "This server has no sign-in: whoever runs it gives out tokens (ledgai-mcp token mint)" in text


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_without_a_sign_in_shows_it_too(site: Site, mode: str) -> None:
    assert "Whoever runs this server gives it to you" in shown(site, None, mode)


def test_a_person_whose_browser_is_sent_to_sign_in_reads_it_there(site: Site) -> None:
    answer = site.request("GET", "/authorize?response_type=code&client_id=x")
    assert answer.status_code == 404
    assert "no sign-in" in answer.json()["error_description"]
