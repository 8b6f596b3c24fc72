"""A client that leaves in the middle of a call: what only reads ends with it, the rest is finished.

Knows: what a tool's effect is. Must not know: who may call it, how it is called.
"""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from attrs import frozen
from quantconnect_tools.tool import Tool
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.http.bodies import BODY, Body
from ledgai_mcp.http.tool_call import requested


@frozen
class Disconnects:
    """Ends calls of `app` whose client has left, if they may end."""

    app: ASGIApp
    catalog: Mapping[str, Tool]
    sessions: bool
    """Calls belong to sessions, which outlive their connections; the SDK ends those that do not."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not self._may_stop(scope):
            await self.app(scope, receive, send)
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch, scope[BODY], tasks.cancel_scope)
            await self.app(scope, receive, send)
            tasks.cancel_scope.cancel()

    def _may_stop(self, scope: Scope) -> bool:
        """Whether the work may be given up when the client leaves: only what changes nothing (case C54)."""
        call = requested(scope)
        tool = None if call is None else self.catalog.get(call.tool)
        return BODY in scope and (tool is None or tool.effect == "read")

    async def _watch(self, body: Body, tasks: anyio.CancelScope) -> None:
        await body.watch()
        if not self.sessions:
            tasks.cancel()
