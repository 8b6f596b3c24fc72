"""Merges schemas that must all hold (allOf) into one.

Knows: what each keyword means together with itself.
Must not know: where schemas come from, how they are sent.

The merged schema accepts what all of them accept, with one intended exception: an object that one member
closes may still carry the properties that another member declares: that is what authors of an allOf mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

from codegen import unions
from codegen.keywords import Canonical, demands, fits, in_order, notes

MOST_BRANCHES = 64


class UnmergeableError(ValueError):
    """Two schemas that cannot both hold, or that only a combinator could express together."""


Expand = Callable[[Canonical], Canonical]
"""Turns a reference into what it refers to (until it is no reference any more)."""


def merged(one: Canonical, other: Canonical, expand: Expand) -> Canonical:
    """Return the schema of values that both accept; annotations of `one` win."""
    said = {**notes(other), **notes(one)}
    bare, bare_other = demands(one), demands(other)
    if not bare or not bare_other:
        return {**(bare or bare_other), **said}
    full, full_other = _followed(bare, expand), _followed(bare_other, expand)
    told, told_other = demands(full), demands(full_other)
    union = "anyOf" in told or "anyOf" in told_other
    joined = _distributed(told, told_other, expand) if union else _flat(told, told_other, expand)
    for reference, whole in ((bare, told), (bare_other, told_other)):
        # What adds nothing to a reference (a redundant `type`, api_facts 8.4) is no reason to write it out.
        if "$ref" in reference and joined == whole:
            return {**reference, **said}
    return {**joined, **notes(full_other), **notes(full), **said}


def _followed(schema: Canonical, expand: Expand) -> Canonical:
    return expand(schema) if "$ref" in schema else schema


def _distributed(one: Canonical, other: Canonical, expand: Expand) -> Canonical:
    branches, others = one.get("anyOf", [one]), other.get("anyOf", [other])
    if len(branches) * len(others) > MOST_BRANCHES:
        raise UnmergeableError(f"alternatives that multiply to more than {MOST_BRANCHES}")
    kept: list[Canonical] = []
    for left, right in product(branches, others):
        try:
            kept.append(merged(left, right, expand))
        except ContradictionError:
            # No value fits this pair of branches; another pair may do.
            continue
    if not kept:
        raise ContradictionError("no alternative is left")
    return unions.union(kept)


class ContradictionError(UnmergeableError):
    """No value can satisfy both schemas."""


def _flat(one: Canonical, other: Canonical, expand: Expand) -> Canonical:
    result: Canonical = {}
    for key in dict.fromkeys((*one, *other)):
        if key in one and key in other:
            rule = _RULES.get(key)
            if rule is None:
                raise UnmergeableError(f'"{key}" in two forms')
            result[key] = rule(one[key], other[key])
        elif key not in ("properties", "items", "additionalProperties"):
            result[key] = one[key] if key in one else other[key]
    if "items" in one or "items" in other:
        result["items"] = merged(one.get("items", {}), other.get("items", {}), expand)
    if any("properties" in side or "additionalProperties" in side for side in (one, other)):
        result.update(_objects(one, other, expand))
    if "enum" in result and "type" in result:
        result["enum"] = [value for value in result["enum"] if fits(value, result["type"])]
        if not result["enum"]:
            raise ContradictionError("an enum and a type that share no value")
    return result


def _objects(one: Canonical, other: Canonical, expand: Expand) -> Canonical:
    result: Canonical = {}
    names = dict.fromkeys((*one.get("properties", {}), *other.get("properties", {})))
    if names:
        result["properties"] = {
            name: merged(_property(one, name), _property(other, name), expand) for name in names
        }
    extras = [side["additionalProperties"] for side in (one, other) if "additionalProperties" in side]
    if any(extra is False for extra in extras):
        result["additionalProperties"] = False
    elif schemas := [extra for extra in extras if extra is not True]:
        result["additionalProperties"] = (
            schemas[0] if len(schemas) == 1 else merged(schemas[0], schemas[1], expand)
        )
    elif extras:
        result["additionalProperties"] = True
    return result


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


def _later(one: Any, _: Any) -> Any:
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
    # Joined below, with the rule for the rest of the object.
    "properties": _later,
    "additionalProperties": _later,
    "items": _later,
}
