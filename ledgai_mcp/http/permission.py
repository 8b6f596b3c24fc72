"""May this request's sender call the tool that its body names? If not, 403 with what is missing.

Knows: how a missing scope is reported in HTTP. Must not know: bodies, how a call is decided or made.

This shapes the answer, no more: dispatch decides the same call again by the same guard, so a body that this
layer cannot read, or reads differently from the SDK, opens nothing.
"""

from __future__ import annotations

from attrs import frozen
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.http.authentication import identity_of
from ledgai_mcp.http.metadata import Metadata
from ledgai_mcp.http.refusals import challenge, refusal
from ledgai_mcp.http.tool_call import recorded_id, requested
from ledgai_mcp.messages import ToolCall


@frozen
class Permission:
    """Lets requests through to `app` unless the sender lacks a scope."""

    app: ASGIApp
    service: Service
    metadata: Metadata

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        call = requested(scope)
        refused = None if call is None else self._refused(scope, call)
        await (refused or self.app)(scope, receive, send)

    def _refused(self, scope: Scope, call: ToolCall) -> Response | None:
        identity = identity_of(scope)
        verdict = self.service.refusal(call.tool, identity, recorded_id(scope, call.request_id))
        if verdict is None:
            return None
        # Held and needed together: a client that gets a new token for what is named here must not lose what
        # it had (case C49), and gets all that the tool needs in one go.
        scopes = identity.scopes | set(verdict.needed)
        header = challenge(self.metadata.url(scope), scopes, "insufficient_scope", verdict.text)
        return refusal(
            403,
            verdict.text,
            request_id=call.request_id,
            data={"tool": verdict.tool, "needed": list(verdict.needed), "missing": list(verdict.missing)},
            headers={"WWW-Authenticate": header},
        )
