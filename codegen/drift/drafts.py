"""Writes what a published schema or operation says in our own way: facts, and marks where texts belong.

Knows: how our description writes requests and answers. Must not know: YAML text, what is drift.

Requests are strict, as published. Answers are wide: every field may be null or absent, every enum may grow.
"""

from collections.abc import Iterator
from typing import Any

from codegen.drift import facts, locations, schemas
from codegen.drift.facts import Side
from codegen.drift.schemas import followed
from codegen.inputs import references
from codegen.inputs.missing_texts import MISSING
from codegen.inputs.yaml_document import Block, Items, plain

_SCHEMAS = "#/components/schemas/"


class Drafts:
    """Drafts out of one published document. `schemas` are the new components that they refer to."""

    def __init__(self, theirs: Block, ours: Block) -> None:
        self.theirs = theirs
        self.ours = ours
        self.schemas: dict[str, Any] = {}
        self._names: dict[tuple[str, Side], str] = {}

    def operation(self, block: Block) -> dict[str, Any]:
        """Draft a new operation."""
        draft: dict[str, Any] = {"summary": MISSING, "description": MISSING}
        if isinstance(block.get("parameters"), Items) and block["parameters"]:
            draft["parameters"] = [self._parameter(each) for each in block["parameters"]]
        body = followed(self.theirs, block.get("requestBody"))
        if isinstance(body, Block):
            draft["requestBody"] = {
                "required": body.get("required") is True,
                "content": self._content(body, "request"),
            }
        draft["responses"] = dict(self._responses(block))
        return draft

    def _parameter(self, node: Any) -> dict[str, Any]:
        parameter = followed(self.theirs, node)
        return {
            "name": parameter.get("name"),
            "in": parameter.get("in"),
            "required": parameter.get("required") is True,
            "description": MISSING,
            "schema": self.schema(parameter.get("schema"), "request", described=True),
        }

    def _content(self, holder: Block, side: Side) -> dict[str, Any]:
        content = holder.get("content", {})
        return {
            kind: {"schema": self.schema(media.get("schema", True), side, described=True)}
            for kind, media in content.items()
            if isinstance(media, Block)
        }

    def _responses(self, block: Block) -> Iterator[tuple[str, Any]]:
        usual = _usual_responses(self.ours)
        for status, node in block.get("responses", {}).items():
            response = followed(self.theirs, node)
            if not str(status).startswith("2") and status in usual:
                yield status, {"$ref": usual[status]}
            elif isinstance(response, Block):
                content = self._content(response, "answer") if "content" in response else None
                yield status, {"description": MISSING, **({"content": content} if content else {})}

    def schema(self, node: Any, side: Side, *, described: bool = False) -> Any:
        """Draft a schema; `described`: its text stands elsewhere."""
        if not isinstance(node, Block):
            return plain(node)
        pointer = node.get("$ref")
        if isinstance(pointer, str):
            target = references.resolve(self.theirs, pointer)
            closed = isinstance(target, Block) and "enum" in target
            # An enum has one component; an answer opens it where it is used.
            draft: dict[str, Any] = {"$ref": self._component(pointer, "request" if closed else side)}
            if closed and side == "answer":
                kind = target.get("type", "string") if isinstance(target, Block) else "string"
                draft = {"anyOf": [draft, {"type": plain(kind)}]}
        else:
            draft = self._flat(node, side)
        # On its way out a body stays as strict as it is: only what is inside is widened.
        if side == "answer" and not described:
            draft = _wide(draft)
        return draft if described else {**draft, "description": MISSING}

    def _flat(self, node: Block, side: Side) -> dict[str, Any]:
        keys = ("type", "enum", "const", "format", "contentMediaType", "contentEncoding", "nullable")
        draft = {key: plain(node[key]) for key in keys if key in node}
        draft |= schemas.limits(node) if side == "request" else {}
        if draft.pop("nullable", None) is True and isinstance(draft.get("type"), str):
            draft["type"] = [draft["type"], "null"]
        if isinstance(node.get("required"), Items) and side == "request":
            draft["required"] = plain(node["required"])
        properties = node.get("properties")
        if isinstance(properties, Block):
            draft.setdefault("type", "object")
            draft["properties"] = {name: self.schema(each, side) for name, each in properties.items()}
        for key in ("items", "additionalProperties"):
            if key in node:
                draft[key] = self.schema(node[key], side, described=True)
        for key in ("allOf", "oneOf", "anyOf"):
            if isinstance(node.get(key), Items):
                draft[key] = [self.schema(each, side, described=True) for each in node[key]]
        return draft

    def _component(self, pointer: str, side: Side) -> str:
        """Refer to our schema of the same name and facts; else draft one."""
        name = references.last(pointer)
        if (pointer, side) in self._names:
            return _SCHEMAS + self._names[pointer, side]
        used = {*locations.schemas(self.ours), *self.schemas}
        if name in locations.schemas(self.ours) and self._alike(name, side):
            self._names[pointer, side] = name
            return _SCHEMAS + name
        free, number = name, 2
        while free in used:
            free, number = f"{name}{number}", number + 1
        # Before it is drafted: a schema may refer to itself.
        self._names[pointer, side] = free
        self.schemas[free] = {}
        node = references.resolve(self.theirs, pointer)
        self.schemas[free] = {"description": MISSING, **self.schema(node, side, described=True)}
        return _SCHEMAS + free

    def _alike(self, name: str, side: Side) -> bool:
        mine, other = facts.component(self.ours, name), facts.component(self.theirs, name)
        return set(other) <= set(mine) if side == "answer" else mine == other


def _wide(draft: dict[str, Any]) -> dict[str, Any]:
    if "enum" in draft:
        kind = draft.get("type", "string")
        kinds = kind if isinstance(kind, list) else [kind]
        values = {"type": kinds[0], "enum": draft["enum"]}
        return {"anyOf": [values, {"type": kinds[0]}, {"type": "null"}]}
    if isinstance(draft.get("type"), str):
        return {**draft, "type": [draft["type"], "null"]}
    if "$ref" in draft:
        return {"anyOf": [draft, {"type": "null"}]}
    if "anyOf" in draft and {"type": "null"} not in draft["anyOf"]:
        return {**draft, "anyOf": [*draft["anyOf"], {"type": "null"}]}
    return draft


def _usual_responses(ours: Block) -> dict[str, str]:
    """Status -> the component that our operations answer it with."""
    found: dict[str, str] = {}
    for item in ours.get("paths", {}).values():
        for block in item.values() if isinstance(item, Block) else ():
            responses = block.get("responses") if isinstance(block, Block) else None
            for status, node in responses.items() if isinstance(responses, Block) else ():
                if isinstance(node, Block) and isinstance(node.get("$ref"), str):
                    found.setdefault(status, node["$ref"])
    return found
