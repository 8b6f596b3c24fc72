"""Requests that the specification allows, as Hypothesis strategies.

Knows: the keywords that the specification's request schemas use. Must not know: endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
Known = Mapping[str, list[Any]]
KEYWORDS = {
    "$ref", "additionalProperties", "allOf", "default", "description", "enum", "format", "items", "oneOf",
    "properties", "required", "type",
}  # fmt: skip
"""What is followed. Another keyword stops the tests: requests would be made without regard to it."""
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "main.py", "/", "../x", "a/b", "main.py\x00", "-1", "0", "[]", "é", "\ud83d\ude00"]
    ),
)
INTEGERS = st.one_of(st.integers(-2, 300), st.sampled_from([-(2**63), 2**31, 2**63, 10**30, 1_700_000_000]))
NUMBERS = st.one_of(
    INTEGERS, st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.5, -0.0, 1e308])
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), INTEGERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)


def requests(schema: Schema, schemas: Mapping[str, Schema], known: Known) -> st.SearchStrategy[Any]:
    """Values of a schema. A property whose name is in `known` mostly takes one of those values."""
    return _values(schema, schemas, known, "")


@st.composite
def variants(draw: st.DrawFn, base: dict[str, Any], made: st.SearchStrategy[Any]) -> dict[str, Any]:
    """The request `base` with up to three of its arguments as another request has them."""
    other = draw(made)
    keys = draw(st.lists(st.sampled_from(sorted(other)), max_size=3)) if other else []
    return {**base, **{key: other[key] for key in keys}}


def _values(schema: Schema, schemas: Mapping[str, Schema], known: Known, name: str) -> st.SearchStrategy[Any]:
    unheard = set(schema) - KEYWORDS
    assert not unheard, f"{name}: the generator does not follow {sorted(unheard)}"
    if "$ref" in schema:
        return _values(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, known, name)
    if "oneOf" in schema:
        return st.one_of(*(_values(each, schemas, known, name) for each in schema["oneOf"]))
    if "allOf" in schema:
        parts = [_values(each, schemas, known, name) for each in schema["allOf"]]
        return parts[0] if len(parts) == 1 else st.tuples(*parts).map(_joined)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get("type", [])
    made = [
        _of(kind, schema, schemas, known, name) for kind in ([kinds] if isinstance(kinds, str) else kinds)
    ]
    values = st.one_of(*made) if made else ANYTHING
    fitting = [each for each in known.get(name, []) if kinds != "string" or isinstance(each, str)]
    if not fitting:
        return values
    # Mostly, so that requests get past the look-up of their ids.
    return st.integers(0, 4).flatmap(lambda draw: st.sampled_from(fitting) if draw else values)


def _of(
    kind: str, schema: Schema, schemas: Mapping[str, Schema], known: Known, name: str
) -> st.SearchStrategy[Any]:
    match kind:
        case "object":
            return _objects(schema, schemas, known)
        case "array":
            return st.lists(_values(schema.get("items", {}), schemas, known, name), max_size=3)
        case "string":
            return TEXTS
        case "integer":
            return INTEGERS
        case "number":
            return NUMBERS
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(f"{name}: unknown type {kind}")


def _objects(schema: Schema, schemas: Mapping[str, Schema], known: Known) -> st.SearchStrategy[Any]:
    properties = {
        key: _values(each, schemas, known, key) for key, each in schema.get("properties", {}).items()
    }
    required = set(schema.get("required", []))
    fixed = st.fixed_dictionaries(
        {key: each for key, each in properties.items() if key in required},
        optional={key: each for key, each in properties.items() if key not in required},
    )
    more = schema.get("additionalProperties", not properties)
    if more is False:
        return fixed
    values = _values(more, schemas, known, "") if isinstance(more, dict) else ANYTHING
    extra = st.dictionaries(TEXTS.filter(lambda key: key not in properties), values, max_size=2)
    return st.tuples(extra, fixed).map(_joined)


def _joined(parts: tuple[Any, ...]) -> Any:
    whole: dict[str, Any] = {}
    for part in parts:
        whole.update(part)
    return whole
