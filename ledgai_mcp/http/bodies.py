"""The body of a request: read once, within bounds, and handed on whole.

Knows: sizes, time, that a body is a message. Must not know: what a message asks for.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio
from attrs import define, field, frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledgai_mcp import messages
from ledgai_mcp.budget import Budget, Person, Share
from ledgai_mcp.errors import Busy, LedgaiError
from ledgai_mcp.http.refusals import refusal
from ledgai_mcp.messages import MessageRefused, ToolCall
from ledgai_mcp.settings import COPIES

_CLOSE = {"Connection": "close"}
BODY = "ledgai.body"
"""Where the scope holds the Body of a POST."""

_READ_SECONDS = 60.0
_ROOM_SECONDS = 20.0
"""How long a large request waits, unread, for others to end."""


class BodyRefused(LedgaiError):
    """The body is refused; `status` is what HTTP calls it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Gone(LedgaiError):
    """The client left before its body was complete: there is nobody to answer."""


async def read(
    scope: Scope, receive: Receive, limit: int, within: float, share: Share | None = None
) -> bytes:
    """Return the whole body.

    Args:
        scope: the request, whose Content-Length refuses a large body before it is sent.
        receive: where the body comes from.
        limit: bytes at most.
        within: seconds at most, so that a trickle cannot hold a connection for ever.
        share: holds the memory that the request will need.

    Raises:
        BodyRefused: 413 too large, 408 too slow.
        Busy: too much else is under way.
        Gone: the client left.
    """
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > limit):
        raise _too_large(limit)
    body = bytearray()
    with anyio.move_on_after(within):
        if share is not None:
            await share.grow_within(_ROOM_SECONDS, int(declared) * COPIES if declared.isdigit() else 0)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone("the client left")
            body += message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            if share is not None:
                share.grow(len(body) * COPIES)
            if not message.get("more_body", False):
                return bytes(body)
    raise BodyRefused(408, f"The request was not complete after {within:g} seconds.")


async def _skip(receive: Receive) -> None:
    """Read on to the end and keep nothing: a connection closed before that loses the answer."""
    with anyio.move_on_after(_READ_SECONDS):
        while (await receive()).get("more_body", False):
            pass


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, str(messages.too_large(limit)))


@frozen
class Bodies:
    """Reads the body of each POST for `app`, which finds it in the scope, and receives it again."""

    app: ASGIApp
    largest: int
    """Bytes of a body."""
    room: Budget
    person: Callable[[Scope], Person]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        with self.room.share(self.person(scope)) as share:
            try:
                body = await read(scope, receive, self.largest, _READ_SECONDS, share)
                call = messages.called(messages.read(body))
            except Gone:
                return
            except Busy as problem:
                await _skip(receive)
                status, headers = (429 if problem.is_own else 503), {"Retry-After": "5", **_CLOSE}
                await refusal(status, str(problem), headers=headers)(scope, receive, send)
                return
            except BodyRefused as problem:
                await refusal(problem.status, str(problem), headers=_CLOSE)(scope, receive, send)
                return
            except MessageRefused as problem:
                status, code, about = 413 if problem.is_too_large else 400, problem.code, problem.request_id
                answer = refusal(status, str(problem), code=code, request_id=about, headers=_CLOSE)
                await answer(scope, receive, send)
                return
            scope[BODY] = kept = Body(body, call, receive)
            del body
            try:
                await self.app(scope, kept.receive, send)
            finally:
                kept.content = b""  # the scope lives on with its connection, which may stay open


@define
class Body:
    """A body that was read, and what stands in for `receive` from then on."""

    content: bytes = field(repr=False)
    call: ToolCall | None
    """Which tool it calls."""
    _receive: Receive
    _is_given: bool = False
    _is_gone: anyio.Event = field(factory=anyio.Event)

    async def receive(self) -> Message:
        """Return the body again, and later, if somebody watches, that the client has left."""
        if not self._is_given:
            self._is_given = True
            return {"type": "http.request", "body": self.content, "more_body": False}
        await self._is_gone.wait()
        return {"type": "http.disconnect"}

    async def watch(self) -> None:
        """Wait until the client has left, or has its answer, and tell the application."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_gone.set()
