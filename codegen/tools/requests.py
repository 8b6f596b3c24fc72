"""Reads what an operation takes, from path, query and body, into one flat list of fields.

Knows: OpenAPI parameters and request bodies. Must not know: tools, scopes, how a schema is sent.

A body that is an object gives a field for each property; any other body is one field, `body`. A request whose
body is one of several objects (oneOf) has several alternatives.
"""

import re
from collections.abc import Iterator
from typing import Any

from attrs import evolve, field, frozen

from codegen.inputs import references
from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items
from codegen.schemas.dialect import Dialect
from codegen.schemas.keywords import BINARY, TYPES, Canonical, notes
from codegen.schemas.merging import UnmergeableError
from codegen.tools import naming
from codegen.tools.catalogue import Place as Where
from codegen.tools.endpoints import Endpoint

JSON, MULTIPART = "application/json", "multipart/form-data"
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI 3.x: parameters of these names are ignored."""

_SUPPORTED = {"path": set(TYPES) - {"array", "object", "null"}, "query": set(TYPES) - {"object"}}
"""Where a parameter is -> the types that can be written there in one way only."""


@frozen
class Field:
    """One thing that a request takes. `name` is how it is published, `api_name` how the API writes it."""

    name: str
    api_name: str
    where: Where
    schema: Canonical = field(repr=False)
    required: bool


Alternative = tuple[Field, ...]


def read(endpoint: Endpoint, dialect: Dialect, problems: Problems) -> tuple[Alternative, ...]:
    """Return the alternatives of a request, at least one; a field that several share has one name in all."""
    reading = _Reading(endpoint, dialect, problems)
    parameters = list(reading.parameters())
    alternatives = [[*parameters, *body] for body in reading.bodies()]
    names = naming.published((each.where, each.api_name) for fields in alternatives for each in fields)
    return tuple(
        tuple(evolve(each, name=names[each.where, each.api_name]) for each in fields)
        for fields in alternatives
    )


class _Reading:
    def __init__(self, endpoint: Endpoint, dialect: Dialect, problems: Problems) -> None:
        self.endpoint = endpoint
        self.dialect = dialect
        self.problems = problems

    def parameters(self) -> Iterator[Field]:
        # Those of the operation replace those of the path.
        found = {**self._listed(self.endpoint.item), **self._listed(self.endpoint.block)}
        templated = set(re.findall(r"\{([^{}]*)\}", self.endpoint.path))
        described = {name for where, name in found if where == "path"}
        for name in sorted(templated ^ described):
            self.problems.at(
                self.endpoint.place,
                f'"{name}" is either in the path {self.endpoint.path} or among its parameters, not in both',
                "describe each {name} of the path by a parameter with `in: path`",
            )
        for (where, name), parameter in found.items():
            if where != "header" or name.lower() not in _IGNORED_HEADERS:
                yield from self._parameter(where, name, parameter)

    def _listed(self, holder: Block) -> dict[tuple[str, str], Block]:
        """List parameters by where they are and how they are called."""
        listed = holder.get("parameters", [])
        found: dict[tuple[str, str], Block] = {}
        for parameter in (self._followed(item) for item in listed) if isinstance(listed, Items) else ():
            if isinstance(parameter, Block):
                where, name = str(parameter.get("in")), str(parameter.get("name"))
                if (where, name) in found:
                    self.problems.at(
                        parameter.place, f'"{name}" is twice in the {where}', "delete one of the two"
                    )
                found[where, name] = parameter
        return found

    def _followed(self, value: Any) -> Any:
        # Twice: a reference to a reference is legal, a longer chain is nobody's.
        for _ in range(2):
            if isinstance(value, Block) and isinstance(value.get("$ref"), str):
                value = references.resolve(self.dialect.root, value["$ref"])
        return value

    def _parameter(self, where: str, name: str, parameter: Block) -> Iterator[Field]:
        # A header would have to pass by the one place that signs requests; no endpoint asks for one.
        places: dict[str, Where] = {"path": "path", "query": "query"}
        if where not in places or "schema" not in parameter:
            self.problems.at(
                parameter.place,
                f"unsupported parameter {name} in {where}",
                "describe it by a schema, in the path or the query",
            )
            return
        usual = ("form", True) if where == "query" else ("simple", False)
        if (parameter.get("style", usual[0]), parameter.get("explode", usual[1])) != usual:
            self.problems.at(
                parameter.place, f"unsupported style of the parameter {name}", "use the default style"
            )
        schema = {**self.dialect.read(parameter["schema"], parameter.at("schema")), **_text(parameter)}
        unsupported = self._types(schema, parameter.place) - _SUPPORTED[where]
        if unsupported:
            what = f"unsupported {', '.join(sorted(unsupported))} in the {where} parameter {name}"
            self.problems.at(parameter.place, what, "send it in the body, or describe a type that fits")
        required = where == "path" or parameter.get("required") is True
        yield Field("", name, places[where], schema, required)

    def _types(self, schema: Canonical, place: Place) -> set[str]:
        """Return the types that a schema allows, those of its alternatives included."""
        whole = self._whole(schema, place)
        branches = [self._whole(branch, place) for branch in whole.get("anyOf", [whole])]
        return {name for branch in branches for name in branch.get("type", TYPES)}

    def bodies(self) -> list[list[Field]]:
        """Return the body's fields, once for each alternative of it."""
        body = self._followed(self.endpoint.block.get("requestBody"))
        if not isinstance(body, Block):
            return [[]]
        media = self._media(body)
        if media is None:
            return [[]]
        kind, block = media
        schema = self.dialect.read(block.get("schema", True), block.at("schema"))
        whole = self._whole(schema, block.place)
        branches = [self._whole(branch, block.place) for branch in whole.get("anyOf", [whole])]
        if all(_fielded(branch) for branch in branches):
            return [self._fields(branch, kind, block.place) for branch in branches]
        if kind == MULTIPART:
            self.problems.at(
                block.place, f"the form of {self.endpoint} has no fields", "describe its properties"
            )
        return [[Field("", "body", "whole_body", {**schema, **_text(body)}, body.get("required") is True)]]

    def _media(self, body: Block) -> tuple[str, Block] | None:
        content = body.get("content")
        kinds = dict(content) if isinstance(content, Block) else {}
        for kind, media in kinds.items():
            if not isinstance(media, Block):
                self.problems.at(
                    content.at(kind) if isinstance(content, Block) else body.place,
                    f'"{kind}" in the content of {self.endpoint} is no media type',
                    "indent it one level less, beside `content`, or repair the published document",
                )
        for kind in (JSON, MULTIPART):
            if isinstance(kinds.get(kind), Block):
                return kind, kinds[kind]
        self.problems.at(
            body.at("content"),
            f"{self.endpoint} takes neither {JSON} nor {MULTIPART}",
            "describe one of the two",
        )
        return None

    def _whole(self, schema: Canonical, place: Place) -> Canonical:
        """Follow references; a schema that never ends is noted and read as anything."""
        try:
            return self.dialect.expand(schema)
        except UnmergeableError as error:
            self.problems.at(
                place, f"the request of {self.endpoint} has a schema of {error}", "end the cycle"
            )
            return {}

    def _fields(self, schema: Canonical, kind: str, place: Place) -> list[Field]:
        required = set(schema.get("required", []))
        properties: dict[str, Canonical] = schema.get("properties", {})
        for name in sorted(required - set(properties)):
            self.problems.at(
                place, f'{self.endpoint} requires "{name}", which is not described', "describe it"
            )
        fields: list[Field] = []
        for name, value in properties.items():
            bytes_ = kind == MULTIPART and self._whole(value, place).get("contentEncoding") == BINARY
            shown = {"type": ["string"], "contentEncoding": "base64", **notes(value)} if bytes_ else value
            fields.append(Field("", name, "file" if bytes_ else "body", shown, name in required))
        return fields


def _fielded(schema: Canonical) -> bool:
    """Whether a body is an object with declared properties (and not null besides)."""
    return schema.get("type") == ["object"] and bool(schema.get("properties"))


def _text(block: Block) -> Canonical:
    text = block.get("description")
    return {"description": " ".join(text.split())} if isinstance(text, str) and text.strip() else {}
