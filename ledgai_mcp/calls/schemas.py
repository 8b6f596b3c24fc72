"""Reading a JSON Schema (2020-12): what a reference means, and which kinds of value a schema takes.

Knows: the keywords that decide a kind. Must not know: tools, values, error texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any] | bool

KINDS = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


def kind(value: Any) -> str:
    """Name the JSON type of a decoded value; an integral float counts as `number`."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case _:
            return "object"


def resolve(schema: Schema, root: Schema) -> Schema:
    """Follow `$ref` inside the document; a reference that leads nowhere takes anything."""
    for _ in range(20):  # a chain is short; a ring must not hang the server
        if isinstance(schema, bool) or "$ref" not in schema:
            return schema
        schema = _at(schema["$ref"], root)
    return True


def kinds(schema: Schema, root: Schema, depth: int = 0) -> frozenset[str]:
    """Return the JSON types that a schema can take; where it says nothing, all of them.

    `integer` is listed wherever `number` is.
    """
    schema = resolve(schema, root)
    if isinstance(schema, bool) or depth > 20:
        return KINDS if schema else frozenset()
    found = KINDS
    if "type" in schema:
        said = schema["type"]
        found &= frozenset([said] if isinstance(said, str) else said)
    if "enum" in schema:
        found &= frozenset(kind(value) for value in schema["enum"])
    if "const" in schema:
        found &= {kind(schema["const"])}
    for word in ("anyOf", "oneOf"):
        if word in schema:
            found &= frozenset().union(*(kinds(branch, root, depth + 1) for branch in schema[word]))
    for branch in schema.get("allOf", ()):
        found &= kinds(branch, root, depth + 1)
    return found | {"integer"} if "number" in found else found


def properties(schema: Schema, root: Schema, depth: int = 0) -> dict[str, Schema]:
    """Return the properties of an object schema, those of its `allOf` parts included."""
    schema = resolve(schema, root)
    if isinstance(schema, bool) or depth > 20:
        return {}
    found: dict[str, Schema] = {}
    for branch in schema.get("allOf", ()):
        found.update(properties(branch, root, depth + 1))
    found.update(schema.get("properties", {}))
    return found


def tags(schema: Schema, root: Schema) -> dict[str, Any]:
    """Return the properties that can have one value only: what tells one variant of a union from the next."""
    found = {}
    for name, part in properties(schema, root).items():
        part = resolve(part, root)
        if isinstance(part, bool):
            continue
        if "const" in part:
            found[name] = part["const"]
        elif len(part.get("enum", ())) == 1:
            found[name] = part["enum"][0]
    return found


def _at(reference: str, root: Schema) -> Schema:
    """Return the part of `root` that a local JSON pointer (RFC 6901) names."""
    part: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(part, Mapping) or step not in part:
            return True
        part = part[step]
    return part if isinstance(part, (Mapping, bool)) else True
