"""Which part of the catalogue this server offers at all (LEDGAI_TOOLSETS).

Knows: tool and toolset names. Must not know: who calls.

A smaller list costs a model's context less: all tools together are some 45 kB in every conversation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quantconnect_tools.tool import Tool

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.suggestions import hint


def select(catalog: Mapping[str, Tool], wanted: Sequence[str]) -> dict[str, Tool]:
    """Return the tools whose name or toolset is wanted; everything when nothing is.

    Raises:
        ConfigurationError: a wanted name is neither a tool nor a toolset.
    """
    if not wanted:
        return dict(catalog)
    toolsets = {tool.toolset for tool in catalog.values()}
    unknown = [name for name in wanted if name not in catalog and name not in toolsets]
    if unknown:
        raise ConfigurationError(_describe(name, toolsets, catalog) for name in unknown)
    return {name: tool for name, tool in catalog.items() if name in wanted or tool.toolset in wanted}


def _describe(name: str, toolsets: set[str], catalog: Mapping[str, Tool]) -> str:
    meant = hint(name, {*toolsets, *catalog}, f"the toolsets are {', '.join(sorted(toolsets))}")
    return f"LEDGAI_TOOLSETS: no such tool or toolset: {name[:60]!r}; {meant}"
