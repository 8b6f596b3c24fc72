"""Where in a tool's arguments a thing can be named that a token's limits name, and whether that is decided.

Knows: the schema that a tool enforces, what its declaration says of limits. Must not know: endpoints, where a
schema was read, how a call is judged.

A path is names and dots: `brokerage.id`; `*` is each value of a map or a list, `~` each key of a map.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from attrs import frozen

from codegen.inputs.problems import Problems
from codegen.inputs.suggestions import listed, meant
from codegen.tools.catalogue import Effect
from codegen.tools.declarations import LIMITS, MAY_BE_UNREACHED, Declaration

Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]

_NAMES = {kind: re.compile(rf"{kind}([-_]?ids?|s)?\Z", re.IGNORECASE) for kind in LIMITS}
"""What an argument is called that holds a thing of the kind."""
_THINGS = {"brokerage": re.compile(r"[A-Za-z0-9]+Brokerage\Z")}
"""What things of a kind are called, whether or not a limit reads them somewhere."""
_AGAIN = "..."
"""Stands in a path where a schema contains itself: no decision can name all that is below."""


@frozen
class Limited:
    """What a tool takes, and what the overlay says of limits on it."""

    declaration: Declaration
    schema: Schema
    effect: Effect

    def check(self, problems: Problems) -> None:
        """Note each decision that reads what is not there."""
        declaration = self.declaration
        for kind, path, words in self._read():
            found = list(_at(self.schema, path))
            if not found:
                arguments = self.schema.get("properties", {})
                problems.at(
                    declaration.place,
                    f'the tool {declaration.name}: narrowed reads the {kind} from "{path}", which is no'
                    f" argument{meant(path.split('.')[0], arguments)}",
                    f"use one of {listed(arguments)}",
                )
                continue
            values = {value for schema in found for value in schema.get("enum", ())}
            for word in (word for word in words if values and word not in values):
                what = f'besides lets "{word}" pass at "{path}", which is no value of it{meant(word, values)}'
                fix = f"use one of {listed(values)}"
                problems.at(declaration.place, f"the tool {declaration.name}: {what}", fix)
            called = declaration.called.get(kind)
            # A word that the argument cannot have would let nobody through, and one left out neither.
            if called is not None and set(called) != values:
                problems.at(
                    declaration.place,
                    f'the tool {declaration.name}: called gives the {kind} other words than "{path}" can'
                    " have",
                    f"give each of {listed(values)} its word"
                    if values
                    else "delete it: any text is accepted",
                )

    def words(self, kind: str) -> set[str]:
        """Return what things of a kind are called, where a limit reads them; in lower case."""
        paths = self.declaration.narrowed.get(kind, ())
        found = {value for path in paths for each in _at(self.schema, path) for value in each.get("enum", ())}
        for own, word in self.declaration.called.get(kind, {}).items():
            found |= {own, word}
        return {str(value).lower() for value in found}

    def check_decided(self, words: Mapping[str, set[str]], problems: Problems) -> None:
        """Note each kind of limit that could read a place of which the overlay says nothing.

        `words`: kind -> what things of it are called, by any tool. Without a decision a token with that limit
        is refused, or reaches more than the limit says, and nobody decided which.
        """
        declaration = self.declaration
        for kind in LIMITS:
            money = kind not in MAY_BE_UNREACHED
            if money and self.effect == "live" and kind in declaration.unreached:
                what = f'the tool {declaration.name} is unreached by "{kind}", which no live tool can be'
                problems.at(declaration.place, what, f"use one of {listed(MAY_BE_UNREACHED)}")
            if kind in (*declaration.closed, *declaration.unreached):
                continue
            read = [tuple(path.split(".")) for a_kind, path, _ in self._read() if a_kind == kind]
            walk = _Walk(kind, words.get(kind, set()), any_key=money and self.effect == "live" and bool(read))
            undecided = [
                ".".join(place)
                for place, inside in dict(walk.places(self.schema)).items()
                if not any(_covers(path, place, inside) for path in read)
            ]
            if undecided:
                self._undecided(kind, undecided, problems)

    def _read(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield kind, path and the words that every limit lets pass there."""
        for kind, paths in self.declaration.narrowed.items():
            yield from ((kind, path, ()) for path in paths)
        for kind, others in self.declaration.besides.items():
            yield from ((kind, path, words or ()) for path, words in others.items())

    def _undecided(self, kind: str, places: list[str], problems: Problems) -> None:
        name, shortest = self.declaration.name, min(places, key=len)
        if kind in self.declaration.narrowed:
            entry = f"besides: {{{kind}: {{{shortest}: []}}}}"
            also = f" (a list of what every limit lets pass, or `any` if it names no {kind}),"
        else:
            entry, also = f"narrowed: {{{kind}: {shortest}}}", ","
            if kind in MAY_BE_UNREACHED or self.effect != "live":
                also += f" or `unreached: [{kind}]` if it acts on no {kind},"
        a = "an" if kind[0] in "aeiou" else "a"
        problems.at(
            self.declaration.place,
            f"the tool {name} can name {a} {kind} at {listed(places)}, and nothing says what a limit on the"
            f" {kind} reads there",
            f"in overlay.yaml, under x-tools: `{name}: {{{entry}}}`{also} or `closed: [{kind}]` if it can"
            " reach others",
        )


@frozen
class _Walk:
    kind: str
    words: set[str]
    any_key: bool
    """Whether a map of any keys counts: what moves money, and is held to this kind elsewhere."""

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
            elif _NAMES[self.kind].search(name):
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


def _covers(path: Path, place: Path, inside: bool) -> bool:
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


def _at(schema: Schema, path: str) -> Iterator[Schema]:
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
