"""The body of a request: read once, within bounds, and handed on whole.

Knows: sizes, time, disconnects. Must not know: what a body says.
"""

from __future__ import annotations

import anyio
from attrs import define, field
from starlette.types import Message, Receive, Scope

from ledgai_mcp.errors import LedgaiError


class BodyRefused(LedgaiError):
    """The body is not taken; `status` is what HTTP calls it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Gone(LedgaiError):
    """The client left before its body was complete: there is nobody to answer."""


async def read(scope: Scope, receive: Receive, limit: int, within: float) -> bytes:
    """Return the whole body.

    Args:
        scope: the request, whose Content-Length refuses a large body before it is sent.
        receive: where the body comes from.
        limit: bytes at most.
        within: seconds at most, so that a trickle cannot hold a connection for ever.

    Raises:
        BodyRefused: 413 too large, 408 too slow.
        Gone: the client left.
    """
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > limit):
        raise _too_large(limit)
    body = bytearray()
    with anyio.move_on_after(within):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone("the client left")
            body += message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            if not message.get("more_body", False):
                return bytes(body)
    raise BodyRefused(408, f"The request was not complete after {within:g} seconds.")


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, f"The request is larger than {limit} bytes (LEDGAI_MAX_BODY_BYTES).")


@define
class Replay:
    """Stands in for `receive` once the body was read: gives it again, then tells when the client has left."""

    body: bytes = field(repr=False)
    _given: bool = False
    _gone: anyio.Event = field(factory=anyio.Event)

    async def receive(self) -> Message:
        """Return the next ASGI message."""
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def watch(self, receive: Receive) -> None:
        """Wait until the client has left, or has its answer, and tell the application."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
