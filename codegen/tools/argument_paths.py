"""Paths into the schema that a tool enforces, and where in it a thing of a limited kind can be named.

Knows: schemas in their emitted form. Must not know: declarations, limits, tools.

A path is names and dots: `brokerage.id`; `*` is each value of a map or a list, `~` each key of a map.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from attrs import frozen

Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]

_THINGS = {"brokerage": re.compile(r"[A-Za-z0-9]+Brokerage\Z")}
"""What things of a kind are called, whether or not a limit reads them somewhere."""
_AGAIN = "..."
"""Stands in a path where a schema contains itself: no decision can name all that is below."""


@frozen
class Walk:
    """Looks for the places of one kind in the schema that a tool enforces."""

    kind: str
    words: set[str]
    """What things of the kind are called, in lower case."""
    any_key: bool
    """Whether a map of any keys counts: where the kind is about money, and is read elsewhere."""

    def places(self, schema: Schema) -> Iterator[tuple[Path, bool]]:
        """Yield each place where the kind can be named; True: there, or anywhere inside."""
        yield from self._places(schema, (), (), schema.get("$defs", {}))

    def _places(
        self, schema: Schema, path: Path, within: tuple[str, ...], definitions: Mapping[str, Schema]
    ) -> Iterator[tuple[Path, bool]]:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            times = within.count(name)
            if times < 2 and name in definitions:
                again = (*path, _AGAIN) if times else path
                yield from self._places(definitions[name], again, (*within, name), definitions)
            return
        if any(self._is_thing(value) for value in schema.get("enum", ())):
            yield path, False
        for name in schema.get("properties", {}):
            if self._is_thing(name):
                yield (*path, "~"), False
            elif _named(self.kind).search(name):
                yield (*path, name), True
        if path and self.any_key and schema.get("additionalProperties", False) is not False:
            yield (*path, "~"), False
        for part, child in _children(schema):
            yield from self._places(child, path if part is None else (*path, part), within, definitions)

    def _is_thing(self, value: Any) -> bool:
        known = _THINGS.get(self.kind)
        return isinstance(value, str) and bool(
            value.lower() in self.words or (known is not None and known.match(value))
        )


def _children(schema: Schema) -> Iterator[tuple[str | None, Schema]]:
    """Yield the schemas inside one, each with the part of the path that leads to it."""
    yield from schema.get("properties", {}).items()
    yield from (("*", schema[key]) for key in ("additionalProperties", "items") if _is_schema(schema, key))
    yield from ((None, branch) for branch in schema.get("anyOf", ()))


def _is_schema(schema: Schema, key: str) -> bool:
    return isinstance(schema.get(key), dict)


def covers(path: Path, place: Path, inside: bool) -> bool:
    """Say whether what is read at a path is all that a place can name."""
    if inside:
        return _fits(path[: len(place)], place)
    # Of a list, its items are read.
    return _fits(path, place) or (place[-1:] == ("*",) and _fits(path, place[:-1]))


def _fits(path: Path, place: Path) -> bool:
    return len(path) == len(place) and all(
        part == other or (part == "*" and other not in ("~", _AGAIN))
        for part, other in zip(path, place, strict=True)
    )


def at(schema: Schema, path: str) -> Iterator[Schema]:
    """Yield the schemas of what stands at a path."""
    definitions = schema.get("$defs", {})
    found = list(_whole(schema, definitions))
    for part in path.split("."):
        found = [
            whole for each in found for child in _step(each, part) for whole in _whole(child, definitions)
        ]
    yield from found


def _whole(
    schema: Schema, definitions: Mapping[str, Schema], met: frozenset[str] = frozenset()
) -> Iterator[Schema]:
    """Follow references and alternatives."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in definitions and name not in met:
            yield from _whole(definitions[name], definitions, met | {name})
        return
    yield schema
    for branch in schema.get("anyOf", ()):
        yield from _whole(branch, definitions, met)


def _step(schema: Schema, part: str) -> Iterator[Schema]:
    if part == "~":
        is_map = "properties" in schema
        closed = schema.get("additionalProperties") is False
        if is_map:
            yield {"enum": list(schema["properties"])} if closed else {"type": "string"}
        return
    if part == "*":
        yield from (child for name, child in _children(schema) if name is not None)
    elif part in schema.get("properties", {}):
        yield schema["properties"][part]


def _named(kind: str) -> re.Pattern[str]:
    """What an argument is called that holds a thing of the kind."""
    return re.compile(rf"{kind}([-_]?ids?|s)?\Z", re.IGNORECASE)
