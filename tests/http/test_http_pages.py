"""Web pages of listed origins may call: their browser is told so, beforehand and with each answer."""

import httpx2
import pytest
from http_site import HANDSHAKE, Site, Sites, call, hello, message, mint

PAGE = "https://app.example.com"
EXPOSED = {"mcp-session-id", "mcp-protocol-version", "www-authenticate", "retry-after", "x-request-id"}


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.start(LEDGAI_ALLOWED_ORIGINS=PAGE, LEDGAI_SESSIONS="true")


def asked(
    site: Site, path: str = "/mcp", origin: str = PAGE, method: str = "POST", **more: str
) -> httpx2.Response:
    """Ask as a browser does before it sends what a page wants to send."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", **more}
    return site.request("OPTIONS", path, headers=headers)


def names(value: str) -> set[str]:
    return {name.strip().lower() for name in value.split(",")}


@pytest.mark.parametrize("path", ["/mcp", "/token", "/revoke", "/.well-known/oauth-protected-resource"])
def test_a_listed_page_may_ask_beforehand_without_a_token(site: Site, path: str) -> None:
    """It was a 401."""
    wanted = (
        "authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, "
        "mcp-session-id"
    )
    more = {"Access-Control-Request-Headers": wanted}
    for method in ("POST", "GET", "DELETE"):
        answer = asked(site, path, **more, **{"Access-Control-Request-Method": method})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert method in answer.headers["access-control-allow-methods"].split(", ")
        assert names(wanted) <= names(answer.headers["access-control-allow-headers"])
        assert "origin" in names(answer.headers["vary"])
        assert "access-control-allow-credentials" not in answer.headers
    assert site.records() == []


def test_a_listed_page_can_read_every_answer(site: Site) -> None:
    answers = {
        200: site.post(hello(), token=mint(), headers={"Origin": PAGE}),
        401: site.post(message("tools/list"), headers={"Origin": PAGE}),
        403: site.post(call("create_project"), token=mint(), headers={"Origin": PAGE}),
        404: site.request("GET", "/nowhere", headers={"Origin": PAGE}),
        413: site.request("POST", "/token", headers={"Origin": PAGE}, data={"token": "x" * 30_000}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert names(answer.headers["access-control-expose-headers"]) == EXPOSED
        assert "origin" in names(answer.headers["vary"])
    assert "mcp-session-id" in answers[200].headers
    assert "www-authenticate" in answers[401].headers


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", f"{PAGE}.evil.test", "http://app.example.com"]
)
def test_a_page_that_is_not_listed_gets_nothing(site: Site, origin: str) -> None:
    answers = (asked(site, origin=origin), site.post(hello(), token=mint(), headers={"Origin": origin}))
    for answer in answers:
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_of_an_allowed_host_is_not_a_listed_one(site: Site, sites: Sites) -> None:
    """It may send what needs no question; only LEDGAI_ALLOWED_ORIGINS lets it read."""
    for one in (site, sites.start()):
        local = asked(one, origin="http://localhost:3000")
        assert local.status_code >= 400
        assert "access-control-allow-origin" not in local.headers


def test_the_name_of_the_server_is_checked_first(site: Site) -> None:
    answer = asked(site, Host="evil.test")
    assert answer.status_code == 421
    assert "access-control-allow-origin" not in answer.headers


def test_what_is_not_asked_for_a_page_still_needs_a_token(site: Site) -> None:
    assert site.request("OPTIONS", headers={"Origin": PAGE}).status_code == 401
    refused = asked(site, **{"Access-Control-Request-Headers": "x-other"})
    assert refused.status_code == 400
    headers = {"Origin": PAGE, "MCP-Protocol-Version": HANDSHAKE}
    assert site.post(message("tools/list"), token=mint(), headers=headers).status_code == 400
