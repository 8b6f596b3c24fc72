"""Sessions: each request is decided by its own token, and a session belongs to issuer and subject."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from http_site import HANDSHAKE, MODERN, Site, Sites, call, hello, message, mint, streamed, wait_until
from quantconnect_tools import GROUPS
from runtime_stage import Stub
from stub_answers import held

from ledgai_mcp.http import sessions, streams
from ledgai_mcp.state import StateUnavailable


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


@contextmanager
def stream(site: Site, token: str, headers: dict[str, str], **more: Any) -> Iterator[httpx2.Response]:
    """Open a stream: of a GET, or of a call."""
    accept = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {token}"}
    method = "POST" if more else "GET"
    with httpx2.stream(method, site.served.url, headers=headers | accept, timeout=10, **more) as answer:
        assert answer.status_code == 200
        yield answer


def test_an_id_belongs_to_one_request_of_a_session_at_a_time(site: Site, stub: Stub) -> None:
    """The first never ended: its stream was found by the id, and the second took its place."""
    told, token = threading.Event(), mint()
    stub.act("/account/read", held(told, {"success": True, "organizationId": "o"}))
    headers = site.opened(token)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(site.post, call("read_account", request_id=7), token=token, headers=headers)
        assert stub.arrived.wait(60)
        for again in (call("list_projects", request_id=7), message("tools/list", "7"), message("ping", 7)):
            refused = site.post(again, token=token, headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, -32600)
            assert "has the id '7'" in refused.json()["error"]["message"]
        assert site.post(message("tools/list", 8), token=token, headers=headers).status_code == 200
        told.set()
        assert streamed(first.result())["isError"] is False
    assert streamed(site.post(call("list_projects", request_id=7), token=token, headers=headers))
    assert site.post(message("ping", "_GET_stream"), token=token, headers=headers).status_code == 400


def test_an_answer_never_goes_to_another_request_of_the_same_id(site: Site, stub: Stub) -> None:
    """The client of the first left; the second got the first one's answer."""
    told, token = threading.Event(), mint()
    stub.act("/account/read", held(told, {"success": True, "organizationId": "CANARY"}))
    headers = site.opened(token)
    with stream(site, token, headers, json=call("read_account", request_id=7)):
        assert stub.arrived.wait(60)
    again = site.post(message("tools/list", 7), token=token, headers=headers)
    told.set()
    assert again.status_code == 400
    assert "CANARY" not in again.text


@pytest.mark.parametrize("revision", [HANDSHAKE, MODERN])
def test_outside_of_sessions_an_id_is_the_clients_own_affair(sites: Sites, stub: Stub, revision: str) -> None:
    told, site = threading.Event(), sites.start()
    stub.act("/account/read", held(told, {"success": True, "organizationId": "o"}))
    name = {"_meta": {"io.modelcontextprotocol/protocolVersion": revision,
                      "io.modelcontextprotocol/clientCapabilities": {}}}  # fmt: skip
    body = message("tools/call", 7, name="read_account", arguments={}, **name)
    more = {"MCP-Protocol-Version": revision, "Mcp-Method": "tools/call", "Mcp-Name": "read_account"}
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(site.post, body, token=mint(who), headers=more) for who in ("alice", "alice")]
        wait_until(lambda: len(stub.seen) == 2)
        told.set()
        assert [one.result().json()["result"]["isError"] for one in both] == [False, False]


def test_a_refused_initialize_leaves_no_session(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It kept one for half an hour; a hundred of them, and its sender had no more."""
    monkeypatch.setattr(sessions, "EACH", 1)
    token = mint()
    for _ in range(2):
        refused = site.post(message("initialize", 0), token=token)
        assert '"error"' in refused.text
        headers = {"Mcp-Session-Id": refused.headers["mcp-session-id"]}
        assert site.post(message("tools/list"), token=token, headers=headers).status_code == 404
    assert site.names(token, site.opened(token))


@pytest.mark.parametrize("ended", ["revoked", "expired", "StateUnavailable"])
def test_a_stream_ends_with_the_token_that_opened_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    """It stayed open for as long as its client liked."""
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.05)
    token, other = mint(), mint()
    headers, others = site.opened(token), site.opened(other)
    with stream(site, other, others), stream(site, token, headers) as answer:
        if ended == "revoked":
            assert site.request("POST", "/revoke", data={"token": token}).status_code == 200
        elif ended == "expired":
            monkeypatch.setattr(site.authority.verifier, "_clock", lambda: time.time() + 4000)
        else:

            async def down(*_: Any) -> bool:
                raise StateUnavailable("The state cannot be asked.")

            monkeypatch.setattr(site.authority.state, "is_revoked", down)
        assert list(answer.iter_bytes()) == []
    refused = [record for record in site.records("authentication") if record["decision"] == "refused"]
    assert refused[0]["reason"] == ended
    assert token not in site.audit_file.read_text()


def test_a_stream_lasts_as_long_as_its_token_does(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "RECHECK_SECONDS", 0.01)
    looks, genuine, enough = [], site.authority.state.is_revoked, threading.Event()

    async def counted(*given: Any) -> bool:
        looks.append(given)
        if len(looks) > 10:
            enough.set()
        return await genuine(*given)

    token = mint()
    headers = site.opened(token)
    monkeypatch.setattr(site.authority.state, "is_revoked", counted)
    with stream(site, token, headers):
        assert enough.wait(60)
        assert site.request("GET", token=token, headers=headers).status_code == 409  # it is still open
