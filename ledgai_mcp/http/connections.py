"""The HTTP parser, with bounds: how long a header may take, how large it may be, what reading it may cost.

Knows: connections, uvicorn's h11 protocol, how h11 reads lines. Must not know: requests, tokens.

All of this comes before a token is seen. uvicorn bounds the time between two requests and nothing else:
whoever opens connections and sends half a header, or nothing, keeps them for ever. h11 bounds the bytes of a
header that is not complete, and nothing else: a megabyte of lines `a:` took seconds, and so did one line of
16 kB blanks before a control character, which its pattern tries at every blank. Bodies have a bound of their
own (`bodies`), and so have calls. Naming the parser also fixes it: another one, if installed, accepts headers
of any size.
"""

from __future__ import annotations

import asyncio
import re
import sys
from http import HTTPStatus
from typing import Any

import h11
from h11._receivebuffer import ReceiveBuffer
from uvicorn.protocols.http.h11_impl import H11Protocol

from ledgai_mcp.http.refusals import refusal
from ledgai_mcp.tokens.verification import LARGEST_TOKEN

HEADER_SECONDS = 20.0
"""From the moment when nothing is under way; between one and two times as long, because it is looked at in
steps of this.
"""

MOST_BYTES = 64 * 1024
"""Of a header; of one that comes in a single piece, `PIECE` more."""
MOST_LINES = 100
"""Of a header, and of the trailer of a chunked body."""
PIECE = 16 * 1024
"""Bytes read before other connections have their turn: a body in chunks of one byte costs 10 us for each."""

_CHUNK_LINE = 256
_UNREADABLE_SECONDS = 2.0
"""How long the rest of a refused request is read and dropped: closed on unread bytes, a connection loses its
answer.
"""
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_TOO_LARGE = (
    f"The headers of this request are larger than {MOST_BYTES} bytes or have more than {MOST_LINES} lines. "
    f"A token has at most {LARGEST_TOKEN} bytes."
)
_UNREADABLE = "This is no HTTP/1.1 request that can be read."
_BUSY = object()


class BoundedLines(ReceiveBuffer):
    """h11's buffer, which refuses lines that would be expensive before they are matched."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """Return the lines of a complete header or trailer."""
        lines = super().maybe_extract_lines()
        if lines is not None and len(lines) > MOST_LINES + 1:
            raise h11.RemoteProtocolError("too many header lines", error_status_hint=431)
        # No valid line has one (RFC 9110 section 5.5), and without one h11's pattern never tries twice.
        if lines is not None and any(map(_CONTROL.search, lines)):
            raise h11.RemoteProtocolError("a control character in a header line")
        return lines

    def maybe_extract_next_line(self) -> bytearray | None:
        """Return the line before a chunk."""
        line = super().maybe_extract_next_line()
        if len(self if line is None else line) > _CHUNK_LINE:
            raise h11.RemoteProtocolError("a long line before a chunk")
        return line


def bounded(connection: h11.Connection) -> h11.Connection:
    """Return a connection that was not used yet, with bounds."""
    connection._receive_buffer = BoundedLines()
    return connection


class BoundedProtocol(H11Protocol):
    """Closes a connection that has waited for a complete header through a whole step; refuses large ones."""

    _step: asyncio.TimerHandle | None = None
    _is_refused = False

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        bounded(self.conn)

    def data_received(self, data: bytes) -> None:
        """Read on, or drop what follows a request that was refused."""
        if not self._is_refused:
            super().data_received(data)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to look."""
        super().connection_made(transport)
        self._look(_BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._step is not None:
            self._step.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read in words that a client can show, whatever was wrong with it."""
        problem = sys.exception()  # uvicorn calls this from where it caught h11's error
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()  # too late: an answer has begun
            return
        if self.cycle is not None:  # one that has not answered yet must not do so after this
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        is_large = isinstance(problem, h11.RemoteProtocolError) and problem.error_status_hint == 431
        status, text = (431, _TOO_LARGE) if is_large else (400, _UNREADABLE)
        answer = refusal(status, text, headers={"Connection": "close", "Cache-Control": "no-store"})
        head = h11.Response(status_code=status, headers=answer.raw_headers, reason=HTTPStatus(status).phrase)
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self._is_refused = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self._step is not None:
            self._step.cancel()
        self._step = self.loop.call_later(_UNREADABLE_SECONDS, self.transport.close)

    def _look(self, before: Any) -> None:
        # A request under way is not waiting, however long it takes; the same last one as a step ago, or still
        # none, means that the next one has not come.
        is_idle = self.cycle is None or self.cycle.response_complete
        now = self.cycle if is_idle else _BUSY
        if is_idle and now is before:
            self.transport.close()
            return
        self._step = self.loop.call_later(HEADER_SECONDS, self._look, now)


class SmallPieces(asyncio.BufferedProtocol):
    """Hands a connection's bytes on a little at a time; the loop would read 250 kB at once."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self._protocol = BoundedProtocol(*arguments, **more)
        self._piece = bytearray(PIECE)
        self.connection_lost = self._protocol.connection_lost  # type: ignore[method-assign]  # handed on
        self.eof_received = self._protocol.eof_received  # type: ignore[method-assign]  # handed on
        self.pause_writing = self._protocol.pause_writing  # type: ignore[method-assign]  # handed on
        self.resume_writing = self._protocol.resume_writing  # type: ignore[method-assign]  # handed on

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin."""
        self._protocol.connection_made(transport)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where the next bytes go."""
        return self._piece

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what has come."""
        self._protocol.data_received(bytes(memoryview(self._piece)[:nbytes]))
        # uvloop goes on reading the same connection, 32 times, as long as the buffer comes back full.
        if nbytes == PIECE and not self._protocol.transport.is_closing():
            self._protocol.transport.pause_reading()
            self._protocol.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not (self._protocol.flow.read_paused or self._protocol.transport.is_closing()):
            self._protocol.transport.resume_reading()
