"""The least HTTP server that keeps connections: the same answer to every request, in a process of its own.

Knows: how long a request's body is. Must not know: the API. It is to cost as little as can be.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SMALL = {"projects": [{"projectId": 1, "name": "First", "modified": "2026-01-02 03:04:05"}], "success": True}
LARGE = {"projects": SMALL["projects"] * 1000, "success": True}
"""About 70 kB: below what an answer is shortened to."""


def _response(body: object) -> bytes:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


async def _serve() -> None:
    small, large = _response(SMALL), _response(LARGE)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].partition(b"\r")[0]
                await reader.readexactly(int(length or 0))
                writer.write(large if b"/large/" in head.partition(b"\r")[0] else small)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def running() -> Iterator[str]:
    """Run it as long as the context lasts.

    Yields:
        Its address; a path with `/large/` in it gets the large answer.
    """
    command = [sys.executable, "-m", "benchmarks.stand_in"]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without pipes")
        yield process.stdout.readline().strip()
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve())
