"""What a schema may be: its references, allOf, oneOf and anyOf as alternatives of flat schemas that all hold.

Knows: how schemas compose and where a cycle ends. Must not know: what a schema says, requests, answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from attrs import field, frozen

from codegen.drift.schemas import items
from codegen.inputs import references
from codegen.inputs.yaml_document import Block

MOST = 256
"""Unions of unions multiply; what is beyond is joined rather than told apart."""


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
