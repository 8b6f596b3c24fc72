"""Merges schemas that must all hold (allOf) into one.

Knows: what each keyword means together with itself.
Must not know: where schemas come from, how they are sent.

The merged schema accepts what all of them accept, with one intended exception: an object that one member
closes may still carry the properties that another member declares: that is what authors of an allOf mean.
"""

import json
from collections.abc import Callable
from itertools import product
from typing import Any

from codegen.schemas import unions
from codegen.schemas.keywords import Canonical, demands, fits, in_order, notes

MOST_BRANCHES = 64


class UnmergeableError(ValueError):
    """Two schemas that cannot both hold, or that only a combinator could express together."""


class ContradictionError(UnmergeableError):
    """No value can satisfy both schemas."""


Expand = Callable[[Canonical], Canonical]
"""Turns a reference into what it refers to (until it is no reference any more)."""


class Merger:
    """Merges schemas of one document; `expand` knows what its references refer to."""

    def __init__(self, expand: Expand) -> None:
        self.expand = expand
        self.pairs: list[str] = []

    def merged(self, one: Canonical, other: Canonical) -> Canonical:
        """Return the schema of values that both accept; annotations of `one` win."""
        said = {**notes(other), **notes(one)}
        bare, bare_other = demands(one), demands(other)
        if not bare or not bare_other or bare == bare_other:
            return {**(bare or bare_other), **said}
        pair = json.dumps([bare, bare_other], sort_keys=True)
        if pair in self.pairs:
            raise UnmergeableError("schemas that contain themselves")
        self.pairs.append(pair)
        try:
            return {**self._joined(bare, bare_other), **said}
        finally:
            self.pairs.pop()

    def _joined(self, bare: Canonical, bare_other: Canonical) -> Canonical:
        full, full_other = self._followed(bare), self._followed(bare_other)
        told, told_other = demands(full), demands(full_other)
        union = "anyOf" in told or "anyOf" in told_other
        joined = self._distributed(told, told_other) if union else self._flat(told, told_other)
        for reference, whole in ((bare, told), (bare_other, told_other)):
            # What adds nothing to a reference (a redundant `type`, api-facts 8.4) is no reason to expand it.
            if "$ref" in reference and joined == whole:
                return reference
        return {**joined, **notes(full_other), **notes(full)}

    def _followed(self, schema: Canonical) -> Canonical:
        return self.expand(schema) if "$ref" in schema else schema

    def _distributed(self, one: Canonical, other: Canonical) -> Canonical:
        branches, others = one.get("anyOf", [one]), other.get("anyOf", [other])
        if len(branches) * len(others) > MOST_BRANCHES:
            raise UnmergeableError(f"alternatives that multiply to more than {MOST_BRANCHES}")
        kept: list[Canonical] = []
        for left, right in product(branches, others):
            try:
                kept.append(self.merged(left, right))
            except ContradictionError:
                # No value fits this pair of branches; another pair may do.
                continue
        if not kept:
            raise ContradictionError("alternatives of which none is left")
        return unions.union(kept)

    def _flat(self, one: Canonical, other: Canonical) -> Canonical:
        result: Canonical = {}
        for key in dict.fromkeys((*one, *other)):
            if key in _NESTED:
                continue
            if key not in one or key not in other:
                result[key] = one[key] if key in one else other[key]
            elif key in _RULES:
                result[key] = _RULES[key](one[key], other[key])
            else:
                raise UnmergeableError(f'"{key}" in two forms')
        if "items" in one or "items" in other:
            result.update(self._items(one.get("items", {}), other.get("items", {}), result))
        if any("properties" in side or "additionalProperties" in side for side in (one, other)):
            try:
                result.update(self._objects(one, other))
            except ContradictionError as error:
                raise _narrowed(error, result, "object") from error
        if "enum" in result and "type" in result:
            result["enum"] = [value for value in result["enum"] if fits(value, result["type"])]
            if not result["enum"]:
                raise ContradictionError("an enum and a type that share no value")
        return result

    def _items(self, one: Canonical, other: Canonical, array: Canonical) -> Canonical:
        try:
            return {"items": self.merged(one, other)}
        except ContradictionError as error:
            # No item fits both, and the empty list has none.
            if array.get("minItems", 0) > 0:
                raise _narrowed(error, array, "array") from error
            return {"items": one, "maxItems": 0}

    def _objects(self, one: Canonical, other: Canonical) -> Canonical:
        result: Canonical = {}
        names = dict.fromkeys((*one.get("properties", {}), *other.get("properties", {})))
        if names:
            required = {*one.get("required", []), *other.get("required", [])}
            result["properties"] = {
                name: self._member(_property(one, name), _property(other, name), name in required)
                for name in names
            }
        extras = [side["additionalProperties"] for side in (one, other) if "additionalProperties" in side]
        schemas = [extra for extra in extras if not isinstance(extra, bool)]
        if False in extras:
            result["additionalProperties"] = False
        elif schemas:
            result["additionalProperties"] = self._rest(*schemas)
        elif extras:
            result["additionalProperties"] = True
        return result

    def _member(self, one: Canonical, other: Canonical, required: bool) -> Canonical:
        try:
            return self.merged(one, other)
        except ContradictionError as error:
            if required:
                raise
            # An object without it fits both; that it has to be absent cannot be said.
            raise UnmergeableError(f"a property with {error}") from error

    def _rest(self, one: Canonical, other: Canonical | None = None) -> Canonical | bool:
        try:
            return one if other is None else self.merged(one, other)
        except ContradictionError:
            return False


def _narrowed(error: ContradictionError, schema: Canonical, kind: str) -> UnmergeableError:
    """What a contradiction inside values of one kind is for the whole: none if it has other values too."""
    return error if schema.get("type") == [kind] else UnmergeableError(str(error))


def _property(schema: Canonical, name: str) -> Canonical:
    """What one side says of a property: its own entry, else the rule for the rest."""
    own = schema.get("properties", {})
    rest = schema.get("additionalProperties", {})
    found = own.get(name, rest)
    return found if isinstance(found, dict) else {}


def _types(one: list[str], other: list[str]) -> list[str]:
    both = {name for name in (*one, *other) if _covers(one, name) and _covers(other, name)}
    if not both:
        raise ContradictionError(f"the types {', '.join(one)} and {', '.join(other)}")
    return in_order(both)


def _covers(types: list[str], name: str) -> bool:
    return name in types or (name == "integer" and "number" in types)


def _enums(one: list[Any], other: list[Any]) -> list[Any]:
    keys = {json.dumps(value, sort_keys=True) for value in other}
    both = [value for value in one if json.dumps(value, sort_keys=True) in keys]
    if not both:
        raise ContradictionError("two enums that share no value")
    return both


def _equal(one: Any, other: Any) -> Any:
    if one != other:
        raise UnmergeableError(f"both {one!r} and {other!r}")
    return one


_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _enums,
    "required": lambda one, other: list(dict.fromkeys((*one, *other))),
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
    "uniqueItems": lambda one, other: one or other,
    "pattern": _equal,
    "multipleOf": _equal,
    "contentEncoding": _equal,
    "format": _equal,
}

_NESTED = frozenset({"properties", "additionalProperties", "items"})
"""Joined by themselves, with the rule for the rest of the object."""
