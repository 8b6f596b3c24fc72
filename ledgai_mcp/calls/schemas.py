"""Reading a JSON Schema (2020-12): what a reference means, and which kinds of value a schema allows.

Knows: the keywords that decide a kind. Must not know: tools, values, error texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any] | bool

Lookup: TypeAlias = Callable[[str], Schema]
"""Finds the schema that a reference names."""

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


def references(root: Schema) -> Lookup:
    """Return what finds the schema that a `$ref` of this document names; nowhere is `True`: anything fits."""
    # Here, not above: like `jsonschema`, which brings it, it is not needed before the first call.
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    resolver = Registry[Schema]().resolver_with_root(DRAFT202012.create_resource(root))

    @cache
    def find(reference: str) -> Schema:
        try:
            return resolver.lookup(reference).contents
        except Unresolvable:
            return True

    return find


def resolve(schema: Schema, find: Lookup) -> Schema:
    """Follow `$ref` to the schema that is meant, also where texts stand around it."""
    for _ in range(20):  # a chain is short; a ring must not hang the server
        if isinstance(schema, bool):
            return schema
        if "$ref" in schema:
            schema = find(schema["$ref"])
        elif len(schema.get("anyOf", ())) == 1 and schema.keys() <= {"anyOf", "description", "default"}:
            schema = schema["anyOf"][0]
        else:
            return schema
    return True


def kinds(schema: Schema, find: Lookup, depth: int = 0) -> frozenset[str]:
    """Return the JSON types that a schema allows; where it says nothing, all of them.

    `integer` is listed wherever `number` is.
    """
    schema = resolve(schema, find)
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
            found &= frozenset().union(*(kinds(branch, find, depth + 1) for branch in schema[word]))
    for branch in schema.get("allOf", ()):
        found &= kinds(branch, find, depth + 1)
    return found | {"integer"} if "number" in found else found


def properties(schema: Schema, find: Lookup, depth: int = 0) -> dict[str, Schema]:
    """Return the properties of an object schema, those of its `allOf` parts included."""
    schema = resolve(schema, find)
    if isinstance(schema, bool) or depth > 20:
        return {}
    found: dict[str, Schema] = {}
    for branch in schema.get("allOf", ()):
        found.update(properties(branch, find, depth + 1))
    found.update(schema.get("properties", {}))
    return found


def tags(schema: Schema, find: Lookup) -> dict[str, Any]:
    """Return the properties that can have one value only: what tells one variant of a union from the next."""
    found = {}
    for name, part in properties(schema, find).items():
        part = resolve(part, find)
        if isinstance(part, bool):
            continue
        if "const" in part:
            found[name] = part["const"]
        elif len(part.get("enum", ())) == 1:
            found[name] = part["enum"][0]
    return found
