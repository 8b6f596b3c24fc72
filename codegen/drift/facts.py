"""Reduces an OpenAPI document to facts about its endpoints: names, types, enums, what is required, limits.

Knows: parameters, bodies, answers, how schemas compose. Must not know: which document it reads, tools, texts.

A fact is a word at a path: `projectId` has `type integer` and `required`; `orders[].status` has `value 3`.
Paths go by names that a caller sees: `.` into an object, `[]` into an array, `{}` into the values of a map,
`<Id>` into the branch of a union whose marker has that value. So neither the names of schemas nor any order
make a difference, and texts are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal, TypeAlias

from attrs import define, field, frozen

from codegen import references
from codegen.document import Block, Items
from codegen.endpoints import METHODS, paths

Side: TypeAlias = Literal["request", "answer"]
LIMITS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "pattern"),
)
MOST_ALTERNATIVES = 256
"""Unions of unions multiply; what is beyond is joined rather than told apart."""


@frozen
class Part:
    """One schema that holds, with the references that led to it: a second time ends a cycle."""

    node: Block = field(repr=False)
    stack: frozenset[str] = frozenset()


Alternative: TypeAlias = tuple[Part, ...]
"""Schemas that all hold."""


@define
class Fact:
    """What is said about one path: words, and the schemas that say it."""

    words: set[str] = field(factory=set)
    holders: list[Part] = field(factory=list, repr=False)
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


def limits(node: Block) -> dict[str, Any]:
    """Return the limits of a schema in the words of 3.1; in 3.0 an exclusive bound is a boolean beside it."""
    found = {key: node[key] for key in LIMITS if node.get(key) is not None}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and bound in found:
            found[exclusive] = found.pop(bound)
    return found


def component(root: Block, name: str) -> dict[str, Fact]:
    """Read the facts of one component schema."""
    walk = _Walk(root, "request")
    node = root.get("components", {}).get("schemas", {}).get(name)
    if isinstance(node, Block):
        walk.visit("", walk.alternatives([Part(node)]))
    return walk.found


def _operation(root: Block, item: Block, block: Block) -> Operation:
    request, answer = _Walk(root, "request"), _Walk(root, "answer")
    for holder in (item, block):
        for parameter in holder.get("parameters", []):
            request.parameter(followed(root, parameter))
    body = followed(root, block.get("requestBody"))
    request.content(body)
    if isinstance(body, Block) and body.get("content"):
        for fact in (request.found.get(""),):
            if fact and body.get("required") is True:
                fact.words.add("required")
    responses = block.get("responses")
    for status, response in responses.items() if isinstance(responses, Block) else ():
        if str(status).startswith("2"):
            answer.content(followed(root, response))
    return Operation(block, request.found, answer.found)


def followed(root: Block, node: Any) -> Any:
    """Follow `$ref`, at most ten times."""
    for _ in range(10):
        if not (isinstance(node, Block) and isinstance(node.get("$ref"), str)):
            break
        node = references.resolve(root, node["$ref"])
    return node


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
        options = self.alternatives([Part(schema)]) if isinstance(schema, Block) else []
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
                options += self.alternatives([Part(schema)])
        if isinstance(content, Block):
            self.visit("", options)
            self.found[""].words |= {f"media {kind}" for kind in content}

    def alternatives(self, parts: list[Part]) -> list[Alternative]:
        """Turn schemas that all hold into alternatives of flat schemas that all hold."""
        results: list[Alternative] = [()]
        for part in parts:
            options = self._options(part)
            if len(results) * len(options) > MOST_ALTERNATIVES:
                options = [tuple(each for option in options for each in option)]
            results = [(*left, *right) for left, right in product(results, options)]
        return results

    def _options(self, part: Part) -> list[Alternative]:
        node, stack = part.node, part.stack
        own: list[Alternative] = [(part,)]
        pointer = node.get("$ref")
        if isinstance(pointer, str):
            target = references.resolve(self.root, pointer)
            if pointer in stack or not isinstance(target, Block):
                return own
            own = self.alternatives([Part(target, stack | {pointer})])
            # What stands beside a reference narrows it (3.1).
            own = [(part, *option) for option in own]
        for member in _members(node, "allOf"):
            own = [(*left, *right) for left, right in product(own, self._options(Part(member, stack)))]
        for key in ("oneOf", "anyOf"):
            branches = [
                option for member in _members(node, key) for option in self._options(Part(member, stack))
            ]
            if branches:
                own = [(*left, *right) for left, right in product(own, branches)]
        return own

    def visit(self, path: str, options: list[Alternative]) -> None:
        """Note what is said about a path, then what is inside; objects with a marker are told apart."""
        fact = self.found.setdefault(path, Fact())
        for option in options:
            fact.words |= self._words(option)
            fact.holders += [part for part in option if part not in fact.holders]
        if "type number" in fact.words:
            fact.words.discard("type integer")
        objects = [option for option in options if any(_properties(part.node) for part in option)]
        labels = [self._marker(option) for option in objects] if len(objects) > 1 else []
        if labels and all(labels) and len(set(labels)) == len(labels):
            for label, option in zip(labels, objects, strict=True):
                inner = f"{path}<{label}>"
                self.found.setdefault(inner, Fact({"branch"}, list(option)))
                self._properties(inner, [option])
        elif objects:
            self._properties(path, objects)
        self._inside(f"{path}[]", options, "items")
        self._inside(f"{path}{{}}", options, "additionalProperties")

    def _properties(self, path: str, objects: list[Alternative]) -> None:
        inner: dict[str, list[Alternative]] = {}
        required: list[set[str]] = []
        for option in objects:
            required.append({str(n) for p in option for n in _items(p.node.get("required"))})
            named: dict[str, list[Part]] = {}
            for part in option:
                for name, schema in _properties(part.node).items():
                    if isinstance(schema, Block):
                        named.setdefault(name, []).append(Part(schema, part.stack))
            for name, parts in named.items():
                inner.setdefault(name, []).extend(self.alternatives(parts))
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
                inner += self.alternatives(parts)
        if inner:
            self.visit(path, inner)

    def _words(self, option: Alternative) -> set[str]:
        words: set[str] = set()
        types = [_types(part.node) for part in option]
        declared = [set(one) for one in types if one]
        kinds = set.intersection(*declared) if declared else set()
        kinds = kinds or {name for one in declared for name in one}
        binary = any(_binary(part.node) for part in option)
        words |= {"type file"} if binary else {f"type {name}" for name in kinds}
        enums = [list(map(spelled, _values(part.node))) for part in option if _values(part.node)]
        if enums:
            words |= {f"value {value}" for value in enums[0] if all(value in one for one in enums)}
        if any(isinstance(part.node.get("$ref"), str) and part.node["$ref"] in part.stack for part in option):
            words.add("recursive")
        if self.side == "answer":
            return words - {"type null"}
        for part in option:
            words |= {f"{key} {spelled(value)}" for key, value in limits(part.node).items()}
        return words

    def _marker(self, option: Alternative) -> str:
        """Find the value of the property that has only one, and marks the branch."""
        for part in option:
            for name, schema in sorted(_properties(part.node).items()):
                node = followed(self.root, schema)
                values = _values(node) if isinstance(node, Block) else []
                if len(values) == 1:
                    return f"{name}={values[0]}"
        return ""


def _members(node: Block, key: str) -> Iterator[Block]:
    yield from (member for member in _items(node.get(key)) if isinstance(member, Block))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, Items) else []


def _properties(node: Block) -> Block:
    found = node.get("properties")
    return found if isinstance(found, Block) else Block(node.place)


def _types(node: Block) -> list[str]:
    named = node.get("type")
    types = [str(name) for name in named] if isinstance(named, Items) else [named] if named else []
    if not types and (_properties(node) or isinstance(node.get("additionalProperties"), Block)):
        types = ["object"]
    if not types and "items" in node:
        types = ["array"]
    return [*types, "null"] if types and node.get("nullable") is True else types


def _values(node: Block) -> list[Any]:
    values = _items(node.get("enum")) or ([node["const"]] if "const" in node else [])
    return [value for value in values if value is not None]


def _binary(node: Block) -> bool:
    media = str(node.get("contentMediaType", "text/plain"))
    return node.get("format") == "binary" or not (media.startswith("text/") or media.endswith("json"))


def spelled(value: Any) -> str:
    """Spell a value of an enum or a limit as a fact does; 1 and 1.0 are alike."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)
