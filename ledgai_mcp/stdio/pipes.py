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
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

from attrs import define, field

GRACE_SECONDS = 4.0
"""From the end of input, or of the other side, to the end of the process, whatever it is still doing."""

_CHUNK = 65_536
_AHEAD = 64
"""Lines read before they are wanted; then reading waits, so that a flood stays in the pipe. A long line
counts for more, and one of the largest size for all.
"""

Line: TypeAlias = bytes | None
"""A line without its end; None if it was longer than is read, and so was not kept."""

_END = object()
_Write: TypeAlias = tuple[bytes, "asyncio.Future[None]"]


@define
class Pipes:
    """Lines in, lines out. `claim` makes it; `open` starts it inside a running event loop."""

    source: int
    sink: int
    largest: int
    """Bytes of a line."""
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _lines: asyncio.Queue[Any] = field(factory=asyncio.Queue, init=False, repr=False)
    _room: threading.Semaphore = field(factory=lambda: threading.Semaphore(_AHEAD), init=False, repr=False)
    _writes: queue.SimpleQueue[_Write] = field(factory=queue.SimpleQueue, init=False, repr=False)

    def open(self) -> None:
        """Start to read and write; call it once, in the event loop that uses the pipes."""
        self._loop = asyncio.get_running_loop()
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"stdio{work.__name__}", daemon=True).start()

    async def __aiter__(self) -> AsyncIterator[Line]:
        """Yield the lines of input until it ends; not those that are blank."""
        while (line := await self._lines.get()) is not _END:
            self._room.release(self._weight(line))
            yield line

    async def write(self, text: str) -> None:
        """Write text, and wait until the system has accepted it.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writes.put((text.encode("utf-8", "replace"), done))
        await done

    def _read(self) -> None:
        lines = Lines(self.largest)
        while piece := _read_some(self.source):
            for line in lines.feed(piece):
                self._put(line)
        for line in lines.feed(b"\n"):  # the last line may have no end
            self._put(line)
        leave_soon()
        self._tell(self._lines.put_nowait, _END)

    def _put(self, line: Line) -> None:
        for _ in range(self._weight(line)):  # one by one: there is only this thread that waits
            self._room.acquire()
        self._tell(self._lines.put_nowait, line)

    def _weight(self, line: Line) -> int:
        return 1 + (_AHEAD - 1) * len(line or b"") // max(self.largest, 1)

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


@define
class Lines:
    """Puts lines together from pieces, in time and memory linear in what it is fed."""

    largest: int
    _kept: bytearray = field(factory=bytearray, init=False, repr=False)
    _size: int = field(default=0, init=False)

    def feed(self, piece: bytes) -> Iterator[Line]:
        """Yield the lines that end in this piece, but for blank ones."""
        *ends, rest = piece.split(b"\n")
        for end in ends:
            self._keep(end)
            line = bytes(self._kept) if self._size <= self.largest else None
            self._kept, self._size = bytearray(), 0
            if line is None or line.strip():
                yield line
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self.largest:
            self._kept += part
        else:
            self._kept = bytearray()


def claim(largest: int) -> Pipes:
    """Claim stdin and stdout for the protocol: from here on, whoever prints prints to stderr.

    Args:
        largest: bytes of a line; what is longer is skipped to its end.

    Returns:
        The pipes, not yet open.
    """
    sys.stdout.flush()
    pipes = Pipes(os.dup(0), os.dup(1), largest)
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
