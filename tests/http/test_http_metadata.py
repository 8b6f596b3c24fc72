"""What is told to clients that have no token yet (RFC 9728, RFC 8414)."""

import pytest
from http_site import Site, Sites
from mcp.shared.auth import ProtectedResourceMetadata
from quantconnect_tools import SCOPES

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize("path", [WELL_KNOWN, WELL_KNOWN + "/mcp"])
def test_the_resource_is_described_at_both_places(site: Site, path: str) -> None:
    answer = site.request("GET", path)
    assert answer.status_code == 200
    document = ProtectedResourceMetadata.model_validate_json(answer.content)
    assert str(document.resource) == f"{site.base}/mcp"
    assert [str(server).rstrip("/") for server in document.authorization_servers] == [site.base]
    assert document.scopes_supported == sorted(SCOPES)
    assert document.bearer_methods_supported == ["header"]


def test_the_servers_own_endpoints_are_described(site: Site) -> None:
    document = site.request("GET", "/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == site.base
    assert document["token_endpoint"] == f"{site.base}/token"
    assert document["revocation_endpoint"] == f"{site.base}/revoke"
    assert document["grant_types_supported"] == ["refresh_token"]
    assert document["response_types_supported"] == []


def test_other_issuers_are_named_instead(sites: Sites) -> None:
    site = sites.start(
        LEDGAI_AUTHORIZATION_SERVERS="https://idp.example.com, https://two.example.com/x",
        LEDGAI_PUBLIC_URL="https://mcp.example.com/qc",
    )
    document = site.request("GET", WELL_KNOWN + "/qc/mcp").json()
    assert document["authorization_servers"] == ["https://idp.example.com", "https://two.example.com/x"]
    assert document["resource"] == "https://mcp.example.com/qc/mcp"
    assert site.request("GET", "/.well-known/oauth-authorization-server").status_code == 404


def test_the_address_follows_the_checked_host_alone(site: Site) -> None:
    headers = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.test"}
    assert site.request("GET", WELL_KNOWN, headers=headers).json()["resource"] == f"{site.base}/mcp"
