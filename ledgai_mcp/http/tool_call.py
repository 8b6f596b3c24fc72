"""Which tool does the body of a request call, and how does the audit record name the call?

Knows: where a request keeps its body. Must not know: tools, and who may call them.
"""

from __future__ import annotations

from starlette.types import Scope

from ledgai_mcp.http.bodies import BODY, Body
from ledgai_mcp.http.front import REQUEST
from ledgai_mcp.messages import RequestId, ToolCall


def requested(scope: Scope) -> ToolCall | None:
    """Return what a request's body calls; None if it has none, or calls nothing."""
    body: Body | None = scope.get(BODY)
    return None if body is None else body.call


def recorded_id(scope: Scope, request_id: RequestId) -> str:
    """Return how the audit record names a call: the id of the HTTP request and the client's own."""
    own: str = scope[REQUEST]
    return own if request_id is None else f"{own}/{str(request_id)[:64]}"
