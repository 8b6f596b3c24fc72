"""Decides, for one tool, which references are written out; the others get definitions of its own (`$defs`).

Knows: sizes, cycles, names of definitions. Must not know: tools, dialects.

A reference is written out where that makes the schema smaller (so nearly always, if it is used once). What
refers to itself stays a definition. What is not used is not there.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from codegen.inputs import references
from codegen.schemas import unions
from codegen.schemas.keywords import Canonical, notes
from codegen.schemas.wire_schema import closed

Follow = Callable[[str], Canonical]
"""Pointer -> the schema that it leads to, in canonical form."""


def self_contained(schema: Canonical, follow: Follow) -> dict[str, Any]:
    """Write a schema in which every reference resolves inside its own `$defs`."""
    graph = _reachable(schema, follow)
    cyclic = {pointer for pointer in graph if pointer in _from(graph, pointer)}
    inlined: set[str] = set()
    best = _written(schema, graph, inlined)
    # Starting with nothing inlined keeps this from doubling at each level of a deep schema.
    for pointer in sorted(graph, key=lambda p: (len(_from(graph, p)), p)):
        if pointer not in cyclic:
            trial = _written(schema, graph, {*inlined, pointer})
            if _size(trial) <= _size(best):
                inlined.add(pointer)
                best = trial
    return best


def _reachable(schema: Canonical, follow: Follow) -> dict[str, Canonical]:
    found: dict[str, Canonical] = {}
    waiting = pointers(schema)
    while waiting:
        pointer = waiting.pop()
        if pointer not in found:
            found[pointer] = follow(pointer)
            waiting.extend(pointers(found[pointer]))
    return found


def pointers(schema: Canonical) -> list[str]:
    """List the references of a canonical schema, each as often as it is used."""
    if "$ref" in schema:
        return [schema["$ref"]]
    return [pointer for child in _children(schema) for pointer in pointers(child)]


def _children(schema: Canonical) -> list[Canonical]:
    extra = schema.get("additionalProperties")
    return [
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
        *schema.get("anyOf", []),
        *([extra] if isinstance(extra, dict) else []),
    ]


def _from(graph: dict[str, Canonical], start: str) -> set[str]:
    """Everything that a definition leads to."""
    met: set[str] = set()
    waiting = pointers(graph[start])
    while waiting:
        pointer = waiting.pop()
        if pointer not in met:
            met.add(pointer)
            waiting.extend(pointers(graph[pointer]))
    return met


def _written(schema: Canonical, graph: dict[str, Canonical], inlined: set[str]) -> dict[str, Any]:
    root = _with(schema, graph, inlined)
    kept: dict[str, Canonical] = {}
    waiting = pointers(root)
    while waiting:
        pointer = waiting.pop()
        if pointer not in kept:
            kept[pointer] = _with(graph[pointer], graph, inlined)
            waiting.extend(pointers(kept[pointer]))
    names = _names(sorted(kept))
    text = closed(root, names)
    if kept:
        definitions = {names[pointer]: closed(value, names) for pointer, value in kept.items()}
        text["$defs"] = dict(sorted(definitions.items()))
    return text


def _with(schema: Canonical, graph: dict[str, Canonical], inlined: set[str]) -> Canonical:
    """Write the chosen references out, all the way down."""
    if "$ref" in schema:
        if schema["$ref"] not in inlined:
            return schema
        return {**_with(graph[schema["$ref"]], graph, inlined), **notes(schema)}
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {
            name: _with(value, graph, inlined) for name, value in schema["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = _with(schema[key], graph, inlined)
    if "anyOf" in schema:
        joined = unions.union([_with(branch, graph, inlined) for branch in schema["anyOf"]])
        rest = {key: value for key, value in result.items() if key != "anyOf"}
        return {**rest, **joined, **notes(schema)}
    return result


def _names(pointers_kept: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for pointer in pointers_kept:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", references.last(pointer))
        name, number = plain, 2
        while name in names.values():
            name, number = f"{plain}_{number}", number + 1
        names[pointer] = name
    return names


def _size(schema: dict[str, Any]) -> int:
    return len(json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode())
