"""Applies a declaration to a request: the arguments that a tool keeps, needs and fills, and its two schemas.

Knows: declarations and fields. Must not know: endpoints, scopes, where either was read.
"""

from typing import Any

from attrs import evolve, field, frozen

from codegen.inputs.problems import Problems
from codegen.inputs.suggestions import listed, meant
from codegen.inputs.yaml_document import Block
from codegen.schemas import unions
from codegen.schemas.definitions import self_contained
from codegen.schemas.dialect import Dialect
from codegen.schemas.keywords import Canonical, demands, notes
from codegen.tools.catalogue import Argument
from codegen.tools.declarations import Declaration
from codegen.tools.requests import Alternative, Field


@frozen
class Shape:
    """A tool's arguments and schemas."""

    arguments: tuple[Argument, ...]
    wire: dict[str, Any] = field(repr=False)
    full: dict[str, Any] = field(repr=False)


def shape(
    request: tuple[Alternative, ...], declaration: Declaration, dialect: Dialect, problems: Problems
) -> Shape:
    """Shape a request as a declaration says; an argument that does not exist is a problem."""
    return _Shaping(declaration, dialect, problems).shape(request)


@frozen
class _Shaping:
    declaration: Declaration
    dialect: Dialect
    problems: Problems

    def shape(self, request: tuple[Alternative, ...]) -> Shape:
        chosen = self._branch(request)
        self._check(_joined(chosen))
        kept = tuple(self._kept(alternative) for alternative in chosen)
        sent = _joined(kept)
        filled = set(self.declaration.inject)
        shown = tuple(tuple(each for each in fields if each.name not in filled) for fields in kept)
        arguments = [each for each in sent if each.name not in filled] + [
            each for each in sent if each.name in filled
        ]
        return Shape(
            arguments=tuple(Argument(each.name, each.api_name, each.where) for each in arguments),
            wire=self_contained(_object(self._abridged(_joined(shown))), self.dialect.component),
            full=self_contained(_enforced(shown), self.dialect.component),
        )

    def _note(self, what: str, fix: str) -> None:
        self.problems.at(self.declaration.place, f"the tool {self.declaration.name}: {what}", fix)

    def _branch(self, request: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
        name = self.declaration.branch
        if not name:
            return request
        found = [fields for fields in request if any(each.name == name and each.required for each in fields)]
        if len(found) != 1:
            count = "no alternative" if not found else f"{len(found)} alternatives"
            choices = {each.name for fields in request for each in fields if each.required}
            self._note(f'"{name}" is required by {count} of the request', f"use one of {listed(choices)}")
            return request
        return (found[0],)

    def _check(self, fields: Alternative) -> None:
        names = {each.name for each in fields}
        for key in ("only", "omit", "require", "inject", "default", "abridge"):
            for name in getattr(self.declaration, key):
                if name not in names:
                    self._note(
                        f'{key} names "{name}", which is no argument{meant(name, names)}',
                        f"use one of {listed(names)}" if names else "delete it: there are no arguments",
                    )

    def _kept(self, fields: Alternative) -> Alternative:
        declaration, kept = self.declaration, []
        for each in fields:
            left_out = (
                declaration.only and each.name not in declaration.only
            ) or each.name in declaration.omit
            if left_out and each.name not in declaration.inject:
                if each.required:
                    self._note(
                        f'"{each.name}" is required by the API, and the tool leaves it out',
                        "keep it, inject it, or make it optional where the API is described",
                    )
                continue
            required = (
                each.required or each.name in declaration.require
            ) and each.name not in declaration.default
            kept.append(evolve(each, required=required))
        return tuple(kept)

    def _abridged(self, fields: Alternative) -> Alternative:
        shorter = self.declaration.abridge
        return tuple(
            evolve(each, schema=self._short(shorter[each.name], each)) if each.name in shorter else each
            for each in fields
        )

    def _short(self, block: Any, each: Field) -> Canonical:
        place = block.place if isinstance(block, Block) else self.declaration.place
        return {**notes(each.schema), **self.dialect.read(block, place)}


def _joined(alternatives: tuple[Alternative, ...]) -> Alternative:
    """Put alternatives together: a field is required if all of them require it. Required ones come first."""
    found: dict[str, list[Field]] = {}
    for fields in alternatives:
        for each in fields:
            found.setdefault(each.name, []).append(each)
    joined = [
        evolve(
            same[0],
            schema=_either([each.schema for each in same]),
            required=len(same) == len(alternatives) and all(each.required for each in same),
        )
        for same in found.values()
    ]
    return tuple(sorted(joined, key=lambda each: not each.required))


def _either(schemas: list[Canonical]) -> Canonical:
    if all(demands(schema) == demands(schemas[0]) for schema in schemas):
        return schemas[0]
    return {**unions.union([demands(schema) for schema in schemas]), **notes(schemas[0])}


def _object(fields: Alternative) -> Canonical:
    required = [each.name for each in fields if each.required]
    return {
        "type": ["object"],
        "properties": {each.name: each.schema for each in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _enforced(alternatives: tuple[Alternative, ...]) -> Canonical:
    """All fields, and that they are those of one alternative."""
    whole = _object(_joined(alternatives))
    if len(alternatives) == 1:
        return whole
    return {**whole, "anyOf": [_object(fields) for fields in alternatives]}
