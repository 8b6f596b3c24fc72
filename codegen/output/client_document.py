"""The description as the client generator can read it best; what it says stays the same.

Knows: what openapi-python-client 0.29.1 misreads, what it says of what. Must not know: templates, tools.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from typing import Any, TypeAlias

from codegen.inputs.problems import Place
from codegen.tools.compilation import PLACE

Node: TypeAlias = dict[str, Any]
_PREFIX = "#/components/schemas/"
_BINARY = "application/octet-stream"


def prepared(document: Node) -> Node:
    """Return a copy of an OpenAPI document, prepared for the generator of the client."""
    document = deepcopy(document)
    schemas: Node = document.get("components", {}).get("schemas", {})
    for node in _nodes(document):
        for union in ("anyOf", "oneOf"):
            if isinstance(node.get(union), list):
                node[union] = _without_empty_list(node[union], schemas)
        if isinstance(node.get("enum"), list):
            _name_members(node)
        if node.get("contentMediaType") == _BINARY and "contentEncoding" not in node:
            # OpenAPI 3.1 writes so what 3.0 writes `format: binary`, and the generator reads only that.
            node.update(type="string", format="binary")
        if "in" in node and "description" in node and isinstance(node.get("schema"), dict):
            node["schema"].setdefault("description", node["description"])
    for name, schema in schemas.items():
        _name_classes(name, schema, schemas)
    return document


def meant(document: Node, said: str, node: Node | None) -> Any:
    """Return the part of a document that the generator means, as far as it says what it means."""
    operation = re.search(r"parsing ([A-Z]+) (\S+) within", said)
    schema = re.search(r"components[./]schemas[./]([A-Za-z0-9_-]+)", said)
    if node and PLACE in node:
        return node
    if operation:
        return document["paths"].get(operation[2], {}).get(operation[1].lower())
    return document.get("components", {}).get("schemas", {}).get(schema[1]) if schema else None


def place(part: Any, source: str) -> Place:
    """Say where a part of a document was written; the whole file, if it does not say so."""
    file, _, line = str(part.get(PLACE, "") if isinstance(part, dict) else "").rpartition(":")
    return Place(file, int(line)) if file else Place(source, 0)


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        yield value
        for item in list(value.values()):
            yield from _nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)


def _without_empty_list(branches: list[Any], schemas: Node) -> list[Any]:
    """Drop a branch that says only that an empty map comes as `[]`: models decode it (api-facts 8.5)."""
    kinds = [_resolved(branch, schemas) for branch in branches]
    if not any(kind.get("type") == "object" or "properties" in kind for kind in kinds):
        return branches
    return [
        branch
        for branch, kind in zip(branches, kinds, strict=True)
        if not (kind.get("type") == "array" and kind.get("maxItems") == 0)
    ]


def _resolved(schema: Any, schemas: Node) -> Node:
    seen = set()
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        schema = schemas.get(schema["$ref"].removeprefix(_PREFIX), {})
    return schema if isinstance(schema, dict) else {}


def _name_members(node: Node) -> None:
    """Name the members of an enumeration after their values alone.

    The generator calls a value without a leading letter by its position, so that a new value would rename its
    neighbours, and gives two values like `a b` and `a-b` one name, so that one of them is lost (case C02). Of
    values like these each has a digest in its name: in another order none sends what another one sent.
    """
    node.pop("x-enum-varnames", None)
    values = [value for value in node["enum"] if value is not None]
    if not values or not all(isinstance(value, str) for value in values):
        return
    names, digits = {value: _member(value) for value in values}, 0
    while len(set(names.values())) < len(names):
        digits += 8
        used = Counter(names.values())
        for value, name in names.items():
            if used[name] > 1:
                digest = sha256(value.encode()).hexdigest()[:digits].upper()
                names[value] = f"{_member(value)}_{digest}"
    node["enum"] = [*names, *([None] if None in node["enum"] else [])]
    node["x-enum-varnames"] = list(names.values())


def _member(value: str) -> str:
    words = [word for word in re.split(r"[^0-9A-Za-z]+", value) if word]
    if not words:
        words = [unicodedata.name(letter, f"U{ord(letter):04X}") for letter in value] or ["EMPTY"]
    name = "_".join(words).replace(" ", "_").replace("-", "_").upper()
    return name if name[0].isalpha() else f"VALUE_{name}"


def _name_classes(owner: str, schema: Any, schemas: Node) -> None:
    """Name the one object or enumeration of a union after its property, and not `...Type0`."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    used = {_plain(name) for name in schemas}
    for name, value in (properties or {}).items():
        union = value if isinstance(value, dict) else {}
        branches = [*(union.get("anyOf") or ()), *(union.get("oneOf") or ())]
        classes = [one for one in branches if isinstance(one, dict) and _is_class(one)]
        if len(classes) == 1 and _plain(owner + name) not in used:
            classes[0].setdefault("title", name)


def _is_class(schema: Node) -> bool:
    return schema.get("type") == "object" or (bool(schema.get("enum")) and None not in schema["enum"])


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
