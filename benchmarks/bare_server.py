"""The least MCP server over stdio: the SDK's low-level server with one tool.

Knows: the SDK. Must not know: ours. It is what our start is compared with.
"""

from __future__ import annotations

from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import ListToolsResult, PaginatedRequestParams, Tool

TOOL = Tool(name="tool", description="A tool.", input_schema={"type": "object", "properties": {}})


async def _listed(_: Any, __: PaginatedRequestParams) -> ListToolsResult:
    return ListToolsResult(tools=[TOOL])


async def _serve() -> None:
    server: Server[Any] = Server("bare")
    server.add_request_handler("tools/list", PaginatedRequestParams, _listed)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(_serve)
