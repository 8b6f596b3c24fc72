"""Shutting down: calls under way may finish for a while, then they get a clean answer.

Knows: what is under way, and until when. Must not know: signals, what a request does.
"""

from __future__ import annotations

import math

import anyio
from attrs import define, field
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.http.refusals import unavailable
from ledgai_mcp.http.streams import Answer

_TEXT = (
    "The server is shutting down. A call that changes things may have taken effect: look before you repeat "
    "it."
)


@define
class Drain:
    """What is under way in this process."""

    begun: bool = False
    """True from the first signal on: readiness answers no."""
    _ends: float = field(default=math.inf, init=False)
    _calls: set[anyio.CancelScope] = field(factory=set, init=False)
    _streams: set[anyio.CancelScope] = field(factory=set, init=False)

    def begin(self, seconds: float) -> None:
        """Give calls some seconds from now, and open streams none: they have no end of their own."""
        self.begun = True
        self._ends = anyio.current_time() + seconds
        for call in self._calls:
            call.deadline = min(call.deadline, self._ends)
        for stream in self._streams:
            stream.cancel()

    def over(self, app: ASGIApp) -> ASGIApp:
        """Return `app` with the end of its requests under control."""

        async def drained(scope: Scope, receive: Receive, send: Send) -> None:
            if self.begun:
                await unavailable(_TEXT)(scope, receive, send)
                return
            await self._run(app, scope, receive, send)

        return drained

    async def _run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer(send)
        among = self._streams if scope["method"] == "GET" else self._calls
        with anyio.CancelScope(deadline=self._ends) as within:
            among.add(within)
            try:
                await app(scope, receive, answer.send)
            finally:
                among.discard(within)
        if self.begun:  # cancelled here, or broken off by the library of streams, which sees the signal too
            await answer.end(scope, receive, unavailable(_TEXT))
