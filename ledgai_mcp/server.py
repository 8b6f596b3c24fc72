"""MCP: what a client lists is what the caller may call, and a call goes to dispatch.

Knows: the protocol's types and errors. Must not know: transports, scopes, the API.
"""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    CallToolRequestParams,
    CallToolResult,
    PaginatedRequestParams,
    TextContent,
)
from quantconnect_tools.tool import Tool

from ledgai_mcp import logs, release
from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.calls.replies import Reply
from ledgai_mcp.errors import LedgaiError, UnknownTool
from ledgai_mcp.identity import Identity

Context: TypeAlias = ServerRequestContext[Any, Any]
Identify: TypeAlias = Callable[[Context], Identity | Awaitable[Identity]]
"""Says who sent this request. Asked for each request, so that an identity is never older than its request."""

RequestId: TypeAlias = Callable[[Context], str | None]
"""Says how the audit record names this request."""

INSTRUCTIONS = (
    "Tools for a QuantConnect account. The tools listed are those the caller may call. What takes time says "
    "so: call the matching read tool again after some 10 seconds until it is done. A failed call says what "
    "to do next. Tools marked destructive delete things or move real money: let the person confirm first."
)
SANDBOX = (
    " This server talks to the sandbox, not to QuantConnect: every result is invented, and no real money "
    "moves. Say so wherever you report a result."
)
_GREETINGS = ("initialize", "server/discover")
"""Methods whose result carries the instructions."""
_FRESH_MS = 60_000
"""How long a client may keep a list. It is the caller's own, hence `private` (MCP 2026-07-28, caching)."""

P = TypeVar("P")


def own_request_id(context: Context) -> str | None:
    """Name a request by the id that the client gave it."""
    return None if context.request_id is None else str(context.request_id)


def build(service: Service, identify: Identify, request_id: RequestId = own_request_id) -> Server[Any]:
    """Build the MCP server over a service; any number of transports may serve it."""

    async def caller(context: Context) -> Identity:
        identity = identify(context)
        return await identity if inspect.isawaitable(identity) else identity

    async def list_tools(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
        if params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "There is one page of tools only; leave the cursor out.")
        listed = service.listed(await caller(context))
        return {"resultType": "complete", "tools": [tool.wire for tool in listed]}

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        identity = await caller(context)
        try:
            reply = await service.call(params.name, params.arguments, identity, request_id(context))
        except UnknownTool as unknown:  # the code for an unknown tool in MCP
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
    server.middleware.append(_greeting(service, caller))
    return server


def instructions(tools: tuple[Tool, ...], *, is_sandbox: bool = False) -> str:
    """Tell a model what it has, and whether it is real; what this caller may not use is not mentioned."""
    toolsets = sorted({tool.toolset for tool in tools})
    has = f"This caller has: {', '.join(toolsets)}." if toolsets else "This caller has no tools."
    return f"{INSTRUCTIONS} {has}{SANDBOX if is_sandbox else ''}"


def _greeting(service: Service, caller: Callable[[Context], Awaitable[Identity]]) -> ServerMiddleware[Any]:
    """Return what fills in the instructions, which depend on who asks."""

    async def greet(ctx: Context, call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if ctx.method in _GREETINGS and isinstance(result, dict):
            try:
                tools = service.listed(await caller(ctx))
                result["instructions"] = instructions(tools, is_sandbox=await service.is_sandbox())
            except Exception:  # noqa: BLE001 - the first list or call says what is wrong; this is not the place
                result["instructions"] = INSTRUCTIONS
        return result

    return greet


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
        except LedgaiError as refused:  # who calls cannot be told, or is not accepted any more
            raise MCPError(INVALID_REQUEST, str(refused)) from None
        except Exception as problem:  # noqa: BLE001 - whatever it is, its text may hold a secret
            correlation = uuid.uuid4().hex[:12]
            logs.crash(problem, correlation, context.method)
            raise MCPError(INTERNAL_ERROR, f"The server failed on this request (id {correlation}).") from None

    return contained
