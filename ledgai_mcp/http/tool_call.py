"""Which tool does the body of a request call?

Knows: where a JSON-RPC message names a tool. Must not know: tools, and who may call them.

The tool is taken from the body and not from the `Mcp-Name` header, which a client could set to something
else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import frozen
from starlette.types import Scope

from ledgai_mcp.http.bodies import BODY
from ledgai_mcp.http.front import REQUEST
from ledgai_mcp.http.refusals import RequestId

_CALL = "ledgai.call"


@frozen
class ToolCall:
    """What a body asks for, as far as it matters here."""

    tool: str
    request_id: RequestId


def requested(scope: Scope) -> ToolCall | None:
    """Return what a request's body calls, parsed once; None if it calls nothing that can be told."""
    if _CALL not in scope:
        scope[_CALL] = read_call(scope[BODY].content) if BODY in scope else None
    found: ToolCall | None = scope[_CALL]
    return found


def read_call(body: bytes) -> ToolCall | None:
    """Return which tool a body calls, or None if it calls none that can be told."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, Mapping) or message.get("method") != "tools/call":
        return None
    parameters, request_id = message.get("params"), message.get("id")
    name = parameters.get("name") if isinstance(parameters, Mapping) else None
    if not isinstance(name, str):
        return None
    return ToolCall(name, request_id if isinstance(request_id, str | int) else None)


def recorded_id(scope: Scope, request_id: RequestId) -> str:
    """Return how the audit record names a call: the id of the HTTP request and the client's own."""
    own: str = scope[REQUEST]
    return own if request_id is None else f"{own}/{str(request_id)[:64]}"
