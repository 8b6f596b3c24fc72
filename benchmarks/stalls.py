"""What one hostile request costs everybody else: `python -m benchmarks.stalls [PYTHON]`.

For each attack the longest time in which `/livez` did not answer, the memory that it took, and how long it
took itself. PYTHON is the interpreter of another checkout, to compare with.

Knows: processes and clocks. Must not know: what an attack sends.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.attacks import ATTACKS, SECRET, Target, call

MANY = b"[" + b"[]," * 19_000_000 + b"[]]"
_WHO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "b", "version": "1"}}
GREETING = [
    json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": _WHO}).encode(),
    b'{"jsonrpc":"2.0","method":"notifications/initialized"}',
]


async def _api(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as the API: much for one backtest, never for a sign-in, else little."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
            body = await reader.readexactly(int(length or 0))
            if b"auth0/read" in head:
                await asyncio.sleep(600)
            much = MANY if b'"many"' in body else b'{"success":true,"projects":[]}'
            status = (
                b"302 Found\r\nLocation: https://sign-in.test/" if b"auth0/authorize" in head else b"200 OK"
            )
            start = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            writer.write(start % (status, len(much)) + much)
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        writer.close()


def _memory(process: int, name: str) -> int:
    """Return a figure of a process in MB: VmRSS now, VmHWM at most."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))


@contextmanager
def _served(python: str, api: str, *, is_unread: bool) -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "PATH": os.environ["PATH"], "HOME": folder, "MCP_TRANSPORT": "http", "LEDGAI_PORT": "0",
            "LEDGAI_API_URL": api, "LEDGAI_STATE_URL": "memory:", "JWT_SECRET_KEY": SECRET,
        }  # fmt: skip
        log = Path(folder, "stderr")
        read, write = os.pipe() if is_unread else (None, os.open(log, os.O_WRONLY | os.O_CREAT))
        with subprocess.Popen(  # noqa: S603 - the interpreter that the person named
            [python, "-m", "ledgai_mcp", "serve"], stderr=write, env=settings, cwd=folder
        ) as process:
            try:
                os.close(write)
                first = os.read(read, 65_536) if read is not None else _begun(log)
                yield Target(json.loads(first.splitlines()[0])["url"], process)
            finally:
                process.kill()


def _begun(log: Path) -> bytes:
    while b"\n" not in log.read_bytes():
        time.sleep(0.05)
    return log.read_bytes()


async def _stall(url: str, ended: asyncio.Event) -> float:
    """Return the longest time in which `/livez` gave no answer, in seconds."""
    longest = 0.0
    async with httpx2.AsyncClient(timeout=120, base_url=url.removesuffix("/mcp")) as client:
        while not ended.is_set():
            began = time.monotonic()
            await client.get("/livez")
            longest = max(longest, time.monotonic() - began)
            await asyncio.sleep(0.005)
    return longest


async def _attacked(python: str, attack: Callable[[Target], Awaitable[None]], *, is_unread: bool) -> str:
    server = await asyncio.start_server(_api, "127.0.0.1", 0)
    api = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with _served(python, api, is_unread=is_unread) as target:
        await target.post(call("list_projects"), target.good)  # what a first call imports is not the attack's
        before, ended = _memory(target.process.pid, "VmRSS"), asyncio.Event()
        watching = asyncio.create_task(_stall(target.url, ended))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        try:
            await asyncio.wait_for(attack(target), 60)
            took = f"{time.monotonic() - began:8.2f}"
        except TimeoutError:
            took = "     >60"
        ended.set()
        try:
            stall = f"{await asyncio.wait_for(watching, 5) * 1000:8.0f}"
        except TimeoutError:
            stall = "   ended"
        used = _memory(target.process.pid, "VmHWM") - before
        return f"{stall} {used:8} {took}  {attack.__doc__}"


def line(python: str, megabytes: int) -> str:
    """Send one long line over stdio and a request behind it, and return how long the answer took."""
    environment = {"PATH": os.environ["PATH"], "LEDGAI_LOG_LEVEL": "error"}
    with subprocess.Popen(  # noqa: S603 - the interpreter that the person named
        [python, "-m", "ledgai_mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tempfile.gettempdir(),  # here Python would find this checkout instead of the other
    ) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("a server without pipes")
        ping = b'{"jsonrpc":"2.0","id":7,"method":"ping"}\n'
        server.stdin.write(b"\n".join(GREETING) + b"\n")
        server.stdin.flush()
        server.stdout.readline()
        before, began = _memory(server.pid, "VmRSS"), time.monotonic()
        server.stdin.write(b"x" * (megabytes * 1_000_000) + b"\n" + ping)
        server.stdin.flush()
        while json.loads(server.stdout.readline()).get("id") != 7:
            pass
        took, used = time.monotonic() - began, _memory(server.pid, "VmHWM") - before
        server.kill()
    return f"{'-':>8} {used:8} {took:8.2f}  A line of {megabytes} MB over stdio."


def main() -> None:
    """Attack one server after another."""
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    sys.stdout.write("stall ms       MB  seconds  attack\n")
    for attack, is_unread in ATTACKS:
        sys.stdout.write(asyncio.run(_attacked(python, attack, is_unread=is_unread)) + "\n")
        sys.stdout.flush()
    for megabytes in (20, 50):
        sys.stdout.write(line(python, megabytes) + "\n")


if __name__ == "__main__":
    main()
