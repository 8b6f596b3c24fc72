"""Reduces an OpenAPI document to facts about its endpoints: names, types, enums, what is required, limits.

Knows: parameters, bodies, answers, what is inside of a schema.
Must not know: which document it reads, tools, texts.

A fact is a word at a path: `projectId` has `type integer` and `required`; `orders[].status` has `value 3`.
Paths go by names that a caller sees: `.` into an object, `[]` into an array, `{}` into the values of a map,
`<Id>` into the branch of a union whose marker has that value. So neither the names of schemas nor any order
make a difference, and texts are not looked at.
"""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from attrs import define, field

from codegen.drift import schemas
from codegen.drift.schemas import Alternative, Part, alternatives, followed
from codegen.inputs.yaml_document import Block, Items
from codegen.tools.endpoints import METHODS, paths

Side: TypeAlias = Literal["request", "answer"]


@define
class Fact:
    """What is said about one path: words, and the schemas that say it."""

    words: set[str] = field(factory=set)
    holders: list[Part] = field(factory=list, eq=False, repr=False)
    """The schemas of this very value."""


@define
class Operation:
    """One endpoint's facts by side and path; the path of a whole body is empty."""

    block: Block = field(repr=False)
    request: dict[str, Fact] = field(factory=dict)
    answer: dict[str, Fact] = field(factory=dict)

    def side(self, side: Side) -> dict[str, Fact]:
        """Return the facts of one side."""
        return self.request if side == "request" else self.answer


def operations(root: Block) -> dict[str, Operation]:
    """Read the facts of every operation, by path; one that is not POST by method and path."""
    found: dict[str, Operation] = {}
    for path, item in sorted(paths(root).items()):
        for method in METHODS if isinstance(item, Block) else ():
            block = item.get(method)
            if isinstance(block, Block) and block.get("x-client-only") is not True:
                name = path if method == "post" else f"{method.upper()} {path}"
                found[name] = _operation(root, item, block)
    return found


def unions(fact: Fact) -> Iterator[tuple[Block, str]]:
    """Yield the schemas of a path that list alternatives, and under which key."""
    for part in fact.holders:
        yield from ((part.node, key) for key in ("oneOf", "anyOf") if isinstance(part.node.get(key), Items))


def component(root: Block, name: str) -> dict[str, Fact]:
    """Read the facts of one component schema."""
    walk = _Walk(root, "request")
    node = root.get("components", {}).get("schemas", {}).get(name)
    if isinstance(node, Block):
        walk.visit("", alternatives(root, [Part(node)]))
    return walk.found


def _operation(root: Block, item: Block, block: Block) -> Operation:
    request, answer = _Walk(root, "request"), _Walk(root, "answer")
    for holder in (item, block):
        for parameter in holder.get("parameters", []):
            request.parameter(followed(root, parameter))
    body = followed(root, block.get("requestBody"))
    request.content(body)
    if "" in request.found and body.get("content") and body.get("required") is True:
        request.found[""].words.add("required")
    responses = block.get("responses")
    for status, response in responses.items() if isinstance(responses, Block) else ():
        if str(status).startswith("2"):
            answer.content(followed(root, response))
    return Operation(block, request.found, answer.found)


