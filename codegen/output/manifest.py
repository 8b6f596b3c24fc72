"""MANIFEST.json: from what, by what and how heavy a tree was generated.

Knows: the manifest's fields and the ceilings of what a model has to read. Must not know: templates, OpenAPI.

No checksum of each file: any two pull requests would be in conflict, and `--check` compares bytes anyway.
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from codegen.inputs.problems import Problems
from codegen.output import wire_tool
from codegen.tools.catalogue import Catalogue, Tool

NAME = "MANIFEST.json"
CEILING, TOOL_CEILING = 45_000, 6_000
"""Bytes that all tools together, and one tool, may take in a model's context."""
_GENERATORS = ("jinja2", "openapi-python-client", "ruff")


def manifest(catalogue: Catalogue, digests: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, Any]:
    """Describe a tree; `digests` are those of the inputs, with LF line ends."""
    heaviest = max(catalogue.tools, key=lambda tool: (_weight(tool), tool.name), default=None)
    return {
        "inputs": dict(sorted(digests.items())),
        "generators": {name: version(name) for name in _GENERATORS},
        "api": catalogue.api_version,
        "counts": {
            "tools": len(catalogue.tools),
            "toolsets": len(catalogue.toolsets()),
            "scopes": len(catalogue.scopes),
            "groups": len(catalogue.groups),
            "withheld": len(catalogue.withheld),
            **dict(sorted(counts.items())),
        },
        "wire": {
            "bytes": wire_tool.weight(catalogue.tools),
            "ceiling": CEILING,
            "largest": {"tool": heaviest.name if heaviest else None, "bytes": _weight(heaviest)},
            "tool_ceiling": TOOL_CEILING,
        },
    }


def check_weight(catalogue: Catalogue, overlay: Path | str, problems: Problems) -> None:
    """Note what is heavier than a model should have to read; the overlay is where texts are cut."""
    total = wire_tool.weight(catalogue.tools)
    if total > CEILING:
        what = f"all tools together take {total} bytes of a model's context; the ceiling is {CEILING}"
        fix = f"shorten descriptions, or abridge arguments, by {total - CEILING} bytes"
        problems.add(overlay, 0, what, fix)
    for tool in catalogue.tools:
        if _weight(tool) > TOOL_CEILING:
            what = f"the tool {tool.name} takes {_weight(tool)} bytes of a model's context"
            fix = f"shorten its texts, or add `abridge: {{argument: {{...}}}}`; the ceiling is {TOOL_CEILING}"
            problems.add(overlay, 0, what, fix)


def _weight(tool: Tool | None) -> int:
    """Bytes of one tool, without the brackets of the list."""
    return wire_tool.weight([tool]) - 2 if tool else 0
