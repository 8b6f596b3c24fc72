"""Joins alternative schemas (oneOf, anyOf) into one, as flat as it can be.

Knows: when alternatives collapse. Must not know: where schemas come from, how they are sent.

`oneOf` becomes `anyOf`: where two branches overlap (`number` and `integer`) a legal value would match both
and be refused (api-facts 8.3).
"""

import json

from codegen.schemas.keywords import Canonical, demands, in_order, notes

NULL: Canonical = {"type": ["null"]}


def union(branches: list[Canonical]) -> Canonical:
    """Return the schema of values that at least one branch accepts."""
    kept: dict[str, Canonical] = {}
    for branch in _unfolded(branches):
        kept.setdefault(json.dumps(branch, sort_keys=True), branch)
    joined = _simple_types_joined(list(kept.values()))
    if any(not demands(branch) for branch in joined):
        return {}
    if len(joined) == 1:
        return joined[0]
    if len(joined) == 2 and NULL in joined:
        other = joined[0] if joined[1] == NULL else joined[1]
        if "type" in other:
            return _or_null(other)
    return {"anyOf": joined}


def nullable(schema: Canonical) -> Canonical:
    """Let a schema accept null as well; its annotations stay on the outside."""
    return {**union([demands(schema), NULL]), **notes(schema)}


def _unfolded(branches: list[Canonical]) -> list[Canonical]:
    found: list[Canonical] = []
    for branch in branches:
        found.extend(_unfolded(branch["anyOf"]) if "anyOf" in branch else [branch])
    return found


def _simple_types_joined(branches: list[Canonical]) -> list[Canonical]:
    """Replace the branches that say only a type by one of all these types, where the first stood."""
    simple = [branch for branch in branches if _simple(branch)]
    if len(simple) < 2:
        return branches
    joined: Canonical = {"type": in_order({name for branch in simple for name in branch["type"]})}
    first = next(index for index, branch in enumerate(branches) if branch is simple[0])
    rest = [branch for branch in branches if not any(branch is one for one in simple)]
    return [*rest[:first], joined, *rest[first:]]


def _simple(branch: Canonical) -> bool:
    # Not objects and arrays: they get `properties` and `items`, and would read as one schema with both.
    return set(demands(branch)) == {"type"} and not {"object", "array"} & set(branch["type"])


def _or_null(schema: Canonical) -> Canonical:
    result = {**schema, "type": in_order({*schema["type"], "null"})}
    if "enum" in schema and None not in schema["enum"]:
        result["enum"] = [*schema["enum"], None]
    return result
