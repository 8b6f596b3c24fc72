"""The gate: what an emitted schema must be before a tool may carry it; stricter than the metaschema.

Knows: what strict model providers refuse, and with it every tool of the list (cases C11 to C14, C16).
Must not know: how the schema came about.
"""

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from codegen.schemas.keywords import OF_TYPE, ORDER, TYPES, fits

ARGUMENT_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")
_DEFINITION = re.compile(r"#/\$defs/([A-Za-z0-9_]+)\Z")


def faults(schema: dict[str, Any], *, on_the_wire: bool) -> Iterator[str]:
    """Yield what is wrong with a tool's schema, each with the path to it; nothing, if it may pass.

    The schema that we enforce ourselves may state alternatives at its root; the one on the wire may not.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield f"{error.json_path}: {error.message}"
        return
    definitions = schema.get("$defs", {})
    if schema.get("type") != "object":
        yield "$: the root is no object"
    if schema.get("additionalProperties") is not False:
        yield "$: the root is open"
    if on_the_wire and "anyOf" in schema:
        yield "$: a combinator at the root"
    for name in schema.get("properties", {}):
        if not ARGUMENT_NAME.match(name):
            yield f"$.properties: the argument name {name!r} does not match {ARGUMENT_NAME.pattern}"
    yield from _schema({key: value for key, value in schema.items() if key != "$defs"}, "$", definitions)
    for name, value in definitions.items():
        yield from _schema(value, f"$.$defs.{name}", definitions)
        if _loops(name, definitions):
            yield f"$.$defs.{name}: refers to itself without anything in between"
    unused = set(definitions) - _used(schema, definitions)
    yield from (f"$.$defs.{name}: is not used" for name in sorted(unused))


def _schema(schema: dict[str, Any], path: str, definitions: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        found = _DEFINITION.match(str(schema["$ref"]))
        if found is None or found[1] not in definitions:
            yield f"{path}: the reference {schema['$ref']} does not resolve inside the tool"
        if len(schema) > 1:
            yield f"{path}: something stands beside a reference"
        return
    yield from (f"{path}: the keyword {key} is not allowed" for key in schema if key not in ORDER)
    yield from (f"{path}: {key} is not allowed here" for key in ("$defs",) if key in schema)
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if not types and "anyOf" not in schema:
        yield f"{path}: has no type"
    if any(name not in TYPES for name in types):
        yield f"{path}: has an unknown type"
        return
    yield from _values(schema, path, types)
    yield from _shape(schema, path, types, definitions)


def _values(schema: dict[str, Any], path: str, types: list[str]) -> Iterator[str]:
    if "enum" in schema:
        if not schema["enum"]:
            yield f"{path}: an empty enum"
        if types and not all(fits(value, types) for value in schema["enum"]):
            yield f"{path}: an enum value that is of no type of the schema"
    if schema.get("contentEncoding", "base64") != "base64":
        yield f"{path}: bytes outside of a multipart request"
    allowed = {word for name in types for word in OF_TYPE[name]}
    for word in sorted({word for words in OF_TYPE.values() for word in words}):
        if word in schema and word not in allowed:
            yield f"{path}: {word} on a value of type {', '.join(types) or 'anyOf'}"


def _shape(schema: dict[str, Any], path: str, types: list[str], definitions: dict[str, Any]) -> Iterator[str]:
    if "array" in types and "items" not in schema:
        yield f"{path}: an array without items"
    if "object" in types:
        for word in ("properties", "additionalProperties"):
            if word not in schema:
                yield f"{path}: an object without {word}"
        for name in schema.get("required", []):
            if name not in schema.get("properties", {}) and schema.get("additionalProperties") is False:
                yield f"{path}: requires {name}, which it does not allow"
    # Anything at all is written as all types at once; only the items inside have none.
    if schema.get("items") == {} and len(types) < len(TYPES) - 1:
        yield f"{path}: items without a type"
    for child, where in _children(schema, path):
        if child != {} or not where.endswith(".items"):
            yield from _schema(child, where, definitions)


def _children(schema: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    for name, value in schema.get("properties", {}).items():
        yield value, f"{path}.{name}"
    if "items" in schema:
        yield schema["items"], f"{path}.items"
    if isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"], f"{path}.additionalProperties"
    for index, value in enumerate(schema.get("anyOf", [])):
        yield value, f"{path}.anyOf[{index}]"


def _loops(start: str, definitions: dict[str, Any]) -> bool:
    """Say whether a definition leads back to itself by references and alternatives alone, without end."""
    met: set[str] = set()
    waiting = [definitions[start]]
    while waiting:
        schema = waiting.pop()
        waiting.extend(schema.get("anyOf", []))
        found = _DEFINITION.match(str(schema.get("$ref", "")))
        if found and found[1] == start:
            return True
        if found and found[1] in definitions and found[1] not in met:
            met.add(found[1])
            waiting.append(definitions[found[1]])
    return False


def _used(schema: dict[str, Any], definitions: dict[str, Any]) -> set[str]:
    met: set[str] = set()
    waiting = [schema]
    while waiting:
        current = waiting.pop()
        found = _DEFINITION.match(str(current.get("$ref", "")))
        if found and found[1] in definitions and found[1] not in met:
            met.add(found[1])
            waiting.append(definitions[found[1]])
        waiting.extend(child for child, _ in _children(current, ""))
    return met
