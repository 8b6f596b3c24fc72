"""A JSON Schema validator (2020-12) whose work is bounded by the size of what it validates.

The library's own keywords differ in three things, each of which costs a caller nothing and everybody else
seconds: `anyOf` makes every error of every alternative, a message holds the value, and `uniqueItems` compares
each item with each. Here an alternative is chosen first (`unions`), no message holds a value
(`validation_messages` writes its own), and items are compared by hash. Which values are valid is the same.

Knows: jsonschema. Must not know: tools, texts. Imported at the first call, like the library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from ledgai_mcp.calls.schemas import Schema
from ledgai_mcp.calls.unions import Unions

_DOUBTFUL = 10
"""Errors of an alternative that are looked for where nothing tells which one is meant."""
_RENDERING = (
    *("enum", "pattern", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties"),
)
"""Keywords whose message holds the value; so does that of `type`."""

_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


def validator(schema: Schema, unions: Unions) -> Validator:
    """Return what validates against a schema; `unions` are those of the schema."""
    quiet = {word: partial(_quietly, Draft202012Validator.VALIDATORS[word]) for word in _RENDERING}
    ours = {
        "additionalProperties": _additional_properties,
        "anyOf": partial(_any_of, unions),
        "items": _items,
        "type": _type,
        "uniqueItems": _unique_items,
    }
    made: Validator = extend(Draft202012Validator, {**quiet, **ours})(schema)  # type: ignore[no-untyped-call]  # the stubs leave it out
    return made


def _any_of(
    unions: Unions, checker: Any, union: Sequence[Schema], instance: Any, schema: Schema
) -> Iterator[ValidationError]:
    choice = unions.choose(union, instance)
    if choice.marker:
        yield _unmarked(choice.marker, choice.marks, instance)
    elif not choice.fitting:
        yield ValidationError("", validator="type", validator_value=list(choice.kinds))
    elif len(choice.fitting) == 1:
        yield from checker.descend(instance, choice.fitting[0])
    else:
        found = []
        for alternative in choice.fitting:
            found.append(list(islice(checker.descend(instance, alternative), _DOUBTFUL)))
            if not found[-1]:
                return
        yield from min(found, key=len)


def _unmarked(name: str, marks: Sequence[Any], instance: Mapping[str, Any]) -> ValidationError:
    if name in instance:
        return ValidationError("", validator="enum", validator_value=marks, path=[name])
    asked = {"properties": {name: {"enum": marks}}}
    return ValidationError("", validator="required", validator_value=[name], schema=asked)


def _additional_properties(
    checker: Any, allowed: Schema, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, Mapping):
        return
    for name in instance:
        if name in schema.get("properties", {}):
            continue
        if allowed is False:
            yield ValidationError("")  # one for all names
            return
        yield from checker.descend(instance[name], allowed, path=name)


def _type(checker: Any, asked: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not any(checker.is_type(instance, name) for name in ([asked] if isinstance(asked, str) else asked)):
        yield ValidationError("")


def _items(
    checker: Any, asked: Schema, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """As the library, but the items of a list that is too long are not looked at."""
    if isinstance(instance, list) and len(instance) <= schema.get("maxItems", len(instance)):
        for index, item in enumerate(instance):
            yield from checker.descend(item, asked, path=index)


def _unique_items(
    checker: Any, asked: bool, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if asked and isinstance(instance, list) and len({_key(item) for item in instance}) < len(instance):
        yield ValidationError("")


def _key(value: Any) -> Any:
    """Return what is equal, and hashes alike, for equal JSON values alone: 1 is 1.0 and is not true."""
    if isinstance(value, Mapping):
        return frozenset((name, _key(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(_key(item) for item in value)
    return (bool, value) if isinstance(value, bool) else value


def _quietly(
    keyword: _Keyword, checker: Any, asked: Any, instance: Any, schema: Any
) -> Iterator[ValidationError] | None:
    unseen = _UNSEEN.get(type(instance))
    return keyword(checker, asked, unseen(instance) if unseen else instance, schema)


class _Text(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return ""


class _Items(list[Any]):
    def __repr__(self) -> str:
        return ""


class _Fields(dict[str, Any]):
    def __repr__(self) -> str:
        return ""


_UNSEEN: dict[type, Callable[[Any], Any]] = {str: _Text, list: _Items, dict: _Fields}
