"""What the HTTP tests share: real servers on loopback in a thread, tokens, and plain requests."""

import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx2
from attrs import define, field, frozen
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from quantconnect_tools import GROUPS

from ledgai_mcp.http import serving
from ledgai_mcp.identity import Credentials, Limits
from ledgai_mcp.settings import read
from ledgai_mcp.tokens.authority import Authority
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint, Order
from ledgai_mcp.tokens.verification import TokenPolicy

SECRET = "sec-CANARY-3-0123456789abcdef0123456789abcdef"
API_TOKEN = "qc-CANARY-2-b7d1f0a94c6e"
USER = "1234"
OWN = Credentials(USER, API_TOKEN)
MODERN, HANDSHAKE = "2026-07-28", "2025-11-25"
ERAS = ("legacy", MODERN)


def mint(
    subject: str = "alice",
    scopes: Iterable[str] = GROUPS["readonly"],
    *,
    credentials: Credentials | None = OWN,
    limits: Limits | None = None,
    seconds: int = 3600,
    clock: Callable[[], float] | None = None,
    secret: str = SECRET,
    **order: Any,
) -> str:
    """Mint a token as the server's own command does."""
    mint = Mint(TokenPolicy(), KeyChain(secret), *(() if clock is None else (clock,)))
    asked = Order(subject, frozenset(scopes), seconds, limits or Limits(), credentials, **order)
    return mint.mint(asked).token


def message(method: str, request_id: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def call(tool: str, arguments: Mapping[str, Any] | None = None, request_id: Any = 1) -> dict[str, Any]:
    return message("tools/call", request_id, name=tool, arguments=dict(arguments or {}))


def hello() -> dict[str, Any]:
    """The first message of a client of the revisions with a handshake."""
    client = {"name": "test", "version": "1"}
    return message("initialize", 0, protocolVersion=HANDSHAKE, capabilities={}, clientInfo=client)


@define
class Site:
    """One running server."""

    served: serving.Served
    audit_file: Path
    thread: threading.Thread

    @property
    def base(self) -> str:
        return self.served.url.removesuffix("/mcp")

    @property
    def authority(self) -> Authority:
        """Return what verifies tokens here, and its state."""
        assert self.served.parts.authority is not None
        return self.served.parts.authority

    def request(
        self, method: str, path: str = "/mcp", token: str | None = None, **rest: Any
    ) -> httpx2.Response:
        headers = {"Accept": "application/json, text/event-stream", **rest.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        with httpx2.Client(timeout=20) as client:
            return client.request(method, self.base + path, headers=headers, **rest)

    def post(self, body: Any, token: str | None = None, **rest: Any) -> httpx2.Response:
        return self.request("POST", token=token, json=body, **rest)

    def sent(self, raw: bytes) -> bytes:
        """Send bytes on a connection of their own; return what comes until the server closes it."""
        with socket.create_connection(self.served.bound.getsockname()[:2], timeout=60) as connection:
            connection.sendall(raw)
            return connection.makefile("rb").read()

    def opened(self, token: str) -> dict[str, str]:
        """Open a session; return the headers of its requests."""
        answer = self.post(hello(), token=token)
        assert answer.status_code == 200
        headers = {"Mcp-Session-Id": answer.headers["mcp-session-id"], "MCP-Protocol-Version": HANDSHAKE}
        notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert self.post(notification, token=token, headers=headers).status_code == 202
        return headers

    def names(self, token: str, headers: dict[str, str]) -> set[str]:
        """Return the tools that a session lists."""
        answer = self.post(message("tools/list"), token=token, headers=headers)
        return {tool["name"] for tool in streamed(answer)["tools"]}

    def records(self, event: str | None = None) -> list[dict[str, Any]]:
        assert self.served.parts.journal._writer.settle(60)
        lines = [json.loads(line) for line in self.audit_file.read_text().splitlines()]
        return [line for line in lines if event in (None, line["event"])]

    def talk(
        self, token: str, work: Callable[[Client], Awaitable[Any]], mode: str = MODERN, **more: Any
    ) -> Any:
        """Do something as an MCP client; a protocol error is returned."""

        async def inside() -> Any:
            async with create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http:
                transport = streamable_http_client(self.served.url, http_client=http)
                async with Client(transport, mode=mode, **more) as client:
                    try:
                        return await work(client)
                    except MCPError as error:
                        return error

        return anyio.run(inside)

    def stop(self) -> None:
        self.served.server.should_exit = True
        self.thread.join(60)
        assert not self.thread.is_alive()


def streamed(answer: httpx2.Response) -> Any:
    """Return the result of a call that a session answered."""
    data = next(line for line in answer.text.splitlines() if line.startswith("data: {"))
    return json.loads(data.removeprefix("data: "))["result"]


@frozen
class Sites:
    """Starts servers."""

    api: str
    folder: Path
    running: list[Site] = field(factory=list)

    def start(self, change: Callable[[serving.Served], None] | None = None, **more: str) -> Site:
        """Start a server with more settings, and changed before it listens."""
        audit_file = self.folder / f"audit-{len(self.running)}.jsonl"
        settings = {
            "MCP_TRANSPORT": "http",
            "LEDGAI_PORT": "0",
            "LEDGAI_API_URL": self.api,
            "LEDGAI_STATE_URL": "memory:",
            "LEDGAI_AUDIT_FILE": str(audit_file),
            "LEDGAI_TIMEOUT_SECONDS": "10",
            "JWT_SECRET_KEY": SECRET,
            **more,
        }
        served = serving.listen(read({name: value for name, value in settings.items() if value}))
        if change is not None:
            change(served)
        thread = threading.Thread(target=served.run, name="site", daemon=True)
        thread.start()
        site = Site(served, audit_file, thread)
        self.running.append(site)
        wait_until(lambda: served.server.started)
        return site

    def stop(self) -> None:
        for site in self.running:
            site.stop()


def wait_until(is_so: Callable[[], Any], seconds: float = 60) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if is_so():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come about in time")
