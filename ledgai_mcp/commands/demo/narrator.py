"""Calls tools and tells what happened, for a person at a terminal.

Knows: MCP's client, how a line reads. Must not know: which tools there are, which processes serve them.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import click
from attrs import frozen
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent, Tool


class DemoError(Exception):
    """A step did not go as shown in the README; the text says which."""


@frozen
class Narrator:
    """Calls tools and tells what happened, a few lines each."""

    client: Client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that has to succeed; return its answer as JSON."""
        result = await self._show(tool, arguments)
        if result.is_error:
            raise DemoError(f"{tool} failed: {_text(result)}")
        return result.structured_content or {}

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that has to be refused, in band or by HTTP 403; return the text that a client shows."""
        try:
            result = await self._show(tool, arguments)
        except MCPError as refusal:
            return str(refusal)
        if not result.is_error:
            raise DemoError(f"{tool} was not refused")
        return _text(result)

    async def until(self, ready: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a reading tool until the answer holds `ready`; give up after 60 tries, half a second apart."""
        _announce(tool, arguments)
        for _ in range(60):
            result = await self.client.call_tool(tool, arguments)
            answer = result.structured_content or {}
            if not result.is_error and ready in json.dumps(answer):
                return answer
            await asyncio.sleep(0.5)
        raise DemoError(f"{tool} did not come to {ready!r}")

    async def _show(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        _announce(tool, arguments)
        return await self.client.call_tool(tool, arguments)


def _announce(tool: str, arguments: Mapping[str, Any]) -> None:
    shown = ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())
    click.secho(f"\n> {tool}({shown})", bold=True)


def tell(*lines: str) -> None:
    """Print indented lines."""
    for line in lines:
        click.echo(f"  {line}")


def _text(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def line(value: object) -> str:
    """Write the plain parts of a mapping in one line."""
    if not isinstance(value, Mapping):
        return json.dumps(value)
    pairs = ((name, part) for name, part in value.items() if not isinstance(part, (list, dict)))
    return ", ".join(f"{name} {part}" for name, part in pairs)


def _short(value: object) -> str:
    """Write a value in 40 characters at most."""
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:36]}..."


def by_toolset(tools: Iterable[Tool]) -> dict[str, int]:
    """Count the tools of each toolset."""
    counts = Counter((tool.meta or {}).get("ledgai/toolset", "?") for tool in tools)
    return dict(sorted(counts.items()))
