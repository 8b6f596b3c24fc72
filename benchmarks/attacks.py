"""Hostile requests: what each of them sends.

Knows: the wire. Must not know: how the server holds them off, how it is measured.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import jwt

SECRET = "a secret of the benchmark: 0123456789 abcdefghij"  # noqa: S105 - opens nothing else
SCOPES = ["qc:live:write", "qc:objects:write", "qc:backtests:read", "qc:projects:read", "qc:admin:read"]


def token(subject: str, scopes: list[str]) -> str:
    """Make a token, as the server's own mint would."""
    now = int(time.time())
    known = {"user_id": "1", "api_token": "none"}
    times = {"iat": now, "exp": now + 3600}
    content = {"iss": "ledgai", "aud": "quantconnect-mcp", "sub": subject, "scopes": scopes, **times}
    return jwt.encode({**content, "qc_credentials": known}, SECRET, "HS256")


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    """Return a message that calls a tool."""
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


class Target:
    """A server under attack, and the API behind it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process
        self.good, self.poor = token("ada", SCOPES), token("eve", [])

    async def post(self, body: bytes | dict[str, Any], raw: str | None) -> str:
        """Send one request, and return its status, and whether its call failed."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if raw is not None:
            headers["Authorization"] = f"Bearer {raw}"
        try:
            async with httpx2.AsyncClient(timeout=120) as client:
                answer = await client.post(self.url, content=content, headers=headers)
                failed = ", failed" if '"isError":true' in answer.text else ""
                return f"{answer.status_code}{failed}"
        except httpx2.TransportError:
            return "closed"


async def holdings(target: Target) -> None:
    """20 kB of a union's wrong branch."""
    brokerage = {"id": "QuantConnectBrokerage", "holdings": [1] * 9_900}
    places = {"projectId": 1, "compileId": "c", "nodeId": "n", "versionId": "-1"}
    await target.post(call("create_live_algorithm", **places, brokerage=brokerage), target.good)


async def header_lines(target: Target) -> None:
    """1 MB of header lines, without a token."""
    host, port = httpx2.URL(target.url).host, httpx2.URL(target.url).port
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + b"a:\r\n" * 262_000 + b"\r\n")
        await asyncio.wait_for(reader.read(100), 60)
    except OSError:
        return
    finally:
        writer.close()


async def floats(target: Target) -> None:
    """490,000 floats that are no message."""
    await target.post(b'{"a":[' + b"1.5," * 489_999 + b"1.5]}", target.poor)


async def names(target: Target) -> None:
    """490,000 short names with zero-width spaces, as the parameters of a greeting."""
    many = ",".join(f'"\u200b{number}":1' for number in range(240_000))
    greeting = f'{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{{many}}}}}'
    await target.post(greeting.encode(), target.poor)


async def escapes(target: Target) -> None:
    """An argument as JSON text whose brackets are written as escapes."""
    text = "\\u005b" + "\\u005b\\u005d\\u002c" * 1_000_000 + "1\\u005d"
    places = '"projectId":1,"compileId":"c","nodeId":"n","versionId":"-1"'
    given = f'"name":"create_live_algorithm","arguments":{{{places},"brokerage":"{text}"}}'
    body = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{{given}}}}}'
    await target.post(body.encode(), target.good)


async def uploads(target: Target) -> None:
    """16 uploads of 16 MB at once."""
    upload = call("upload_object", organizationId="o", key="k", objectData="AAAA" * 5_300_000)
    body = json.dumps(upload).encode()
    await asyncio.gather(*(target.post(body, target.good) for _ in range(16)))


async def answer(target: Target) -> None:
    """An answer of 57 MB of `[]`."""
    await target.post(call("read_backtest", projectId=1, backtestId="many"), target.good)


async def sign_ins(target: Target) -> None:
    """120 sign-ins of one person that hang, and one call of somebody else."""
    sign_in = call("authorize_connection", brokerage="alpaca")
    hanging = [asyncio.create_task(target.post(sign_in, target.good)) for _ in range(120)]
    await asyncio.sleep(8)
    began = time.monotonic()
    status = await target.post(call("list_projects"), token("bob", ["qc:projects:read"]))
    sys.stdout.write(f"    somebody else's call: {status}, after {time.monotonic() - began:.2f} s\n")
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def unread(target: Target) -> None:
    """600 requests without a token, whose lines nobody reads."""
    for _ in range(600):
        await target.post(b"{}", None)


ATTACKS: list[tuple[Callable[[Target], Awaitable[None]], bool]] = [
    (holdings, False), (header_lines, False), (floats, False), (names, False), (escapes, False),
    (uploads, False), (answer, False), (sign_ins, False), (unread, True),
]  # fmt: skip
"""Each with whether the server's stderr is a pipe that nobody reads."""
