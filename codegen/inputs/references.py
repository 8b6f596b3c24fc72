"""Follows `$ref` inside one document.

Knows: JSON pointers (RFC 6901), where OpenAPI has references. Must not know: what is referred to.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import Block, Items

MISSING: Final = object()
"""What a pointer leads to when there is nothing."""

_DATA = frozenset({"example", "examples", "default", "enum", "const", "value"})
"""Keywords whose value is data: a `$ref` inside is no reference."""
_NAMED = frozenset(
    (
        *("paths", "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "content"),
        *("schemas", "responses", "parameters", "requestBodies", "headers", "callbacks", "links"),
        *("pathItems", "abridge", "x-tools", "x-local-tools"),
    )
)
"""Keys whose children are names that the author chose: a property may be called `default`.

Of the extensions only our own are looked into: what others mean by a `$ref` is not known.
"""


def resolve(root: Block, pointer: str) -> Any:
    """Return what `#/...` points to, or MISSING; a reference out of the document is MISSING as well."""
    if pointer != "#" and not pointer.startswith("#/"):
        return MISSING
    try:
        return Resource.opaque(root).pointer(pointer[1:], Registry[Any]().resolver()).contents
    except (Unresolvable, TypeError, ValueError):
        # Beside its own error the library lets out what a step into a scalar or by a word into a list raises.
        return MISSING


def last(pointer: str) -> str:
    """Return the name at the end of a pointer."""
    return unquote(pointer.rsplit("/", 1)[-1]).replace("~1", "/").replace("~0", "~")


def check(root: Block, problems: Problems) -> None:
    """Note every reference in the document that leads nowhere."""
    for node in nodes(root):
        pointer = node.get("$ref")
        if isinstance(pointer, str) and resolve(root, pointer) is MISSING:
            outside = not pointer.startswith("#")
            problems.at(
                node.at("$ref"),
                f"the reference {pointer} leads {'out of the document' if outside else 'nowhere'}",
                "copy what it means into components"
                if outside
                else "correct the spelling, or describe what it names",
            )


def nodes(value: Any, names: bool = False) -> Iterator[Block]:
    """Yield each mapping whose keys are keywords: not those of `names`, nor what is inside of data."""
    if isinstance(value, Items):
        for item in value:
            yield from nodes(item)
    elif isinstance(value, Block):
        if not names:
            yield value
        for key, item in value.items():
            if names or key in _NAMED or not (key in _DATA or key.startswith("x-")):
                yield from nodes(item, key in _NAMED and not names)
