"""Writes a canonical schema as it is sent: closed, complete, with the keywords in one order.

Knows: what strict model providers insist on (cases C12, C13). Must not know: dialects, references, tools.

- An object has `properties` and `additionalProperties`: false where properties are declared and the source is
  silent, true for a free-form object, a schema for a map.
- An array has `items`, and `maxItems`: what the description states, else MOST_ITEMS.
- A value that may be anything lists all six types; only the items of an array inside it have no type at all.
"""

from collections.abc import Mapping
from typing import Any

from codegen.schemas.keywords import OF_TYPE, ORDER, TYPES, Canonical, demands, notes

ANYTHING: dict[str, Any] = {
    "type": [name for name in TYPES if name != "integer"],
    "properties": {},
    "additionalProperties": True,
    "items": {},
}

MOST_ITEMS = 1000
"""Items of a list that states no bound: more than anybody means to send, and cheap to check."""


def closed(schema: Canonical, names: Mapping[str, str]) -> dict[str, Any]:
    """Write a schema. `names` is pointer -> name in `$defs`.

    Strict providers refuse a word beside a reference (JSON Schema allows it): it stands around it.
    """
    if "$ref" in schema:
        reference = {"$ref": f"#/$defs/{names[schema['$ref']]}"}
        return _sorted({**notes(schema), "anyOf": [reference]}) if notes(schema) else reference
    if not demands(schema):
        return _sorted({**ANYTHING, **notes(schema)})
    branches = [closed(branch, names) for branch in schema.get("anyOf", [])]
    if branches and set(demands(schema)) == {"anyOf"}:
        return _sorted({**notes(schema), "anyOf": branches})
    types = schema.get("type", ANYTHING["type"])
    allowed = {word for name in types for word in OF_TYPE[name]}
    found: dict[str, Any] = {key: value for key, value in schema.items() if key in allowed}
    if "object" in types:
        found.update(_object(schema, names))
    if "array" in types:
        found["items"] = closed(schema.get("items", {}), names) if "type" in schema else {}
        if "type" in schema:
            found.setdefault("maxItems", MOST_ITEMS)
    if "enum" in schema:
        found["enum"] = schema["enum"]
    if branches:
        found["anyOf"] = branches
    return _sorted({**found, "type": types[0] if len(types) == 1 else types, **notes(schema)})


def _object(schema: Canonical, names: Mapping[str, str]) -> dict[str, Any]:
    properties = {name: closed(value, names) for name, value in schema.get("properties", {}).items()}
    extra = schema.get("additionalProperties", not properties)
    found: dict[str, Any] = {
        "properties": properties,
        "additionalProperties": extra if isinstance(extra, bool) else closed(extra, names),
    }
    # What is required and not described may still be given, unless the source itself says no: for the gate.
    for name in schema.get("required", []):
        if name not in properties and not extra and "additionalProperties" not in schema:
            properties[name] = dict(ANYTHING)
    return found


def _sorted(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: schema[key] for key in sorted(schema, key=ORDER.index)}
