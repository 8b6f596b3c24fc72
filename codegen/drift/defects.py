"""Finds what makes a published document unusable, and writes the repair where one can be derived.

Knows: the kinds of defects that tools choke on (api-facts 8.1), and how each is repaired.
Must not know: what the document describes, whether it changed.

Only what an operation uses is looked at: an unreachable component harms nobody.
"""

import json
from collections.abc import Iterator
from typing import Any

from attrs import define, field, frozen

from codegen.drift import locations
from codegen.drift.edits import flow
from codegen.inputs import references
from codegen.inputs.overlay import Location
from codegen.inputs.problems import Place
from codegen.inputs.yaml_document import Block, Items, plain
from codegen.schemas.keywords import TYPES
from codegen.tools.endpoints import METHODS, paths

_SCHEMAS = "#/components/schemas/"
_COMPOSING = ("allOf", "oneOf", "anyOf")


@frozen(order=True)
class Defect:
    """One defect. `repair` is YAML to add to repairs.yaml; empty where nothing can be derived."""

    file: str
    line: int
    kind: str
    where: str
    what: str
    repair: str = ""


def find(root: Block, ours: Block) -> list[Defect]:
    """List the defects of a document that is repaired already; `ours` says what was probably meant."""
    return sorted(set(_Search(root, ours).run()))


def action(target: str, kind: str, reason: str, was: Any, change: dict[str, Any]) -> str:
    """Write one action of repairs.yaml."""
    head = [f"  - target: {target}", f"    x-defect: {kind}", f"    x-reason: {reason}"]
    tail = {"x-was": was, **change}
    return "\n".join([*head, *(f"    {key}: {flow(value)}" for key, value in tail.items())]) + "\n"


