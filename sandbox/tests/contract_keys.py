"""Keys of an answer that its schema does not mention. A schema lets them pass; drift begins with them.

Knows: how the specification composes schemas. Must not know: endpoints.
"""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]


def undeclared(schema: Schema, value: Any, components: Schema, where: str = "") -> Iterator[str]:
    """Places like `projects[].owner`; `*` stands for any key of a map."""
    parts = list(composed(schema, value, components))
    if isinstance(value, list):
        for part in parts:
            if isinstance(part.get("items"), dict):
                for each in value:
                    yield from undeclared(part["items"], each, components, where + "[]")
    if isinstance(value, dict):
        yield from _of_object(parts, value, components, where + "." if where else "")


def _of_object(parts: list[Schema], value: dict[str, Any], components: Schema, where: str) -> Iterator[str]:
    maps = [each["additionalProperties"] for each in parts if "additionalProperties" in each]
    free = not any("properties" in each for each in parts)
    for key, inner in value.items():
        declared = [each["properties"][key] for each in parts if key in each.get("properties", {})]
        if not declared and not maps and not free:
            yield where + key
        for schema in declared or [each for each in maps if isinstance(each, dict)]:
            yield from undeclared(schema, inner, components, where + (key if declared else "*"))


def composed(schema: Schema, value: Any, components: Schema) -> Iterator[Schema]:
    """The schema with what it refers to and is composed of, as far as that holds for the value."""
    yield schema
    if "$ref" in schema:
        yield from composed(components["schemas"][schema["$ref"].rsplit("/", 1)[-1]], value, components)
    for each in schema.get("allOf", []):
        yield from composed(each, value, components)
    for each in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        if Draft202012Validator({"components": components, **each}).is_valid(value):
            yield from composed(each, value, components)
