"""Bodies and methods: bounds that hold, and what happens when a client leaves."""

import asyncio
import base64
import json
import socket
import threading
from typing import Any

import anyio
import pytest
from http_site import HANDSHAKE, MODERN, Site, Sites, call, message, mint, wait_until
from quantconnect_tools import GROUPS
from runtime_stage import Stub
from starlette.types import Message, Receive, Scope, Send
from stub_answers import held, watched

from ledgai_mcp.budget import Budget
from ledgai_mcp.http import bodies
from ledgai_mcp.http.bodies import BODY, Bodies, BodyRefused, read

WAYS = [("false", HANDSHAKE), ("false", MODERN), ("true", MODERN)]
"""With or without sessions, and the revision. A session outlives its connections, so it is not among them."""


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.start(LEDGAI_MAX_BODY_BYTES="10000", LEDGAI_MAX_UPLOAD_BYTES="9000")


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_a_413(site: Site, declared: bool) -> None:
    body = json.dumps(message("tools/list", padding="x" * 100_000)).encode()
    headers = {"Content-Type": "application/json"}
    content = body if declared else iter([body[:50_000], body[50_000:]])
    answer = site.request("POST", token=mint(), content=content, headers=headers)
    assert answer.status_code == 413
    assert "LEDGAI_MAX_BODY_BYTES" in answer.json()["error"]["message"]


def test_pieces_of_a_body_count_together_and_a_trickle_has_an_end() -> None:
    pieces = [True, False]

    async def large() -> Message:
        return {"type": "http.request", "body": b"x" * 60, "more_body": pieces.pop(0)}

    async def slow() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    for receive, within, status in ((large, 60, 413), (slow, 0.01, 408)):
        with pytest.raises(BodyRefused) as refused:
            asyncio.run(asyncio.wait_for(read({"headers": []}, receive, 100, within), 30))
        assert refused.value.status == status


@pytest.mark.parametrize(("header", "status"), [("", b" 401 "), ("Authorization: Bearer {}\r\n", b" 413 ")])
def test_a_body_that_is_refused_anyway_is_not_waited_for(site: Site, header: str, status: bytes) -> None:
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n{header.format(mint())}\r\n"
    )
    with socket.create_connection(site.served.bound.getsockname()[:2], timeout=60) as raw:
        raw.sendall(head.encode())
        assert status in raw.makefile("rb").readline()


def test_an_upload_of_the_largest_size_fits(site: Site, stub: Stub) -> None:
    content = base64.b64encode(b"\x00\xff" * 4500).decode()
    arguments = {"organizationId": "o", "key": "a/b.bin", "objectData": content}
    result = site.post(call("upload_object", arguments), token=mint(scopes=GROUPS["trader"])).json()["result"]
    assert result["isError"] is False
    assert b"\x00\xff" * 4500 in stub.seen[0].body


def test_other_methods_are_a_405_that_says_which_are_served(site: Site) -> None:
    """A GET would hold a stream open on which nothing is ever sent."""
    for method in ("GET", "DELETE", "PUT", "PATCH", "OPTIONS"):
        for version in (HANDSHAKE, MODERN):
            answer = site.request(method, token=mint(), headers={"MCP-Protocol-Version": version})
            assert answer.status_code == 405
            assert answer.headers["allow"] == "POST"
        assert site.request(method).status_code == 401


def send_and_leave(site: Site, body: Any, token: str, version: str, left: threading.Event) -> None:
    """Send a call and close the connection once `left` is set, without waiting for the answer."""
    head = {
        "Host": "localhost",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    if version == MODERN:
        named = {"name": "t", "version": "1"}
        client = {"protocolVersion": MODERN, "clientCapabilities": {}, "clientInfo": named}
        meta = {f"io.modelcontextprotocol/{name}": value for name, value in client.items()}
        body = {**body, "params": {**body["params"], "_meta": meta}}
        head |= {"Mcp-Method": "tools/call", "Mcp-Name": body["params"]["name"]}
        head["MCP-Protocol-Version"] = version
    raw = json.dumps(body).encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**head, "Content-Length": len(raw)}.items())
    with socket.create_connection(site.served.bound.getsockname()[:2], timeout=60) as connection:
        connection.sendall(f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + raw)
        assert left.wait(60)


