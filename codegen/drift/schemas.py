"""What a schema says by itself, in the words of 3.1, and what it may be: the alternatives that it composes.

Knows: types, values, limits, properties; references, allOf, oneOf, anyOf, and where a cycle ends.
Must not know: requests, answers.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from attrs import field, frozen

from codegen.inputs import references
from codegen.inputs.yaml_document import Block, Items

LIMITS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "pattern"),
)
MOST = 256
"""Unions of unions multiply; what is beyond is joined rather than told apart."""


def limits(node: Block) -> dict[str, Any]:
    """Return the limits of a schema in the words of 3.1; in 3.0 an exclusive bound is a boolean beside it."""
    found = {key: node[key] for key in LIMITS if node.get(key) is not None}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and bound in found:
            found[exclusive] = found.pop(bound)
    return found


def items(value: Any) -> list[Any]:
    """Return a list of the document; anything else is an empty one."""
    return value if isinstance(value, Items) else []


def properties(node: Block) -> Block:
    """Return the properties, of which there may be none."""
    found = node.get("properties")
    return found if isinstance(found, Block) else Block(node.place)


def types(node: Block) -> list[str]:
    """Return the types that are named, else the one that the other words imply."""
    named = node.get("type")
    found = [str(name) for name in named] if isinstance(named, Items) else [named] if named else []
    if not found and (properties(node) or isinstance(node.get("additionalProperties"), Block)):
        found = ["object"]
    if not found and "items" in node:
        found = ["array"]
    return [*found, "null"] if found and node.get("nullable") is True else found


def values(node: Block) -> list[Any]:
    """Return the values of an enum or a constant, without null."""
    found = items(node.get("enum")) or ([node["const"]] if "const" in node else [])
    return [value for value in found if value is not None]


def is_binary(node: Block) -> bool:
    """Whether it is bytes, in the words of 3.0 or of 3.1."""
    media = str(node.get("contentMediaType", "text/plain"))
    return node.get("format") == "binary" or not (media.startswith("text/") or media.endswith("json"))


def written(value: Any) -> str:
    """Write a value of an enum or a limit as a fact does; 1 and 1.0 are alike."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


@frozen
class Part:
    """One schema that holds, with the references that led to it: a second time ends a cycle."""

    node: Block = field(repr=False)
    stack: frozenset[str] = frozenset()

    @property
    def is_recursive(self) -> bool:
        """Whether it refers to what it is inside of."""
        pointer = self.node.get("$ref")
        return isinstance(pointer, str) and pointer in self.stack


Alternative: TypeAlias = tuple[Part, ...]
"""Schemas that all hold."""


def followed(root: Block, node: Any) -> Any:
    """Follow `$ref`, at most ten times."""
    for _ in range(10):
        if not (isinstance(node, Block) and isinstance(node.get("$ref"), str)):
            break
        node = references.resolve(root, node["$ref"])
    return node


def alternatives(root: Block, parts: Sequence[Part]) -> list[Alternative]:
    """Turn schemas that all hold into alternatives of flat schemas that all hold."""
    results: list[Alternative] = [()]
    for part in parts:
        options = _options(root, part)
        if len(results) * len(options) > MOST:
            options = [tuple(each for option in options for each in option)]
        results = _both(results, options)
    return results


def _options(root: Block, part: Part) -> list[Alternative]:
    node, stack = part.node, part.stack
    own: list[Alternative] = [(part,)]
    pointer = node.get("$ref")
    if isinstance(pointer, str):
        target = references.resolve(root, pointer)
        if pointer in stack or not isinstance(target, Block):
            return own
        # What stands beside a reference narrows it (3.1).
        own = _both(own, alternatives(root, [Part(target, stack | {pointer})]))
    for member in _members(node, "allOf"):
        own = _both(own, _options(root, Part(member, stack)))
    for key in ("oneOf", "anyOf"):
        branches = [
            option for member in _members(node, key) for option in _options(root, Part(member, stack))
        ]
        if branches:
            own = _both(own, branches)
    return own


def _both(left: list[Alternative], right: list[Alternative]) -> list[Alternative]:
    return [(*one, *other) for one, other in product(left, right)]


def _members(node: Block, key: str) -> Iterator[Block]:
    yield from (member for member in items(node.get(key)) if isinstance(member, Block))
