"""May this request's sender call the tool that its body names? If not, 403 with what is missing.

Knows: where a body names a tool, how a refusal is spelled in HTTP. Must not know: how a call is judged or
made.

This shapes the answer, no more: dispatch judges the same call again by the same guard, so a body that this
layer cannot read, or reads differently from the SDK, opens nothing. The tool is taken from the body and not
from the `Mcp-Name` header, which a client could set to something else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import anyio
from attrs import frozen
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.calls.guard import Refusal
from ledgai_mcp.http import bodies
from ledgai_mcp.http.authentication import identity_of
from ledgai_mcp.http.front import REQUEST
from ledgai_mcp.http.metadata import Metadata
from ledgai_mcp.http.refusals import RequestId, challenge, refusal

_READ_SECONDS = 60.0
_MOST_PARTS = 500_000
"""Of a JSON body, counted by its marks; those inside of texts count too, which no file of code comes near."""


@frozen
class Call:
    """What a body asks for, as far as it matters here."""

    tool: str
    request_id: RequestId


@frozen
class Permission:
    """Lets requests through to `app` unless the sender lacks a scope; ends calls whose client has left."""

    app: ASGIApp
    service: Service
    metadata: Metadata
    largest: int
    """Bytes of a body."""
    in_band: bool
    """Leave the refusal to dispatch, for clients that mishandle a 403."""
    sessions: bool
    """Calls belong to sessions, which outlive their connections; the SDK ends those that do not."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            body = await bodies.read(scope, receive, self.largest, _READ_SECONDS)
        except bodies.Gone:
            return
        except bodies.BodyRefused as problem:
            await refusal(problem.status, str(problem), headers={"Connection": "close"})(scope, receive, send)
            return
        unfit = _unfit(body)
        if unfit is not None:
            await unfit(scope, receive, send)
            return
        call = read_call(body)
        if call is not None and not self.in_band:
            refused = self._refused(scope, call)
            if refused is not None:
                await refused(scope, receive, send)
                return
        replay = bodies.Replay(body)
        async with anyio.create_task_group() as tasks:
            if self._may_stop(call):
                tasks.start_soon(self._watch, replay, receive, tasks.cancel_scope)
            await self.app(scope, replay.receive, send)
            tasks.cancel_scope.cancel()

    def _refused(self, scope: Scope, call: Call) -> Response | None:
        identity = identity_of(scope)
        verdict = self.service.refusal(call.tool, identity, number(scope, call.request_id))
        if verdict is None:
            return None
        # Held and needed together: a client that gets a new token for what is named here must not lose what
        # it had (C49), and gets all that the tool needs in one go.
        scopes = identity.scopes | set(verdict.needed)
        header = challenge(self.metadata.url(scope), scopes, "insufficient_scope", verdict.text)
        data = _data(verdict)
        headers = {"WWW-Authenticate": header}
        return refusal(403, verdict.text, request_id=call.request_id, data=data, headers=headers)

    def _may_stop(self, call: Call | None) -> bool:
        """Whether the work may be given up when the client leaves: only what changes nothing (C54)."""
        tool = None if call is None else self.service.catalog.get(call.tool)
        return tool is None or tool.effect == "read"

    async def _watch(self, replay: bodies.Replay, receive: Receive, scope: anyio.CancelScope) -> None:
        await replay.watch(receive)
        if not self.sessions:
            scope.cancel()


def _unfit(body: bytes) -> Response | None:
    """Refuse what would keep everybody else waiting, or the memory full, while it is parsed.

    A text of 20 MB is read in no time; 8 million empty objects take a second and half a gigabyte.
    """
    if body.lstrip()[:1] == b"[":
        return refusal(400, "Batches are not served: MCP has none since 2025-06-18. Send one message.")
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > _MOST_PARTS:
        return refusal(413, f"The request has more than {_MOST_PARTS} values.")
    return None


def read_call(body: bytes) -> Call | None:
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
    return Call(name, request_id if isinstance(request_id, str | int) else None)


def number(scope: Scope, request_id: RequestId) -> str:
    """Return how the audit record names a call: the HTTP request's number and the client's own id."""
    own = scope[REQUEST]
    return own if request_id is None else f"{own}/{str(request_id)[:64]}"


def _data(verdict: Refusal) -> dict[str, Any]:
    return {"tool": verdict.tool, "needed": list(verdict.needed), "missing": list(verdict.missing)}
