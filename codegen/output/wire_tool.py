"""A tool as MCP clients receive it, and how heavy it is.

Knows: the Tool object of MCP 2026-07-28 and what its hints mean. Must not know: files.
"""

import json
from collections.abc import Iterable
from typing import Any

from codegen.tools.catalogue import Tool


def written(tool: Tool) -> dict[str, Any]:
    """Write a tool as `tools/list` sends it, names in the order of the protocol."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": dict(tool.wire_schema),
        "annotations": hints(tool),
        "_meta": {
            "ledgai/toolset": tool.toolset,
            "ledgai/scopes": list(tool.scopes),
            "ledgai/effect": tool.effect,
        },
    }


def hints(tool: Tool) -> dict[str, Any]:
    """Derive the hints from the effect.

    `destructiveHint` is false only where nothing changes or something is added (MCP schema, ToolAnnotations):
    a write that replaces what was there is not additive. `openWorldHint` is true where a tool asks the API,
    that is unless the server answers by itself.
    """
    return {
        "title": tool.title,
        "readOnlyHint": tool.effect == "read",
        "destructiveHint": tool.effect != "read" and not tool.additive,
        "idempotentHint": tool.idempotent,
        "openWorldHint": bool(tool.endpoints),
    }


def abridged(tool: Tool) -> bool:
    """Whether the schema that is enforced says more than the one that is sent."""
    return bool(tool.full_schema != tool.wire_schema)


def weight(tools: Iterable[Tool]) -> int:
    """Bytes of what a model sees of some tools: compact JSON of name, description and input schema."""
    seen = [
        {"name": tool.name, "description": tool.description, "inputSchema": tool.wire_schema}
        for tool in tools
    ]
    return len(json.dumps(seen, ensure_ascii=False, separators=(",", ":")).encode())
