"""What one Schema Object says by itself, in the words of 3.1, whichever version it is written in.

Knows: types, values, limits, properties, how each is spelled.
Must not know: references, how schemas compose.
"""

from __future__ import annotations

import json
from typing import Any

from codegen.inputs.yaml_document import Block, Items

LIMITS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "pattern"),
)


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


def spelled(value: Any) -> str:
    """Spell a value of an enum or a limit as a fact does; 1 and 1.0 are alike."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)
