"""Reads a Schema Object of OpenAPI 3.0 or 3.1 into the canonical form; every dialect ends here.

Knows: `nullable`, boolean bounds, `$ref` and its siblings, allOf, oneOf, what is unsupported.
Must not know: tools, how a schema is sent.
"""

from typing import Any

from codegen.inputs import references
from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items, plain
from codegen.schemas import unions, vocabulary
from codegen.schemas.keywords import (
    ANNOTATIONS,
    BINARY,
    DROPPED,
    FORMATS,
    KNOWN,
    TYPES,
    UNSUPPORTED,
    Canonical,
    fits,
    in_order,
    notes,
    type_of,
)
from codegen.schemas.merging import Merger, UnmergeableError

_SIMPLER = "describe it with type, properties, items, enum, oneOf or allOf"


class Dialect:
    """Reads the schemas of one document; each component once."""

    def __init__(self, root: Block, problems: Problems) -> None:
        self.root = root
        self.problems = problems
        self.plain_references = str(root.get("openapi", "")).startswith("3.0")
        """OpenAPI 3.0 ignores what stands beside `$ref`; 3.1 does not."""
        self.known: dict[str, Canonical] = {}
        self.open: list[str] = []
        self.dangling = 0
        """How often a reference was followed that leads nowhere."""
        self.merger = Merger(self.expand)

    def read(self, node: Any, place: Place) -> Canonical:
        """Read one schema; what is unsupported is noted and left out."""
        if node is True:
            return {}
        if not isinstance(node, Block):
            self.problems.at(place, f"a schema is {'`false`' if node is False else 'no mapping'}", _SIMPLER)
            return {}
        try:
            schema = self._reference(node) if isinstance(node.get("$ref"), str) else self._composed(node)
        except UnmergeableError as error:
            self.problems.at(node.place, f"unsupported construct: allOf of {error}", _SIMPLER)
            return {}
        return unions.nullable(schema) if node.get("nullable") is True and _closed_to_null(schema) else schema

    def expand(self, schema: Canonical) -> Canonical:
        """Follow a reference until it is none; a schema that includes itself is UnmergeableError."""
        met: list[str] = []
        while "$ref" in schema:
            pointer = schema["$ref"]
            if pointer in met or pointer in self.open:
                raise UnmergeableError(f"{references.last(pointer)}, which includes itself")
            met.append(pointer)
            schema = {**self.component(pointer), **notes(schema)}
        return schema

    def component(self, pointer: str) -> Canonical:
        """Read what a pointer leads to; dangling ones are noted elsewhere and read as anything."""
        if pointer not in self.known:
            node = references.resolve(self.root, pointer)
            if node is references.MISSING:
                self.dangling += 1
                return {}
            self.open.append(pointer)
            self.known[pointer] = self.read(node, node.place if isinstance(node, Block) else self.root.place)
            self.open.pop()
        return self.known[pointer]

    def _reference(self, node: Block) -> Canonical:
        reference: Canonical = {"$ref": node["$ref"], **self._annotations(node)}
        self._check_words(node)
        siblings = [key for key in node if key in KNOWN - {"$ref", *ANNOTATIONS, *DROPPED}]
        if self.plain_references or not siblings:
            return reference
        rest = Block(node.place)
        for key in siblings:
            rest.put(key, node[key], node.at(key))
        return self.merger.merged(reference, self._composed(rest))

    def _composed(self, node: Block) -> Canonical:
        result = self._flat(node)
        for member in self._members(node, "allOf"):
            result = self.merger.merged(result, member)
        for key in ("anyOf", "oneOf"):
            if branches := self._members(node, key):
                result = self.merger.merged(result, unions.union(branches))
        return result

    def _members(self, node: Block, key: str) -> list[Canonical]:
        if key not in node:
            return []
        members = node[key]
        if not isinstance(members, Items) or not members:
            self.problems.at(node.at(key), f"{key} is no list of schemas", _SIMPLER)
            return []
        return [self.read(member, place) for member, place in zip(members, members.places, strict=True)]

    def _flat(self, node: Block) -> Canonical:
        self._check_words(node)
        result: Canonical = {**self._types(node), **self._annotations(node)}
        result.update(self._limits({**_bounds(node), **_sizes(node)}, node))
        result.update(_text_forms(node))
        if "items" in node:
            result["items"] = self.read(node["items"], node.at("items"))
        result.update(self._object(node))
        return result

    def _check_words(self, node: Block) -> None:
        vocabulary.check_words(node, self.problems)
        for key in node:
            if key in UNSUPPORTED:
                self.problems.at(node.at(key), f'unsupported construct "{key}" in a request schema', _SIMPLER)
        pointer = node.get("$ref", "")
        if not isinstance(pointer, str):
            fix = 'write `$ref: "#/components/schemas/..."`'
            self.problems.at(node.at("$ref"), f"the reference {pointer!r} is no text", fix)

    def _annotations(self, node: Block) -> Canonical:
        found: Canonical = {}
        if isinstance(node.get("description"), str) and node["description"].strip():
            found["description"] = " ".join(node["description"].split())
        if "default" in node:
            found["default"] = plain(node["default"])
        return found

    def _types(self, node: Block) -> Canonical:
        named = node.get("type")
        types: list[Any] = list(named) if isinstance(named, Items) else [named] if "type" in node else []
        for name in types:
            if name not in TYPES:
                self.problems.at(node.at("type"), f"{name!r} is no type", f"use one of {', '.join(TYPES)}")
        types = in_order({name for name in types if name in TYPES})
        if "enum" not in node and "const" not in node:
            types = types or _implied(node)
            return {"type": types} if types else {}
        return self._enum(node, types)

    def _enum(self, node: Block, types: list[str]) -> Canonical:
        key = "enum" if "enum" in node else "const"
        values = plain(node[key]) if key == "enum" else [plain(node["const"])]
        place = node.at(key)
        if not isinstance(values, list) or not values:
            self.problems.at(place, "an enum without values", "list the values, or delete the enum")
            return {"type": types} if types else {}
        distinct = {f"{type_of(value)} {value!r}": value for value in values}
        if "enum" in node and "const" in node:
            only = plain(node["const"])
            distinct = {
                name: value for name, value in distinct.items() if name == f"{type_of(only)} {only!r}"
            }
            if not distinct:
                self.problems.at(place, "no value fits both enum and const", "delete one of the two")
        values = list(distinct.values())
        if types:
            # 3.0 lists null in the enum of a `nullable` one; without `nullable` it can never match.
            # A value of another type is noted where all stated values are checked.
            values = [value for value in values if fits(value, types)]
        if not values:
            return {"type": types}
        return {"type": types or in_order({type_of(value) for value in values}), "enum": values}

    def _limits(self, limits: Canonical, node: Block) -> Canonical:
        """Let through the limits that are numbers: others cannot be compared with another schema's."""
        for key, value in limits.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                self.problems.at(node.at(key), f"{key} is {value!r}, not a number", "write a number")
        found = {key: value for key, value in limits.items() if type(value) in (int, float)}
        if isinstance(node.get("pattern"), str):
            found["pattern"] = node["pattern"]
        elif isinstance(node.get("pattern"), list | dict):
            what = f"pattern is {node['pattern']!r}, not a text"
            self.problems.at(node.at("pattern"), what, "write a regular expression")
        if not isinstance(node.get("uniqueItems", False), bool):
            what = f"uniqueItems is {node['uniqueItems']!r}, neither true nor false"
            self.problems.at(node.at("uniqueItems"), what, "write true or false")
        return {**found, "uniqueItems": True} if node.get("uniqueItems") is True else found

    def _object(self, node: Block) -> Canonical:
        result: Canonical = {}
        properties = node.get("properties")
        if isinstance(properties, Block) and properties:
            result["properties"] = {
                name: self.read(schema, properties.at(name)) for name, schema in properties.items()
            }
        elif properties is not None and not isinstance(properties, Block):
            self.problems.at(node.at("properties"), "properties is no mapping", _SIMPLER)
        # `required: true` inside a property is draft 3; it says nothing here.
        if isinstance(node.get("required"), Items) and node["required"]:
            result["required"] = list(dict.fromkeys(map(str, node["required"])))
        elif not isinstance(node.get("required", False), Items | bool):
            what = f"required is {node['required']!r}, no list of names"
            self.problems.at(node.at("required"), what, "write `required: [name]`")
        if "additionalProperties" in node:
            extra = node["additionalProperties"]
            place = node.at("additionalProperties")
            result["additionalProperties"] = extra if isinstance(extra, bool) else self.read(extra, place)
        return result


