"""The references inside a schema, and whether all of them end inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def is_closed(schema: Any) -> bool:
    return all(reference.removeprefix("#/$defs/") in schema["$defs"] for reference in references(schema))
