"""Sessions: each request is decided by its own token, and a session belongs to issuer and subject."""

import httpx2
import pytest
from http_site import Site, Sites, call, hello, message, mint, streamed
from quantconnect_tools import GROUPS
from runtime_stage import Stub

from ledgai_mcp.http import sessions


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.start(LEDGAI_SESSIONS="true")


def test_each_request_of_a_session_is_decided_by_its_own_token(site: Site, stub: Stub) -> None:
    """Cases C42 and C44: the session is bound to issuer and subject, not to the token's bytes."""
    narrow, wide = mint("alice", ["qc:files:read"]), mint("alice", GROUPS["trader"])
    headers = site.opened(narrow)
    assert "create_project" not in site.names(narrow, headers)
    assert "create_project" in site.names(wide, headers)
    creates = call("create_project", {"name": "x", "language": "Py"})
    assert site.post(creates, token=narrow, headers=headers).status_code == 403
    assert streamed(site.post(creates, token=wide, headers=headers))["isError"] is False
    assert site.post(creates, token=narrow, headers=headers).status_code == 403
    assert site.request("POST", "/revoke", data={"token": wide}).status_code == 200
    assert site.post(creates, token=wide, headers=headers).status_code == 401
    assert "create_project" not in site.names(narrow, headers)
    assert stub.paths() == ["/projects/create"]


def test_a_session_opens_nothing_without_a_valid_token_and_outlives_an_expired_one(site: Site) -> None:
    """Case C42."""
    headers = site.opened(mint("alice"))
    expired = mint("alice", clock=lambda: 1_700_000_000, seconds=60)
    for token in (None, expired):
        for method in ("POST", "GET", "DELETE"):
            assert site.request(method, token=token, headers=headers).status_code == 401
    assert site.names(mint("alice"), headers)


def test_a_session_of_somebody_else_is_a_404(site: Site) -> None:
    """Case C44."""
    alice, bob = mint("alice"), mint("bob", GROUPS["admin"])
    headers = site.opened(alice)
    for method, body in (("POST", message("tools/list")), ("GET", None), ("DELETE", None)):
        assert site.request(method, token=bob, headers=headers, json=body).status_code == 404
    assert site.names(alice, headers)


def test_one_person_cannot_use_up_the_sessions_of_all(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One person could open all that the server keeps, and the next one got a 503."""
    monkeypatch.setattr(sessions, "EACH", 3)
    alice = mint("alice")
    first, *_ = [site.opened(alice) for _ in range(3)]
    for _ in range(2):
        answer = site.post(hello(), token=mint("alice"))
        assert answer.status_code == 429
        assert "one person gets" in answer.json()["error"]["message"]
    assert site.opened(mint("bob"))
    assert site.names(alice, first)
    assert site.request("DELETE", token=alice, headers=first).status_code == 200
    assert site.opened(alice)


def test_a_request_outside_of_sessions_uses_none_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "EACH", 1)
    alice = mint("alice")
    for _ in range(3):
        assert site.post(message("tools/list"), token=alice).status_code == 400
    assert site.opened(alice)
    assert site.talk(alice, lambda client: client.list_tools()).tools


def test_a_stream_is_opened_and_not_kept_in_a_cache(site: Site) -> None:
    """Case C44."""
    alice = mint("alice")
    headers = site.opened(alice)
    headers |= {"Authorization": f"Bearer {alice}", "Accept": "text/event-stream"}
    with httpx2.stream("GET", site.served.url, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
