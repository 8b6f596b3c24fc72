"""Which alternative of a union a value means to be; decided before anything is validated.

A value is told by its kind, then by its marker: a property that has one value only in each alternative. So
one alternative is validated, and its problems are those that the caller can act on; to validate all of them
made twenty errors of each item of a list.

Knows: JSON types, markers. Must not know: tools, jsonschema, error texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from ledgai_mcp.calls.schemas import Lookup, Schema, kind, kinds, resolve, tags


@frozen
class Alternative:
    """One alternative, read once."""

    schema: Schema
    kinds: frozenset[str]
    marks: Mapping[str, Any]
    required: frozenset[str]

    def suits(self, value: Any) -> bool:
        """Whether the kind of the value is allowed; 2.0 is an integer as well."""
        found = kind(value)
        return found in self.kinds or (
            isinstance(value, float) and value.is_integer() and "integer" in self.kinds
        )

    def is_marked(self, name: str, value: Mapping[str, Any]) -> bool:
        """Whether the value can mean this alternative as far as this marker tells."""
        return value[name] == self.marks[name] if name in value else name not in self.required


@frozen
class Choice:
    """The alternatives that a value can mean; if none, what would have told."""

    fitting: tuple[Schema, ...]
    kinds: tuple[str, ...] = ()
    """The kinds that fit, where no alternative is of the value's kind."""
    marker: str = ""
    marks: tuple[Any, ...] = ()
    """The values of `marker` that fit, where the value has another or none."""


@define
class Unions:
    """The unions of one document; each is read at its first use, not once for each item of a list."""

    find: Lookup
    _read: dict[int, tuple[Alternative, ...]] = field(factory=dict, init=False)

    def choose(self, union: Sequence[Schema], value: Any) -> Choice:
        """Return what a value means of a union (the list of an `anyOf`)."""
        alternatives = self._alternatives(union)
        fitting = [each for each in alternatives if each.suits(value)]
        if not fitting:
            return Choice((), kinds=tuple(sorted(frozenset().union(*(each.kinds for each in alternatives)))))
        for name in _markers(fitting) if isinstance(value, Mapping) else ():
            if len(fitting) == 1:
                break
            marked = [each for each in fitting if name not in each.marks or each.is_marked(name, value)]
            if not marked:
                return Choice((), marker=name, marks=tuple(each.marks[name] for each in fitting))
            fitting = marked
        return Choice(tuple(each.schema for each in fitting))

    def _alternatives(self, union: Sequence[Schema]) -> tuple[Alternative, ...]:
        # By identity: the document lives as long as this does, and a list has no hash.
        if id(union) not in self._read:
            self._read[id(union)] = tuple(self._alternative(schema) for schema in union)
        return self._read[id(union)]

    def _alternative(self, schema: Schema) -> Alternative:
        whole = resolve(schema, self.find)
        required = () if isinstance(whole, bool) else whole.get("required", ())
        return Alternative(schema, kinds(whole, self.find), tags(whole, self.find), frozenset(required))


def _markers(alternatives: Sequence[Alternative]) -> list[str]:
    """Return the markers of several alternatives, `id` first: by it the API tells its own variants apart."""
    names = {name: None for each in alternatives for name in each.marks}
    return sorted(names, key=lambda name: name != "id")
