"""MCP: what a client lists is what the caller may call, and a call goes to dispatch.

Knows: the protocol's types and errors. Must not know: transports, scopes, the API.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    PaginatedRequestParams,
    TextContent,
)

from ledgai_mcp import logs, release
from ledgai_mcp.dispatch import Service
from ledgai_mcp.errors import UnknownTool
from ledgai_mcp.identity import Identity
from ledgai_mcp.replies import Reply

Context: TypeAlias = ServerRequestContext[Any, Any]
Identify: TypeAlias = Callable[[Context], Identity]
"""Says who sent this request. Asked for each request, so that an identity is never older than its request."""

INSTRUCTIONS = (
    "Tools for a QuantConnect account: projects, files, compiles, backtests, optimizations, live trading, "
    "object store. The tools listed are those the caller may call. Compiles, backtests and charts take time: "
    "call the matching read tool again after some 10 seconds until it is done. A failed call says what to do "
    "next. Tools marked destructive delete things or move real money: let the person confirm first."
)
_FRESH_MS = 60_000
"""How long a client may keep a list. It is the caller's own, hence `private` (MCP 2026-07-28, caching)."""

P = TypeVar("P")


def build(service: Service, identify: Identify) -> Server[Any]:
    """Build the MCP server over a service; any number of transports may serve it."""

    async def list_tools(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
        if params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "There is one page of tools only; leave the cursor out.")
        return {"resultType": "complete", "tools": [tool.wire for tool in service.listed(identify(context))]}

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        request_id = None if context.request_id is None else str(context.request_id)
        try:
            reply = await service.call(params.name, params.arguments, identify(context), request_id)
        except UnknownTool as unknown:  # mcp_notes 1: the code for an unknown tool
            raise MCPError(INVALID_PARAMS, str(unknown)) from None
        return _result(reply)

    def input_schema(name: str) -> Mapping[str, Any] | None:
        tool = service.catalog.get(name)
        return None if tool is None else tool.wire["inputSchema"]

    hint = CacheHint(_FRESH_MS, "private")
    server: Server[Any] = Server(
        release.NAME,
        version=release.version(),
        title="LEDGAI for QuantConnect",
        instructions=INSTRUCTIONS,
        cache_hints={"tools/list": hint, "server/discover": hint},
        get_tool_input_schema=input_schema,
    )
    server.add_request_handler("tools/list", PaginatedRequestParams, _contained(list_tools))
    server.add_request_handler("tools/call", CallToolRequestParams, _contained(call_tool))
    return server


def _result(reply: Reply) -> CallToolResult:
    texts = (reply.text, *reply.notes)
    return CallToolResult(
        content=[TextContent(type="text", text=text) for text in texts],
        structured_content=reply.data,
        is_error=reply.failed,
    )


def _contained(handler: Callable[[Context, P], Awaitable[Any]]) -> Callable[[Context, P], Awaitable[Any]]:
    """Keep the text of an unforeseen exception from the client: the SDK would send it as it is."""

    async def contained(context: Context, params: P) -> Any:
        try:
            return await handler(context, params)
        except MCPError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, its text may hold a secret
            correlation = uuid.uuid4().hex[:12]
            logs.crash(problem, correlation, context.method)
            raise MCPError(INTERNAL_ERROR, f"The server failed on this request (id {correlation}).") from None

    return contained