@pytest.mark.parametrize(("sessions", "version"), WAYS)
def test_a_reading_call_ends_with_its_client(sites: Sites, stub: Stub, sessions: str, version: str) -> None:
    """Case C54."""
    site = sites.start(LEDGAI_SESSIONS=sessions)
    gone = threading.Event()
    stub.act("/projects/read", watched(gone))
    send_and_leave(site, call("list_projects"), mint(), version, stub.arrived)
    assert gone.wait(60)
    wait_until(lambda: site.records("call"))
    assert site.records("call")[0]["outcome"] == "cancelled"


@pytest.mark.parametrize(("sessions", "version"), WAYS)
def test_a_creating_call_is_finished_and_recorded(
    sites: Sites, stub: Stub, sessions: str, version: str
) -> None:
    """Case C54."""
    site = sites.start(LEDGAI_SESSIONS=sessions)
    left = threading.Event()
    stub.act("/projects/create", held(left, {"success": True, "projects": [{"projectId": 1}]}))
    token = mint(scopes=GROUPS["trader"])
    body = call("create_project", {"name": "x", "language": "Py"})
    send_and_leave(site, body, token, version, stub.arrived)
    for _ in range(2):  # by the second answer the server has seen that the client is gone
        assert site.request("GET", "/livez").status_code == 200
    left.set()
    wait_until(lambda: site.records("call"))
    (record,) = site.records("call")
    assert (record["outcome"], record["status"]) == ("answered", 200)


def test_leaving_in_the_middle_of_a_body_harms_nobody(site: Site) -> None:
    """Case C54."""
    for _ in range(5):
        with socket.create_connection(site.served.bound.getsockname()[:2], timeout=60) as raw:
            raw.sendall(
                f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {mint()}\r\n"
                "Content-Length: 500\r\n\r\n{".encode()
            )
    assert site.post(message("tools/list"), token=mint()).status_code == 200


def test_large_requests_wait_unread_and_are_refused_by_name_while_small_ones_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """16 uploads of 16 MB at once took 1.7 GB."""
    monkeypatch.setattr(bodies, "_ROOM_SECONDS", 0)
    reading, end = anyio.Event(), anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["name"] == "first":
            reading.set()
            await end.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    layer = Bodies(app, 200_000, Budget("bytes", 500_000, 400_000, 64_000), lambda scope: scope["person"])

    async def ask(name: str, person: str, size: int, *, is_declared: bool = True) -> tuple[int, str | None]:
        headers = [(b"content-length", str(size).encode())] if is_declared else []
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "headers": headers,
            "name": name,
            "person": ("i", person),
        }
        body = json.dumps(call("upload", {"content": ""})).encode()
        body = body[:-4] + b"x" * (size - len(body)) + body[-4:]
        pieces = [body[start : start + 10_000] for start in range(0, size, 10_000)][::-1]
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": pieces.pop(), "more_body": bool(pieces)}

        async def send(message: Message) -> None:
            sent.append(message)

        await layer(scope, receive, send)
        assert pieces == []  # a connection is not closed on a client that is still sending
        assert BODY not in scope or scope[BODY].content == b""
        return sent[0]["status"], dict(sent[0]["headers"]).get(b"retry-after")

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "first", "alice", 100_000)
            await reading.wait()
            for is_declared in (True, False):
                assert await ask("large", "alice", 100_000, is_declared=is_declared) == (429, b"5")
                assert await ask("large", "bob", 100_000, is_declared=is_declared) == (503, b"5")
            assert await ask("small", "alice", 10_000) == (200, None)
            end.set()
        assert await ask("large", "alice", 100_000) == (200, None)

    anyio.run(run)
