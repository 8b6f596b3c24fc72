"""Turns schema errors into one sentence per argument, which names it and says what fits.

Knows: JSON Schema errors. Must not know: tools, requests.

A sentence never repeats the value: it can be a whole source file, or a brokerage password.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ledgai_mcp.calls.schemas import Lookup, Schema, kind, properties, resolve
from ledgai_mcp.suggestions import nearest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST = 20
"""Problems that are described."""

_BOUNDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "pattern": "must match the pattern {}",
    "format": "must be a {}",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} entries",
    "maxProperties": "must have at most {} entries",
    "contains": "must have an item that fits {}",
    "dependentRequired": "must keep to this: {}",
}


def sentences(errors: Iterable[ValidationError], find: Lookup) -> list[str]:
    """Describe the errors, sorted, none twice; past `MOST` of them only that there are more.

    The errors are not even looked for then: a caller can send a list of a million values of a wrong type.
    """
    found: set[str] = set()
    for sentence in (sentence for error in errors for sentence in _describe(error, find)):
        if len(found) == MOST and sentence not in found:
            return [*sorted(found), f"and more than these {MOST}"]
        found.add(sentence)
    return sorted(found)


def _describe(error: ValidationError, find: Lookup) -> Iterator[str]:
    where = _path(error.absolute_path)
    asked: Any = error.validator_value
    given: Any = error.instance
    match error.validator:
        case "required":
            schema: Any = error.schema
            fields = properties(schema, find)
            for name in asked:
                if name not in given:
                    choice = _choice(fields.get(name, True), find)
                    yield f"{_join(where, name)}: required, and missing{choice}"
        case "additionalProperties" | "unevaluatedProperties":
            yield from _unknown(error, where, find)
        case "type":
            wanted = [asked] if isinstance(asked, str) else asked
            yield f"{where}: must be {' or '.join(wanted)}, not {kind(given)}"
        case "enum":
            yield f"{where}: must be one of: {_values(asked)}"
        case "const":
            yield f"{where}: must be {_values([asked])}"
        case "uniqueItems":
            yield f"{where}: must not have an item twice"
        case str() as word if word in _BOUNDS:
            yield f"{where}: {_BOUNDS[word].format(asked)}"
        case other:
            yield f"{where}: does not fit the schema ({other or 'nothing is allowed here'})"


def _unknown(error: ValidationError, where: str, find: Lookup) -> Iterator[str]:
    """Name each argument that the tool does not have, with the nearest that it has."""
    schema: Any = error.schema
    given: Any = error.instance
    known = list(properties(schema, find))
    for name in given:
        if name in known:
            continue
        close = nearest(name, known)
        others = f"known are {', '.join(known)}" if known else "none is accepted here"
        hint = f"did you mean {_join(where, close)}?" if close else others
        yield f"{_join(where, name[:80])}: unknown argument; {hint}"


def _choice(schema: Schema, find: Lookup) -> str:
    """Name the values that a missing field may have, if they are few: the next call can be right then."""
    schema = resolve(schema, find)
    if isinstance(schema, bool):
        return ""
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return f"; one of: {_values(values)}" if values else ""


def _values(values: Sequence[Any]) -> str:
    unique = list(dict.fromkeys(str(value) for value in values))
    return ", ".join(unique[:60]) + (f" and {len(unique) - 60} more" if len(unique) > 60 else "")


def _path(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else _join(path, step[:80])
    return path or "arguments"


def _join(where: str, name: str) -> str:
    return name if where in ("", "arguments") else f"{where}.{name}"
