"""The mark that a machine leaves where a person has to write, and its refusal.

Knows: the mark. Must not know: who left it, what the text is about.

`drift --accept` writes facts into the description, and no sentence: those of the published document are not
ours to copy, and a tool whose text nobody wrote is worse than none.
"""

from __future__ import annotations

from typing import Any

from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items

MISSING = "TEXT MISSING"


def check(root: Block, problems: Problems) -> None:
    """Note every text that a person still has to write."""
    _walk(root, root.place, problems)


def _walk(value: Any, place: Place, problems: Problems) -> None:
    if isinstance(value, Block):
        for key, item in value.items():
            _walk(item, value.at(key), problems)
    elif isinstance(value, Items):
        for item, at in zip(value, value.places, strict=True):
            _walk(item, at, problems)
    elif isinstance(value, str) and MISSING in value:
        problems.at(place, "the text is missing", "write what it is, short and in your own words")
