"""Follows `$ref` inside one document.

Knows: JSON pointers (RFC 6901), where OpenAPI has references. Must not know: what is referred to.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import Block, Items

MISSING: Final = object()
"""What a pointer leads to when there is nothing."""

_DATA = frozenset({"example", "examples", "default", "enum", "const", "value"})
"""Keywords whose value is data: a `$ref` inside is no reference."""
_NAMED = frozenset(
    (
        *("paths", "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "content"),
        *(
            "schemas",
            "responses",
            "parameters",
            "requestBodies",
            "headers",
            "callbacks",
            "links",
            "pathItems",
        ),
        *("abridge", "x-tools", "x-local-tools"),
    )
)
"""Keys whose children are names that the author chose: a property may be called `default`.

Of the extensions only our own are looked into: what others mean by a `$ref` is not known.
"""


def resolve(root: Block, pointer: str) -> Any:
    """Return what `#/...` points to, or MISSING; a reference out of the document is MISSING as well."""
    if pointer != "#" and not pointer.startswith("#/"):
        return MISSING
    value: Any = root
    for part in pointer.split("/")[1:]:
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(value, Block) and key in value:
            value = value[key]
        elif isinstance(value, Items) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def last(pointer: str) -> str:
    """Return the name at the end of a pointer."""
    return unquote(pointer.rsplit("/", 1)[-1]).replace("~1", "/").replace("~0", "~")


def check(root: Block, problems: Problems) -> None:
    """Note every reference in the document that leads nowhere."""
    _walk(root, root, False, problems)


def _walk(value: Any, root: Block, names: bool, problems: Problems) -> None:
    if isinstance(value, Items):
        for item in value:
            _walk(item, root, False, problems)
    if not isinstance(value, Block):
        return
    pointer = value.get("$ref")
    if isinstance(pointer, str) and not names and resolve(root, pointer) is MISSING:
        place = value.at("$ref")
        outside = not pointer.startswith("#")
        problems.at(
            place,
            f"the reference {pointer} leads {'out of the document' if outside else 'nowhere'}",
            "copy what it means into components"
            if outside
            else "mend its spelling, or describe what it names",
        )
    for key, item in value.items():
        if names or key in _NAMED or not (key in _DATA or key.startswith("x-")):
            _walk(item, root, key in _NAMED and not names, problems)
