"""The process's own stdin and stdout, claimed so that nothing but the protocol passes through them.

Knows: file descriptors, lines, threads. Must not know: MCP, JSON.

A print, a warning or a C library that writes to stdout ends the session in strict clients. So descriptor 1
becomes stderr, and the protocol keeps a private copy of it. Both directions have a thread of their own that
the process does not wait for at its end: a read from an open pipe cannot be called off, nor a write to a full
one.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias

from attrs import define, field

GRACE_SECONDS = 4.0
"""From the end of input, or of the other side, to the end of the process, whatever it is still doing."""

_CHUNK = 65_536
_AHEAD = 64
"""Lines read before they are wanted; then reading waits, so that a flood stays in the pipe."""

_Write: TypeAlias = tuple[bytes, "asyncio.Future[None]"]


@define
class Pipes:
    """Lines in, lines out. `claim` makes it; `open` starts it inside a running event loop."""

    source: int
    sink: int
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _lines: asyncio.Queue[str | None] = field(factory=asyncio.Queue, init=False, repr=False)
    _room: threading.Semaphore = field(factory=lambda: threading.Semaphore(_AHEAD), init=False, repr=False)
    _writes: queue.SimpleQueue[_Write] = field(factory=queue.SimpleQueue, init=False, repr=False)

    def open(self) -> None:
        """Start to read and write; call it once, in the event loop that uses the pipes."""
        self._loop = asyncio.get_running_loop()
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"stdio{work.__name__}", daemon=True).start()

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield the lines of input until it ends."""
        while (line := await self._lines.get()) is not None:
            self._room.release()
            yield line

    async def write(self, text: str) -> None:
        """Write text, and wait until the system has accepted it.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writes.put((text.encode("utf-8", "replace"), done))
        await done

    async def flush(self) -> None:
        """Do nothing: what `write` has written is on its way already."""

    def _read(self) -> None:
        pending = bytearray()
        while piece := _read_some(self.source):
            pending += piece
            *lines, rest = pending.split(b"\n")
            pending = bytearray(rest)
            for line in lines:
                self._room.acquire()
                self._tell(self._lines.put_nowait, line.decode("utf-8", "replace"))
        if pending:
            self._tell(self._lines.put_nowait, pending.decode("utf-8", "replace"))
        leave_soon()
        self._tell(self._lines.put_nowait, None)

    def _write(self) -> None:
        while True:
            data, done = self._writes.get()
            try:
                while data:
                    data = data[os.write(self.sink, data) :]
            except OSError:
                leave_soon()
                self._tell(_fail, done)
            else:
                self._tell(_finish, done)

    def _tell(self, act: Callable[..., object], *arguments: object) -> None:
        """Run something in the event loop, unless it has ended meanwhile."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(act, *arguments)
        except RuntimeError:
            return


def claim() -> Pipes:
    """Claim stdin and stdout for the protocol: from here on, whoever prints prints to stderr.

    Returns:
        The pipes, not yet open.
    """
    sys.stdout.flush()
    pipes = Pipes(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return pipes


def leave_soon() -> None:
    """End the process after a grace, even if something hangs (a name lookup cannot be called off)."""
    timer = threading.Timer(GRACE_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _read_some(source: int) -> bytes:
    try:
        return os.read(source, _CHUNK)
    except OSError:  # a terminal that went away; the same as the end
        return b""


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _fail(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_exception(BrokenPipeError("nobody reads stdout"))
