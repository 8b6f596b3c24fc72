"""What the description says of each tool's answer, small enough to look an answer over at run time.

Knows: the responses of a document, `$ref`, composition. Must not know: how an answer is compared, texts.

Path -> types: `backtests[].name` is `string`; `[]` is each item, `{}` each value of a map. `any` says that
nothing below the path is told. Null, what is required and enums are left out: an answer may always lack a
field, and a value is never looked at.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from codegen.tools.catalogue import Tool

DEEPEST = 5
"""Levels of names; what is deeper is `any`."""
_COMPOSED = ("allOf", "oneOf", "anyOf")


def shapes(document: Mapping[str, Any], tools: Iterable[Tool]) -> dict[str, dict[str, str]]:
    """Return the types of each tool's answer, of those that ask one endpoint."""
    return {tool.name: _shape(document, tool) for tool in tools if len(tool.endpoints) == 1}


def _shape(document: Mapping[str, Any], tool: Tool) -> dict[str, str]:
    operation = document["paths"][tool.endpoints[0]][tool.method.lower()]
    found: dict[str, set[str]] = {}
    for status, response in operation.get("responses", {}).items():
        schema = _followed(document, response).get("content", {}).get("application/json", {}).get("schema")
        if str(status).startswith("2") and schema is not None:
            _walk(document, schema, "", 0, found)
    return {path: "|".join(sorted(types)) for path, types in sorted(found.items()) if types}


def _walk(document: Mapping[str, Any], node: Any, path: str, depth: int, found: dict[str, set[str]]) -> None:
    node = _followed(document, node)
    types = found.setdefault(path, set())
    said = node.get("type", ())
    kinds = ({said} if isinstance(said, str) else set(said)) - {"null"}
    types |= kinds
    for key in _COMPOSED:
        for part in node.get(key, ()):
            _walk(document, part, path, depth, found)
    inner = {f"{path}.{name}".lstrip("."): part for name, part in node.get("properties", {}).items()}
    rest = node.get("additionalProperties")
    if isinstance(rest, dict) and rest:
        inner[f"{path}{{}}"] = rest
    if node.get("items"):
        inner[f"{path}[]"] = node["items"]
    composed = any(key in node for key in _COMPOSED)
    untold = not composed and not inner and (not said or kinds & {"object", "array"})
    if untold or rest is True or (inner and depth == DEEPEST):
        types.add("any")
        return
    for place, part in inner.items():
        _walk(document, part, place, depth + 1, found)


def _followed(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = document
        for part in node["$ref"].split("/")[1:]:
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node if isinstance(node, dict) else {}
