"""Is every value that a description states, from defaults to texts, of the type that it must have?

Knows: where schemas and texts are in a document. Must not know: tools, which schemas are sent.

YAML makes a number of `1e3` and a boolean of `true`, whatever was meant. And a default that its own schema
refuses is worse than none: a model that repeats it is refused.
"""

import json
from collections.abc import Iterator
from typing import Any

from attrs import frozen
from jsonschema import Draft202012Validator

from codegen.inputs import references
from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items, plain
from codegen.schemas.definitions import self_contained
from codegen.schemas.dialect import Dialect
from codegen.schemas.keywords import TYPES, Canonical, demands, fits, type_of
from codegen.schemas.merging import UnmergeableError

_TEXTS = (
    "description",
    "summary",
    "title",
    "operationId",
    "name",
    "in",
    "pattern",
    "format",
    "contentEncoding",
)
_QUOTES = "write it in quotes"
_LONGEST = 80


def check(root: Block, problems: Problems, *, examples: bool = False) -> None:
    """Note each stated value that its schema does not allow, and each text that is none.

    `examples`: those too. They reach no tool, so in a description that is not ours they are nobody's problem.
    """
    checking = _Checking(Dialect(root, Problems()), problems)
    for node in references.nodes(root):
        for key in _TEXTS:
            if isinstance(node.get(key), int | float):
                problems.at(node.at(key), f"{key} is {_shown(node[key])}, which is no text", _QUOTES)
        checking.enum(node)
        for what, value, place in _stated(node, examples=examples):
            checking.value(node, what, value, place)
        if "allOf" in node and "default" not in node:
            checking.inherited(node)


def _stated(node: Block, *, examples: bool) -> Iterator[tuple[str, Any, Place]]:
    for key in ("default", "const", *(("example",) if examples else ())):
        if key in node:
            yield key, plain(node[key]), node.at(key)
    listed = node.get("examples")
    if examples and isinstance(listed, Items):
        yield from (("example", plain(one), at) for one, at in zip(listed, listed.places, strict=True))


@frozen
class _Checking:
    dialect: Dialect
    problems: Problems

    def value(self, node: Block, what: str, value: Any, place: Place) -> None:
        """Check one value against the schema that it stands in, or stands beside."""
        holder = node["schema"] if isinstance(node.get("schema"), Block) else node
        schema = self._demanded(holder, what)
        types = schema.get("type", list(TYPES))
        if not fits(value, types):
            fix = (
                _QUOTES
                if "string" in types and not isinstance(value, list | dict)
                else "correct it, or the type"
            )
            said = f"the {what} {_shown(value)} is not of type {', '.join(types)}"
            self.problems.at(place, said, fix)
        elif what == "default":
            whole = self_contained(schema, self.dialect.component)
            for error in Draft202012Validator(whole).iter_errors(value):
                said = f"the default {_shown(value)} is refused by its own schema: {error.message[:_LONGEST]}"
                self.problems.at(place, said, "correct the default, or the schema")
                return

    def inherited(self, node: Block) -> None:
        """Check the default that one member of an allOf states against all of them."""
        schema = self.dialect.read(node, node.place)
        if "default" in schema:
            self.value(node, "default", schema["default"], node.place)

    def _demanded(self, node: Block, what: str) -> Canonical:
        if what == "const":
            # Without the constant: what remains is the type that it must have.
            bare = Block(node.place)
            for key in ("type", "nullable"):
                if key in node:
                    bare.put(key, node[key], node.at(key))
            node = bare
        try:
            return demands(self.dialect.expand(self.dialect.read(node, node.place)))
        except UnmergeableError:
            return {}

    def enum(self, node: Block) -> None:
        """Check that an enum has values of one type, and of that which is declared."""
        values = node.get("enum")
        if not isinstance(values, Items):
            return
        types = self._demanded(node, "const").get("type", list(TYPES))
        stated = [(plain(one), at) for one, at in zip(values, values.places, strict=True) if one is not None]
        for value, place in stated:
            if not fits(value, types):
                fix = _QUOTES if "string" in types else "correct the value, or the type"
                said = f"the enum value {_shown(value)} is not of type {', '.join(types)}"
                self.problems.at(place, said, fix)
        kinds = sorted({"number" if isinstance(value, float) else type_of(value) for value, _ in stated})
        if len(kinds) > 1:
            said = f"an enum of {' and '.join(kinds)}: {_shown(plain(values))}"
            self.problems.at(node.at("enum"), said, "write all values in quotes, or none")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
