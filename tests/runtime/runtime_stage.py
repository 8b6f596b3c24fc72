"""What the runtime's tests share: a recording stand-in for the API, hand-made tools, a way to make a call."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
from attrs import define, field, frozen
from hypothesis import strategies as st
from quantconnect_tools.tool import Answer, Api, Arguments, Tool

from ledgai_mcp.api.upstream import Upstream
from ledgai_mcp.audit.records import AuditUnavailable, CallRecord, Record
from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.calls.replies import Reply
from ledgai_mcp.identity import Credentials, Identity
from ledgai_mcp.settings import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
TOKEN = "qc-CANARY-2-b7d1f0a94c6e"
USER = "1234"
ALL = frozenset(
    {"qc:projects:read", "qc:files:write", "qc:backtests:read", "qc:backtests:write", "qc:live:execute"}
)


@frozen
class Seen:
    """One request that the stub received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@frozen
class Scripted:
    """One answer to give."""

    status: int = 200
    body: bytes = b'{"success":true}'
    headers: Mapping[str, str] = field(factory=lambda: {"Content-Type": "application/json"})
    act: Callable[[BaseHTTPRequestHandler, Stub], None] | None = None
    """Does something else than answer."""

    def give(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(self.status)
        own = {"Date": handler.date_time_string(), "Content-Length": str(len(self.body))}
        for name, value in {**own, **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


@define
class Stub:
    """An HTTP server on loopback that records every request and answers by script."""

    server: ThreadingHTTPServer = field(init=False)
    seen: list[Seen] = field(factory=list)
    scripts: dict[str, list[Scripted]] = field(factory=lambda: defaultdict(list))
    over: threading.Event = field(factory=threading.Event)
    arrived: threading.Event = field(factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/api/v2"

    def script(self, path: str, body: Any = None, status: int = 200, **headers: str) -> None:
        """Queue an answer for a path; the last one queued is given again and again."""
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        self.scripts[path].append(Scripted(status, raw, {"Content-Type": "application/json", **spelled}))

    def act(self, path: str, act: Callable[[BaseHTTPRequestHandler, Stub], None]) -> None:
        self.scripts[path].append(Scripted(act=act))

    def start(self) -> None:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                stub.take(self)

            do_GET = do_PUT = do_POST  # noqa: N815 - the standard library's spelling

            def log_message(self, *args: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                return

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/api/v2")
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        queue = self.scripts[path] or self.scripts["*"] or [Scripted()]
        if path == "/authenticate" and "Authorization" not in handler.headers:
            scripted = queue[0]  # the server asks what this is: no call of anybody's
        else:
            self.seen.append(Seen(handler.command, path, dict(handler.headers.items()), body))
            self.arrived.set()
            scripted = queue.pop(0) if len(queue) > 1 else queue[0]
        if scripted.act is not None:
            scripted.act(handler, self)
            return
        with suppress(OSError):
            scripted.give(handler)

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]


@frozen(kw_only=True)
class HandMade(Tool):
    """A tool that carries its own documents instead of files beside the generated package."""

    arguments: Mapping[str, Any] = field(factory=dict)
    required: tuple[str, ...] = ()
    full: Mapping[str, Any] | None = None

    @property
    def wire(self) -> dict[str, Any]:
        schema = {
            "type": "object",
            "properties": dict(self.arguments),
            "required": list(self.required),
            "additionalProperties": False,
        }
        return {"name": self.name, "description": f"Does {self.name}.", "inputSchema": schema}

    @property
    def schema(self) -> dict[str, Any]:
        return dict(self.full or self.wire["inputSchema"])


def sends(path: str) -> Any:
    async def run(api: Api, arguments: Arguments) -> Answer:
        return await api.send("POST", path, body=dict(arguments))

    return run


def tool(name: str, path: str, effect: str = "read", scopes: tuple[str, ...] = (), **rest: Any) -> HandMade:
    values: dict[str, Any] = {"toolset": "things", "run": sends(path), "endpoints": (path,), **rest}
    return HandMade(name=name, effect=effect, scopes=scopes, **values)


NUMBER = {"type": "integer", "minimum": -1}
TEXT = {"type": "string"}
_PAGE = {"start": NUMBER, "end": NUMBER, "organizationId": TEXT}
_OWN = {"organizationId": "organization_id"}
_FILE: dict[str, Any] = {
    "arguments": {"projectId": NUMBER, "name": TEXT, "content": TEXT},
    "required": ("projectId", "name"),
    "injected": {"codeSourceId": "agent_name"},
}
_LIVE = "qc:live:execute"
_MADE = (
    tool("list_projects", "/projects/read", "read", ("qc:projects:read",), arguments=_PAGE, defaulted=_OWN),
    tool("create_file", "/files/create", "write", ("qc:files:write",), **_FILE),
    tool(
        "list_backtests", "/backtests/list", "read", ("qc:backtests:read",), arguments={"projectId": NUMBER}
    ),
    tool("create_backtest", "/backtests/create", "write", ("qc:backtests:write",)),
    tool("stop_live_algorithm", "/live/update/stop", "live", (_LIVE,)),
    tool("broadcast", "/live/commands/broadcast", "live", (_LIVE, "qc:admin:write")),
)
TOOLS = {made.name: made for made in _MADE}


def identity(scopes: frozenset[str] = ALL, token: str = TOKEN, organization: str | None = None) -> Identity:
    return Identity("test", "alice", scopes, Credentials(USER, token, organization))


@frozen
class Kept:
    """A sink that keeps records in lists; `refused` is what it raises instead of keeping one."""

    notes: list[CallRecord]
    before: list[Record] = field(factory=list)
    refused: AuditUnavailable | None = None

    async def keep(self, record: Record) -> None:
        await self.check()
        self.before.append(record)

    def note(self, record: Record) -> None:
        assert isinstance(record, CallRecord)
        self.notes.append(record)

    async def check(self) -> None:
        if self.refused is not None:
            raise self.refused


@define
class Stage:
    """A service over the stub."""

    stub: Stub
    tools: Mapping[str, Tool] = field(factory=lambda: dict(TOOLS))
    more: dict[str, str] = field(factory=dict)
    records: list[CallRecord] = field(factory=list)
    waits: list[float] = field(factory=list)
    sink: Kept = field(init=False)

    @sink.default
    def _kept(self) -> Kept:
        return Kept(self.records)

    async def pause(self, seconds: float) -> None:
        """Note a wait instead of waiting."""
        self.waits.append(seconds)

    def service(self) -> Service:
        set_ = read({"LEDGAI_API_URL": self.stub.url, "LEDGAI_TIMEOUT_SECONDS": "5", **self.more})
        upstream = Upstream(set_.api_url, "ledgai-mcp/test", set_.max_response_bytes, self.pause)
        return Service(self.tools, set_, upstream, self.sink)

    def call(self, name: str, given: Mapping[str, Any] | None = None, who: Identity | None = None) -> Reply:
        async def one() -> Reply:
            service = self.service()
            try:
                return await service.call(name, given, who or identity())
            finally:
                await service.upstream.close()

        return anyio.run(one)