def _implied(node: Block) -> list[str]:
    if any(key in node for key in ("properties", "additionalProperties")) or isinstance(
        node.get("required"), Items
    ):
        return ["object"]
    if "items" in node:
        return ["array"]
    return ["string"] if "contentMediaType" in node or node.get("format") == "binary" else []


def _closed_to_null(schema: Canonical) -> bool:
    return "$ref" in schema or "anyOf" in schema or "type" in schema


def _bounds(node: Block) -> Canonical:
    """Read the limits of a number; draft 4 (OpenAPI 3.0) makes a bound exclusive by a boolean beside it."""
    result: Canonical = {}
    for key, exclusive_key in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        exclusive = node.get(exclusive_key, False)
        if exclusive is True and key in node:
            result[exclusive_key] = node[key]
            continue
        if key in node:
            result[key] = node[key]
        if exclusive is not False:
            result[exclusive_key] = exclusive
    return result


def _sizes(node: Block) -> Canonical:
    keys = ("multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
    return {key: node[key] for key in keys if key in node}


def _text_forms(node: Block) -> Canonical:
    """Read format and encoding; 3.0 says `format: byte` for base64, `format: binary` for a file."""
    named, encoding = node.get("format"), node.get("contentEncoding")
    if named == "byte":
        encoding = "base64"
    elif named == "binary" or (_binary(str(node.get("contentMediaType", "text/plain"))) and not encoding):
        encoding = BINARY
    result: Canonical = {"format": named} if isinstance(named, str) and named in FORMATS else {}
    return {**result, "contentEncoding": encoding} if encoding else result


def _binary(media_type: str) -> bool:
    return not media_type.startswith("text/") and not media_type.endswith(("json", "xml", "yaml"))
