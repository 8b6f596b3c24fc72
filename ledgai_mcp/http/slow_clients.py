"""The HTTP parser, with an end to waiting: a connection on which no request arrives is closed.

Knows: connections and uvicorn's h11 protocol. Must not know: requests, tokens.

uvicorn bounds the time between two requests and nothing else: whoever opens connections and sends half a
header, or nothing, keeps them for ever, without a token. Bodies have a bound of their own (`bodies`), and so
have calls. Naming the parser also fixes it: another one, if installed, accepts headers of any size.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 20.0
"""From the moment when nothing is under way; between one and two times as long, because it is looked at in
steps of this.
"""

_BUSY = object()


class SlowClientProtocol(H11Protocol):
    """Closes a connection that has waited for a complete header through a whole step."""

    _step: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to look."""
        super().connection_made(transport)
        self._look(_BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._step is not None:
            self._step.cancel()
        super().connection_lost(exc)

    def _look(self, before: Any) -> None:
        # A request under way is not waiting, however long it takes; the same last one as a step ago, or still
        # none, means that the next one has not come.
        is_idle = self.cycle is None or self.cycle.response_complete
        now = self.cycle if is_idle else _BUSY
        if is_idle and now is before:
            self.transport.close()
            return
        self._step = self.loop.call_later(HEADER_SECONDS, self._look, now)
