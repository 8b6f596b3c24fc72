"""Finds what a schema is called now, when a repair names one that is gone.

Knows: facts of schemas. Must not know: repairs, reports.

A published name that our description has as well is never the new name of something else.
"""

from __future__ import annotations

from codegen.drift import facts
from codegen.inputs.yaml_document import Block

ALIKE = 0.6
"""Share of facts in common: answers differ in details between the two descriptions, requests do not."""


def schemas(root: Block) -> Block:
    """Return the component schemas of a document."""
    components = root.get("components")
    found = components.get("schemas") if isinstance(components, Block) else None
    return found if isinstance(found, Block) else Block(root.place)


def candidates(name: str, theirs: Block, ours: Block) -> list[str]:
    """Return what the schema `name` may be called in theirs, the likeliest first."""
    unknown = sorted(set(schemas(theirs)) - set(schemas(ours)))
    if name not in schemas(ours):
        return unknown
    mine = _said(ours, name)
    scored = [(_alike(mine, _said(theirs, other)), other) for other in unknown]
    return [other for score, other in sorted(scored, key=lambda each: (-each[0], each[1])) if score >= ALIKE]


def _said(root: Block, name: str) -> set[tuple[str, str]]:
    found = facts.component(root, name)
    words = {(path, word) for path, fact in found.items() for word in fact.words}
    # Ours allows null and other types besides.
    words = {each for each in words if each[1] not in ("type null", "required")}
    return words | {(path, "") for path in found}


def _alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    return len(one & other) / max(1, len(one | other))
