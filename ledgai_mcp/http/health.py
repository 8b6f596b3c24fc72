"""Is the process alive, and can it serve a request at all?

Knows: what every request needs. Must not know: who asks, and nothing here tells them anything.

`/livez` is 200 as long as the process answers, whatever is down elsewhere: a restart would help nobody.
`/readyz` is 503 while no request can be served: the shared state or the audit file is down, no key can verify
a token, or the server is shutting down. QuantConnect being down is not among them (case C62).
"""

from __future__ import annotations

import anyio
from attrs import define, field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ledgai_mcp import logs
from ledgai_mcp.audit.journal import Journal
from ledgai_mcp.audit.records import AuditUnavailable
from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http.drain import Drain
from ledgai_mcp.tokens.authority import Authority

LIVE, READY = "/livez", "/readyz"
_REMEMBERED = 1.0
"""Seconds: anybody may ask, and must not be able to make the store busy."""


@define
class Health:
    """Answers the two probes."""

    drain: Drain
    journal: Journal
    authority: Authority | None
    """None where nobody has to authenticate."""
    _asked_at: float = field(default=float("-inf"), init=False)
    _problem: str | None = field(default=None, init=False)

    async def begin(self) -> None:
        """Say at the start why no request can be served, if that is so: nobody may ask for long."""
        self._problem = await self._look()
        if self._problem is not None:
            logs.warn("readiness", ready=False, reason=self._problem)

    async def live(self, request: Request) -> Response:
        """Answer /livez."""
        return PlainTextResponse("live")

    async def ready(self, request: Request) -> Response:
        """Answer /readyz."""
        if self.drain.begun:
            return PlainTextResponse("not ready", 503)
        if anyio.current_time() - self._asked_at >= _REMEMBERED:
            self._asked_at = anyio.current_time()  # first: those who ask meanwhile get the answer before
            before = self._problem
            self._problem = await self._look()
            if self._problem != before:
                logs.warn("readiness", ready=self._problem is None, reason=self._problem)
        return PlainTextResponse(
            "ready" if self._problem is None else "not ready", 503 if self._problem else 200
        )

    async def _look(self) -> str | None:
        try:
            await self.journal.check()
            if self.authority is not None:
                await self.authority.state.check()
        except AuditUnavailable as problem:
            return f"AuditUnavailable: {problem.why}"
        except LedgaiError as problem:
            return f"{type(problem).__name__}: {problem}"
        if self.authority is not None and not self.authority.is_ready:
            return "KeysUnavailable: another issuer's keys could not be fetched yet"
        return None

    def routes(self) -> list[Route]:
        """Return the routes, for GET and HEAD alike."""
        return [Route(LIVE, self.live), Route(READY, self.ready)]
