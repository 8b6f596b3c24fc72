"""Makes the tools that call no endpoint, from `x-local-tools` and the `local` section of scopes.yaml.

Knows: the keys of an x-local-tools entry. Must not know: endpoints, what such a tool does.
"""

from typing import Any

from codegen.inputs.problems import Place, Problems
from codegen.inputs.suggestions import listed, meant
from codegen.inputs.yaml_document import Block
from codegen.schemas.definitions import self_contained
from codegen.schemas.dialect import Dialect
from codegen.schemas.gate import faults
from codegen.schemas.keywords import Canonical, demands
from codegen.tools.catalogue import Argument, Tool
from codegen.tools.declarations import titled
from codegen.tools.endpoints import NAMED, names_tool, names_toolset
from codegen.tools.scope_map import Grant, ScopeMap

_NEEDED = frozenset({"description", "toolset"})
_KEYS = _NEEDED | {"title", "inputSchema"}


def local_tools(root: Block, scopes: ScopeMap, dialect: Dialect, problems: Problems) -> list[Tool]:
    """Make the local tools, sorted by name; each must be described and granted."""
    section = root.get("x-local-tools")
    described = section if isinstance(section, Block) else Block(root.at("x-local-tools"))
    for name in sorted(set(scopes.local) - set(described)):
        what = f"the local tool {name} is granted and not described{meant(name, described)}"
        fix = "describe it in overlay.yaml, under x-local-tools, or delete the line"
        problems.at(scopes.local[name].place, what, fix)
    made: list[Tool] = []
    for name, entry in sorted(described.items()):
        place = described.at(name)
        if name not in scopes.local:
            what = f"the local tool {name} has no scope{meant(name, scopes.local)}"
            problems.at(
                place, what, f"add to {scopes.place.file}, under local: `{name}: {{scope: [], effect: read}}`"
            )
        elif _sound(name, entry, place, problems):
            made.append(_tool(name, entry, scopes.local[name], dialect, problems))
    return made


def _sound(name: str, entry: Any, place: Place, problems: Problems) -> bool:
    keys = set(entry) if isinstance(entry, Block) else set()
    wrong = sorted((_NEEDED - keys) | (keys - _KEYS))
    texts = isinstance(entry, Block) and all(
        isinstance(entry.get(key), str) and entry[key].strip() for key in _NEEDED
    )
    if wrong or not texts:
        what = f"the local tool {name} is not well formed ({', '.join(wrong) or 'a text is missing'})"
        problems.at(place, what, f"write {listed(_NEEDED)}, and inputSchema if it takes arguments")
        return False
    if not names_tool(name) or not names_toolset(entry["toolset"]):
        problems.at(place, f"{name!r} in the toolset {entry['toolset']!r} is no tool name", NAMED)
        return False
    return True


def _tool(name: str, entry: Block, grant: Grant, dialect: Dialect, problems: Problems) -> Tool:
    schema: Canonical = {}
    if "inputSchema" in entry:
        schema = demands(dialect.read(entry["inputSchema"], entry.at("inputSchema")))
    wire = self_contained({"type": ["object"], **schema, "additionalProperties": False}, dialect.component)
    for fault in faults(wire, on_the_wire=True):
        place = entry.at("inputSchema")
        problems.at(place, f"the tool {name} does not pass the gate: {fault}", "correct its inputSchema")
    required = wire.get("required", [])
    names = sorted(wire.get("properties", ()), key=lambda argument: argument not in required)
    return Tool(
        name=name,
        toolset=entry["toolset"],
        title=" ".join(str(entry.get("title", "")).split()) or titled(name),
        description=" ".join(entry["description"].split()),
        effect=grant.effect,
        additive=False,
        idempotent=grant.effect == "read",
        scopes=grant.scopes,
        method="",
        endpoints=(),
        arguments=tuple(Argument(argument, argument, "body") for argument in names),
        wire_schema=wire,
        full_schema=wire,
    )
