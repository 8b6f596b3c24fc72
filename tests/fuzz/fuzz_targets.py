"""What is fuzzed: each target reads bytes as something from outside, and may refuse them in its own words.

An exception that leaves a target is a finding, and so is a property that does not hold.
"""

import ast
import asyncio
import functools
import hmac
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h11
from attrs import evolve
from jwt.utils import base64url_encode

from codegen.inputs.problems import Refused
from codegen.output import rendering
from codegen.tools import compilation
from codegen.tools.compilation import Inputs
from ledgai_mcp import messages
from ledgai_mcp.http.application import application
from ledgai_mcp.http.connections import MOST_BYTES, bounded
from ledgai_mcp.http.serving import assembled
from ledgai_mcp.messages import MessageRefused
from ledgai_mcp.settings import read as read_settings
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.stdio.pipes import Lines
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keys import KeyRing
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier

FOLDER = Path(__file__).parent
MINI = FOLDER / "mini"
GOOD = Inputs(spec=MINI / "spec.yaml", overlay=MINI / "overlay.yaml", scopes=MINI / "scopes.yaml")
SECRET = b"sec-0123456789-abcdefghijklmnopq"
SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-"))
STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.AsyncFunctionDef,
    ast.FunctionDef,
    ast.ClassDef,
)
"""What a generated module is made of, besides the text at its top."""

_CLAIMS = b'{"iss":"ledgai","aud":"quantconnect-mcp","sub":"ada","iat":1,"exp":2,"scopes":[]}'
_verifier = Verifier(TokenPolicy(), KeyRing.of(SECRET), State(MemoryStore()), frozenset({"qc:projects:read"}))


def token(data: bytes) -> None:
    """A bearer token: the text as it is, or a well signed one whose header or claims are the bytes."""
    kind, rest = data[:1], data[1:]
    header, content = (b'{"alg":"HS256"}', rest) if kind < b"\x55" else (rest, _CLAIMS)
    signed = b".".join(map(base64url_encode, (header, content)))
    signature = base64url_encode(hmac.digest(SECRET, signed, "sha256"))
    raw = f"{signed.decode()}.{signature.decode()}" if kind < b"\xaa" else rest.decode("latin-1")
    try:
        asyncio.run(_verifier.verify(raw))
    except TokenRefused:
        return


def description(data: bytes) -> None:
    """The API's description: refused with places, or compiled to modules of nothing but definitions."""
    _compile("spec", data)


def scopes(data: bytes) -> None:
    """The permission file: refused with places, or no tool without a grant."""
    _compile("scopes", data)


def _compile(name: str, data: bytes) -> None:
    path = SCRATCH / f"{name}.yaml"
    path.write_bytes(data)
    try:
        catalogue = compilation.compile(evolve(GOOD, **{name: path})).catalogue
    except Refused as refused:
        for problem in refused.problems:
            assert "object at 0x" not in str(problem)
        return
    for module, text in rendering.tool_modules(catalogue).items():
        if module.endswith(".py"):
            for statement in ast.parse(text).body[1:]:
                assert isinstance(statement, STATEMENTS) or isinstance(statement.value, ast.Constant), module


def _step(data: bytes) -> tuple[int, bytes]:
    return max(1, int.from_bytes(data[:1])), data[1:]


def stdio(data: bytes) -> None:
    """Lines of input, in pieces whose size is the first byte: each is a message, or refused with a code."""
    step, rest = _step(data)
    lines = Lines(1000)
    found = [line for at in range(0, len(rest), step) for line in lines.feed(rest[at : at + step])]
    for line in (*found, *lines.feed(b"\n")):
        try:
            read = messages.read(line or b"")
        except MessageRefused:
            continue
        assert read == json.loads(line or b"")


def headers(data: bytes) -> None:
    """The head of an HTTP request, in pieces whose size is the first byte."""
    step, rest = _step(data)
    connection = bounded(h11.Connection(h11.SERVER, MOST_BYTES))
    try:
        for at in range(0, len(rest), step):
            connection.receive_data(rest[at : at + step])
            while connection.next_event() not in (h11.NEED_DATA, h11.PAUSED):
                pass
    except h11.RemoteProtocolError:
        return


class _Server:
    """The whole HTTP application with tools that call no endpoint, on a loop of its own."""

    def __init__(self) -> None:
        settings = {
            "MCP_TRANSPORT": "http",
            "ENABLE_AUTH": "false",
            "LEDGAI_TOOLSETS": "read_mcp_server_version",
        }
        self.app = application(assembled(read_settings(settings)))
        self.loop = asyncio.new_event_loop()
        begun = self.loop.create_future()
        self.serving = self.loop.create_task(self._serve(begun))
        self.loop.run_until_complete(begun)

    async def _serve(self, begun: asyncio.Future[None]) -> None:
        """Enter the application's lifespan, and stay in it."""
        told = [{"type": "lifespan.startup"}]

        async def receive() -> Any:
            return told.pop() if told else await self.loop.create_future()

        async def send(message: Any) -> None:
            begun.set_result(None)

        await self.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Return what a POST of these bytes gets."""
        return self.loop.run_until_complete(asyncio.wait_for(self._answer(body), 10))

    async def _answer(self, body: bytes) -> tuple[int, bytes]:
        names = {"host": "localhost", "content-type": "application/json", "accept": "application/json"}
        sent: list[Any] = []
        scope = {
            "type": "http", "method": "POST", "path": "/mcp", "raw_path": b"/mcp", "query_string": b"",
            "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1), "state": {},
            "server": ("localhost", 80), "asgi": {"version": "3.0"},
            "headers": [(name.encode(), value.encode()) for name, value in names.items()],
        }  # fmt: skip

        coming = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return coming.pop() if coming else await self.loop.create_future()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


_server = functools.cache(_Server)


def body(data: bytes) -> None:
    """The body of a POST: an answer in JSON that is no failure of the server, whatever it holds."""
    status, text = _server().answer(data)
    assert status < 500, text
    assert status == 202 or json.loads(text)["jsonrpc"] == "2.0"


TARGETS: dict[str, Callable[[bytes], None]] = {
    "body": body,
    "description": description,
    "headers": headers,
    "scopes": scopes,
    "stdio": stdio,
    "token": token,
}