@define
class _Search:
    root: Block
    ours: Block
    met: set[str] = field(factory=set)

    def run(self) -> Iterator[Defect]:
        for path, item in paths(self.root).items():
            for method in METHODS if isinstance(item, Block) else ():
                block = item.get(method)
                if isinstance(block, Block):
                    yield from self.operation(("paths", path, method), block)

    def operation(self, at: Location, block: Block) -> Iterator[Defect]:
        for index, parameter in enumerate(block.get("parameters", [])):
            yield from self.holder((*at, "parameters", index), parameter)
        if isinstance(block.get("requestBody"), Block):
            yield from self.holder((*at, "requestBody"), block["requestBody"])
        responses = block.get("responses")
        for status, response in responses.items() if isinstance(responses, Block) else ():
            yield from self.holder((*at, "responses", status), response)

    def holder(self, at: Location, node: Any) -> Iterator[Defect]:
        """Look at a body, an answer or a parameter."""
        if not isinstance(node, Block):
            return
        if isinstance(node.get("$ref"), str):
            target = references.resolve(self.root, node["$ref"])
            if target is references.MISSING:
                yield self.dangling(at, node)
            elif node["$ref"] not in self.met:
                self.met.add(node["$ref"])
                yield from self.holder(locations.pointer(node["$ref"]), target)
            return
        yield from self.text(at, node)
        content = node.get("content")
        for kind, media in content.items() if isinstance(content, Block) else ():
            inner = (*at, "content", kind)
            if not isinstance(media, Block):
                yield self.misplaced(at, node, kind, media)
            elif "schema" in media:
                yield from self.schema((*inner, "schema"), media["schema"], media)
        if "schema" in node:
            yield from self.schema((*at, "schema"), node["schema"], node)

    def schema(self, at: Location, node: Any, holder: Block) -> Iterator[Defect]:
        if isinstance(node, bool):
            return
        if not isinstance(node, Block):
            what = f"a schema is {json.dumps(plain(node))[:40]}, not a mapping"
            yield self.made("D1", at, holder.at(str(at[-1])), what)
            return
        yield from self.text(at, node)
        if isinstance(node.get("$ref"), str):
            yield from self.reference(at, node)
        yield from self.types(at, node)
        yield from self.clashes(at, node)
        for where, child in self.children(at, node):
            yield from self.schema(where, child, node)

    def children(self, at: Location, node: Block) -> Iterator[tuple[Location, Any]]:
        properties = node.get("properties")
        for name, child in properties.items() if isinstance(properties, Block) else ():
            yield (*at, "properties", name), child
        for key in ("items", "additionalProperties"):
            if isinstance(node.get(key), Block):
                yield (*at, key), node[key]
        for key in _COMPOSING:
            for index, child in enumerate(node[key]) if isinstance(node.get(key), Items) else ():
                yield (*at, key, index), child

    def reference(self, at: Location, node: Block) -> Iterator[Defect]:
        pointer = node["$ref"]
        target = references.resolve(self.root, pointer)
        if target is references.MISSING:
            yield self.dangling(at, node)
        elif pointer.startswith("#/components/") and not pointer.startswith(_SCHEMAS):
            meant = _SCHEMAS + references.last(pointer)
            known = references.resolve(self.root, meant) is not references.MISSING
            what = f"{pointer} is not a schema, and stands where one is needed"
            change = {"update": {"$ref": meant}} if known else {}
            yield self.made("D3", at, node.at("$ref"), what, {"$ref": pointer}, change)
        elif pointer not in self.met:
            self.met.add(pointer)
            yield from self.schema(locations.pointer(pointer), target, node)

    def dangling(self, at: Location, node: Block) -> Defect:
        # Probably meant is what our own description refers to at the same place, if theirs has that too.
        pointer, mine = node["$ref"], locations.get(self.ours, (*at, "$ref"))
        known = isinstance(mine, str) and references.resolve(self.root, mine) is not references.MISSING
        change = {"update": {"$ref": mine}} if known else {}
        what = f"the reference {pointer} leads nowhere"
        return self.made("D2", at, node.at("$ref"), what, {"$ref": pointer}, change)

    def types(self, at: Location, node: Block) -> Iterator[Defect]:
        named = node.get("type")
        kinds = list(named) if isinstance(named, Items) else [named] if named is not None else []
        wrong = [kind for kind in kinds if kind not in TYPES]
        own = locations.get(self.ours, (*at, "type"))
        if wrong and isinstance(named, Items):
            # An update would add to the list: out with it, and the next run offers what belongs there.
            where, what = (*at, "type"), f"{wrong[0]!r} is not a type"
            yield self.made("D11", where, node.at("type"), what, named, {"remove": True})
        elif wrong:
            fix = {"update": {"type": own}} if own else {}
            yield self.made("D11", at, node.at("type"), f"{wrong[0]!r} is not a type", {"type": named}, fix)
        if "array" in kinds and not isinstance(node.get("items"), Block | bool):
            items = locations.get(self.ours, (*at, "items"))
            was = {"type": named, "items": node.get("items", {"absent": True})}
            fix = {"update": {"items": items if isinstance(items, Block) and "$ref" not in items else {}}}
            yield self.made("D4", at, node.place, "an array without items", was, fix)
        said = set(node) - {"description", "example", "examples", "title", "default", "format", "nullable"}
        if not said and "properties" in at[-2:-1]:
            guess = own or _guessed(node)
            fix = {"update": {"type": guess}} if guess else {}
            if "format" in node or guess:
                was, what = {"type": {"absent": True}}, f"{at[-1]} has no type"
                yield self.made("D11", at, node.place, what, was, fix)

    def clashes(self, at: Location, node: Block) -> Iterator[Defect]:
        """An inline enum that takes the class name of a component with other values."""
        if len(at) != 5 or at[3] != "properties" or not isinstance(node.get("enum"), Items):
            return
        name = f"{at[2]}{str(at[4])[:1].upper()}{str(at[4])[1:]}"
        other = locations.get(self.root, ("components", "schemas", name))
        if isinstance(other, Block) and list(other.get("enum") or ()) != list(node["enum"]):
            what = f"the inline enum takes the class name of the schema {name}"
            yield self.made("D10", (*at, "enum"), node.at("enum"), what, node["enum"], {"remove": True})

    def text(self, at: Location, node: Block) -> Iterator[Defect]:
        if "description" in node and not isinstance(node["description"], str):
            where, was = (*at, "description"), node["description"]
            what = "a description that is not text"
            yield self.made("D5", where, node.at("description"), what, was, {"remove": True})

    def misplaced(self, at: Location, node: Block, kind: str, value: Any) -> Defect:
        """`required: true` one level too deep becomes a media type called required."""
        content = node["content"]
        actions = ""
        if kind == "required" and "required" not in node:
            where = locations.jsonpath(at)
            reason = "Indented one level too deep, it became a media type; generators stop at it."
            was, inner = {"content": {kind: value}, kind: {"absent": True}}, f"{where}.content.{kind}"
            actions = action(where, "D1", reason, was, {"update": {kind: value}})
            actions += action(inner, "D1", "The misplaced keyword itself.", value, {"remove": True})
        place = content.at(kind)
        what = f'"{kind}" stands among the media types'
        return Defect(place.file, place.line, "D1", locations.jsonpath((*at, "content", kind)), what, actions)

    def made(
        self, kind: str, at: Location, place: Place, what: str, was: Any = None, change: Any = None
    ) -> Defect:
        target, reason = locations.jsonpath(at), flow(f"{what[0].upper()}{what[1:]}.")
        actions = action(target, kind, reason, was, change) if change else ""
        return Defect(place.file, place.line, kind, target, what, actions)


def _guessed(node: Block) -> str:
    """Guess a type from the example."""
    examples = node.get("examples")
    value = node.get("example", examples[0] if isinstance(examples, Items) and examples else None)
    if isinstance(value, bool):
        return "boolean"
    kinds: list[tuple[type, str]] = [(int, "integer"), (float, "number"), (str, "string")]
    return next((name for kind, name in kinds if isinstance(value, kind)), "")
