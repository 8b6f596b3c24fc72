"""Sessions: each request is judged by its own token, and a session belongs to issuer and subject."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from http_site import Site, Sites, call, message, mint
from quantconnect_tools import GROUPS
from runtime_stage import Stub

from ledgai_mcp.http import sessions

HELLO = message(
    "initialize",
    0,
    protocolVersion="2025-11-25",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.start(LEDGAI_SESSIONS="true")


def opened(site: Site, token: str) -> dict[str, str]:
    """Open a session; return the headers of its requests."""
    answer = site.post(HELLO, token=token)
    assert answer.status_code == 200
    headers = {"Mcp-Session-Id": answer.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"}
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert site.post(notification, token=token, headers=headers).status_code == 202
    return headers


def result(answer: httpx2.Response) -> Any:
    data = next(line for line in answer.text.splitlines() if line.startswith("data: {"))
    return json.loads(data.removeprefix("data: "))["result"]


def names(site: Site, token: str, headers: dict[str, str]) -> set[str]:
    answer = site.post(message("tools/list"), token=token, headers=headers)
    return {tool["name"] for tool in result(answer)["tools"]}


def test_each_request_of_a_session_is_judged_by_its_own_token(site: Site, stub: Stub) -> None:
    """C42"""
    narrow, wide = mint("alice", ["qc:files:read"]), mint("alice", GROUPS["trader"])
    headers = opened(site, narrow)
    assert "create_project" not in names(site, narrow, headers)
    assert "create_project" in names(site, wide, headers)
    creates = call("create_project", {"name": "x", "language": "Py"})
    assert site.post(creates, token=narrow, headers=headers).status_code == 403
    assert result(site.post(creates, token=wide, headers=headers))["isError"] is False
    assert site.post(creates, token=narrow, headers=headers).status_code == 403
    assert site.request("POST", "/revoke", data={"token": wide}).status_code == 200
    assert site.post(creates, token=wide, headers=headers).status_code == 401
    assert "create_project" not in names(site, narrow, headers)
    assert stub.paths() == ["/projects/create"]


def test_an_expired_token_ends_nothing_but_its_own_requests(site: Site) -> None:
    """C42"""
    import time

    headers = opened(site, mint("alice"))
    expired = mint("alice", clock=lambda: time.time() - 7200, seconds=60)
    assert site.post(message("tools/list"), token=expired, headers=headers).status_code == 401
    assert names(site, mint("alice"), headers)


def test_somebody_elses_session_does_not_exist(site: Site) -> None:
    """C44"""
    alice, bob = mint("alice"), mint("bob", GROUPS["admin"])
    headers = opened(site, alice)
    for method in ("POST", "GET", "DELETE"):
        answer = site.request(
            method,
            token=bob,
            headers=headers,
            **({"json": message("tools/list")} if method == "POST" else {}),
        )
        assert answer.status_code == 404
    assert names(site, alice, headers)


def test_a_renewed_token_keeps_the_session(site: Site) -> None:
    """C44: the session is bound to issuer and subject, not to the token's bytes."""
    headers = opened(site, mint("alice"))
    assert names(site, mint("alice"), headers)


def test_nobody_uses_up_the_sessions_of_all(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One person could open all that the server keeps, and the next one got a 503."""
    monkeypatch.setattr(sessions, "EACH", 3)
    alice = mint("alice")
    first, *_ = [opened(site, alice) for _ in range(3)]
    for _ in range(2):
        answer = site.post(HELLO, token=mint("alice"))
        assert answer.status_code == 429
        assert "one person gets" in answer.json()["error"]["message"]
    assert opened(site, mint("bob"))
    assert names(site, alice, first)
    assert site.request("DELETE", token=alice, headers=first).status_code == 200
    assert opened(site, alice)


def test_what_opens_no_session_uses_none_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "EACH", 1)
    alice = mint("alice")
    for _ in range(3):
        assert site.post(message("tools/list"), token=alice).status_code == 400
    assert opened(site, alice)
    assert site.talk(alice, lambda client: client.list_tools()).tools


def test_without_a_token_a_session_id_opens_nothing(site: Site) -> None:
    headers = opened(site, mint("alice"))
    for method in ("POST", "GET", "DELETE"):
        assert site.request(method, headers=headers).status_code == 401


def test_an_open_stream_is_its_owners(site: Site) -> None:
    """C44"""
    alice = mint("alice")
    headers = opened(site, alice)

    @contextmanager
    def stream(token: str) -> Iterator[httpx2.Response]:
        all_headers = {**headers, "Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        with (
            httpx2.Client(timeout=60) as client,
            client.stream("GET", site.served.url, headers=all_headers) as answer,
        ):
            yield answer

    with stream(mint("bob")) as answer:
        assert answer.status_code == 404
    with stream(alice) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"


def test_an_ended_session_is_gone(site: Site) -> None:
    alice = mint("alice")
    headers = opened(site, alice)
    assert site.request("DELETE", token=alice, headers=headers).status_code == 200
    assert site.post(message("tools/list"), token=alice, headers=headers).status_code == 404