@define
class _Walk:
    root: Block = field(repr=False)
    side: Side
    found: dict[str, Fact] = field(factory=dict)

    def parameter(self, parameter: Any) -> None:
        if not isinstance(parameter, Block) or str(parameter.get("name")).lower() == "authorization":
            return
        path = str(parameter.get("name"))
        schema = parameter.get("schema")
        options = alternatives(self.root, [Part(schema)]) if isinstance(schema, Block) else []
        self.visit(path, options)
        fact = self.found.setdefault(path, Fact())
        fact.words.add(f"in {parameter.get('in')}")
        if parameter.get("required") is True:
            fact.words.add("required")

    def content(self, body: Any) -> None:
        content = body.get("content") if isinstance(body, Block) else None
        options: list[Alternative] = []
        for media in content.values() if isinstance(content, Block) else ():
            schema = media.get("schema") if isinstance(media, Block) else None
            if isinstance(schema, Block):
                options += alternatives(self.root, [Part(schema)])
        if isinstance(content, Block):
            self.visit("", options)
            self.found[""].words |= {f"media {kind}" for kind in content}

    def visit(self, path: str, options: list[Alternative]) -> None:
        """Note what is said about a path, then what is inside; objects with a marker are told apart."""
        fact = self.found.setdefault(path, Fact())
        for option in options:
            fact.words |= self._words(option)
            fact.holders += [part for part in option if part not in fact.holders]
        if "type number" in fact.words:
            fact.words.discard("type integer")
        objects = [option for option in options if any(schemas.properties(part.node) for part in option)]
        labels = [self._marker(option) for option in objects] if len(objects) > 1 else []
        if labels and all(labels) and len(set(labels)) > 1:
            # One marker twice: a repair adds a branch that is published by now.
            for label in dict.fromkeys(labels):
                same = [option for each, option in zip(labels, objects, strict=True) if each == label]
                inner = f"{path}<{label}>"
                self.found.setdefault(inner, Fact({"branch"}, [part for option in same for part in option]))
                self._properties(inner, same)
        elif objects:
            self._properties(path, objects)
        self._inside(f"{path}[]", options, "items")
        self._inside(f"{path}{{}}", options, "additionalProperties")

    def _properties(self, path: str, objects: list[Alternative]) -> None:
        inner: dict[str, list[Alternative]] = {}
        required: list[set[str]] = []
        for option in objects:
            required.append({str(n) for p in option for n in schemas.items(p.node.get("required"))})
            named: dict[str, list[Part]] = {}
            for part in option:
                for name, schema in schemas.properties(part.node).items():
                    if isinstance(schema, Block):
                        named.setdefault(name, []).append(Part(schema, part.stack))
            for name, parts in named.items():
                inner.setdefault(name, []).extend(alternatives(self.root, parts))
        for name, options in inner.items():
            where = f"{path}.{name}" if path else name
            self.visit(where, options)
            if self.side == "request":
                demanded = [name in names for names in required]
                words = {"required"} if all(demanded) else {"required by some"} if any(demanded) else set()
                self.found[where].words |= words

    def _inside(self, path: str, options: list[Alternative], key: str) -> None:
        inner: list[Alternative] = []
        for option in options:
            parts = [
                Part(part.node[key], part.stack) for part in option if isinstance(part.node.get(key), Block)
            ]
            if parts and not (key == "items" and all(not part.node for part in parts)):
                inner += alternatives(self.root, parts)
        if inner:
            self.visit(path, inner)

    def _words(self, option: Alternative) -> set[str]:
        words: set[str] = set()
        types = [schemas.types(part.node) for part in option]
        declared = [set(one) for one in types if one]
        kinds = set.intersection(*declared) if declared else set()
        kinds = kinds or {name for one in declared for name in one}
        binary = any(schemas.is_binary(part.node) for part in option)
        words |= {"type file"} if binary else {f"type {name}" for name in kinds}
        enums = [{schemas.written(value) for value in schemas.values(part.node)} for part in option]
        enums = [each for each in enums if each]
        if enums:
            words |= {f"value {value}" for value in set.intersection(*enums)}
        if any(part.is_recursive for part in option):
            words.add("recursive")
        if self.side == "answer":
            return words - {"type null"}
        for part in option:
            words |= {f"{key} {schemas.written(value)}" for key, value in schemas.limits(part.node).items()}
        return words

    def _marker(self, option: Alternative) -> str:
        """Find the value of the property that has only one, and marks the branch."""
        for part in option:
            for name, schema in sorted(schemas.properties(part.node).items()):
                node = followed(self.root, schema)
                values = schemas.values(node) if isinstance(node, Block) else []
                if len(values) == 1:
                    return f"{name}={values[0]}"
        return ""
