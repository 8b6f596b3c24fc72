"""Property tests: any OpenAPI schema is refused, or comes out so that the gate passes it.

What was valid before is valid after, save what closing an object is meant to refuse.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import parse
from codegen.schemas import gate
from codegen.schemas.definitions import self_contained
from codegen.schemas.dialect import Dialect
from codegen.schemas.keywords import TYPES, type_of

NAMES = ["a", "b", "c-d", "type", "$x"]
COMPONENTS = ["One", "Two", "Three"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0, -2.5]),
    st.sampled_from(["", "a", "bb"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


def _scalar_schemas(version: str) -> st.SearchStrategy[dict[str, Any]]:
    exclusive = st.booleans() if version == "3.0.3" else st.integers(-2, 2)
    number = st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.integers(-2, 2),
            "exclusiveMinimum": exclusive,
            "maximum": st.integers(-1, 3),
            "format": st.just("int32"),
        },
    )
    text = st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 3),
            "example": st.just("x"),
            "pattern": st.just("^[ab]*$"),
        },
    )
    enum = st.fixed_dictionaries(
        {"enum": st.lists(st.sampled_from(["a", "bb", 1, 0.5, True]), min_size=1, max_size=3)},
        optional={"description": st.just("One of.")},
    )
    return st.one_of(
        number,
        text,
        enum,
        st.just({"type": "boolean"}),
        st.just({}),
        st.just({"type": "array"}),
        st.just({"type": "object"}),
    )


def schemas(version: str) -> st.SearchStrategy[dict[str, Any]]:
    references = st.sampled_from(COMPONENTS).map(lambda name: {"$ref": f"#/components/schemas/{name}"})

    def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        mapping = st.fixed_dictionaries(
            {"type": st.just("object")},
            optional={
                "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
                "required": st.lists(st.sampled_from(NAMES), max_size=2),
                "additionalProperties": st.booleans() | inner,
                "xml": st.just({}),
            },
        )
        sequence = st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 2)}
        )
        combined = st.dictionaries(
            st.sampled_from(["allOf", "anyOf", "oneOf"]),
            st.lists(inner, min_size=1, max_size=3),
            min_size=1,
            max_size=2,
        )
        nullable = inner.map(
            lambda schema: (
                {**schema, "nullable": True}
                if "$ref" not in schema
                else {"allOf": [schema], "nullable": True}
            )
        )
        return mapping | sequence | combined | nullable

    return st.recursive(_scalar_schemas(version) | references, larger, max_leaves=8)


def _normalised(schema: dict[str, Any], components: dict[str, Any], version: str) -> dict[str, Any] | None:
    """Return the emitted tool schema with `schema` as the argument x; None if it is refused."""
    problems = Problems()
    document = {"openapi": version, "components": {"schemas": components}, "x": schema}
    root = parse(json.dumps(document), "spec.yaml", problems)
    assert root is not None
    dialect = Dialect(root, problems)
    canonical = dialect.read(root["x"], Place("spec.yaml", 1))
    tool = {"type": ["object"], "properties": {"x": canonical}, "additionalProperties": False}
    emitted = self_contained(tool, dialect.component)
    return None if problems.found else emitted


def _as_meant(schema: Any, version: str) -> Any:
    """Say in JSON Schema 2020-12 what an OpenAPI schema means, literally: the reference for the test."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and version == "3.0.3":
        return {"$ref": schema["$ref"]}
    meant = {
        key: value for key, value in schema.items() if key not in ("nullable", "example", "xml", "format")
    }
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(meant.get(exclusive), bool) and meant.pop(exclusive) and bound in meant:
            meant[exclusive] = meant.pop(bound)
    for key in ("allOf", "anyOf"):
        if key in meant:
            meant[key] = [_as_meant(member, version) for member in meant[key]]
    if "oneOf" in meant:
        either = {"anyOf": [_as_meant(member, version) for member in meant.pop("oneOf")]}
        meant["allOf"] = [*meant.get("allOf", []), either]
    for key in ("items", "additionalProperties"):
        if key in meant:
            meant[key] = _as_meant(meant[key], version)
    if "properties" in meant:
        meant["properties"] = {name: _as_meant(value, version) for name, value in meant["properties"].items()}
    return {"anyOf": [meant, {"type": "null"}]} if schema.get("nullable") else meant


SIBLINGS = {
    "type": st.sampled_from(["string", "integer", "object", ["array", "null"]]),
    "enum": st.lists(st.sampled_from(["a", 1, None, [], {}]), min_size=1, max_size=3),
    "const": st.sampled_from(["a", 1, {}]),
    "required": st.lists(st.sampled_from(NAMES), min_size=1, max_size=2),
    "minimum": st.integers(-1, 2),
    "exclusiveMaximum": st.integers(0, 2),
    "maxLength": st.integers(0, 1),
    "pattern": st.just("^a"),
    "minItems": st.just(1),
    "items": st.sampled_from([{"type": "string"}, {"$ref": "#/components/schemas/Two"}]),
    "uniqueItems": st.just(True),
    "maxProperties": st.integers(0, 1),
    "additionalProperties": st.sampled_from([True, {"type": "integer"}]),
    "properties": st.sampled_from([{"a": {"type": "string"}}, {"a": {"minLength": 1}, "b": {}}]),
    "allOf": st.sampled_from([[{"maxLength": 1}], [{"$ref": "#/components/schemas/Two"}]]),
    "anyOf": st.sampled_from([[{"type": "string"}, {"minimum": 1}], [{"required": ["a"]}]]),
    "not": st.just({"type": "string"}),
    "if": st.just({"type": "string"}),
    "then": st.just({"maxLength": 0}),
    "patternProperties": st.just({"^a": {"type": "integer"}}),
    "propertyNames": st.just({"maxLength": 1}),
    "dependentRequired": st.just({"a": ["b"]}),
    "contains": st.just({"type": "string"}),
    "prefixItems": st.just([{"type": "string"}]),
    "description": st.just("Mine."),
    "default": st.just("a"),
}
"""What may stand beside a reference, or by itself: what a request can have, and what it cannot."""


TWO = {"$ref": "#/components/schemas/Two"}
TARGETS = st.sampled_from(
    [
        {"type": "object", "properties": {"a": {"type": "string"}, "b": TWO}},
        {"type": "object", "additionalProperties": TWO, "required": ["a"]},
        {"type": "array", "items": TWO, "maxItems": 1},
        {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        {"enum": ["a", 1, None]},
        {"minimum": 1, "maxLength": 1},
        {"type": ["string", "object"], "nullable": True},
        {},
    ]
)
"""What is referred to. None is closed: by intention the members of an allOf are not closed to each other."""
VALUES = [None, True, 0, 1, 2, -2.5, "", "a", "bb", [], ["a"], ["a", 1], [1, 1], {}, {"a": "a"}, {"a": 1},
          {"b": "bb"}, {"a": "", "b": 2}, {"a": "a", "c-d": [1]}, {"a": {}, "b": None, "$x": 3}]  # fmt: skip


@pytest.mark.parametrize("is_reference", [True, False])
@settings(max_examples=30)
@given(data=st.data())
def test_what_a_schema_refuses_by_any_word_is_refused_on_the_wire_or_the_schema_is(
    is_reference: bool, data: st.DataObject
) -> None:
    """`not` and others beside a reference were dropped, and what they refuse was accepted."""
    words = data.draw(st.lists(st.sampled_from(sorted(SIBLINGS)), min_size=1, max_size=3, unique=True))
    schema = {word: data.draw(SIBLINGS[word]) for word in words}
    if is_reference:
        schema["$ref"] = "#/components/schemas/One"
    components = {"One": data.draw(TARGETS), "Two": data.draw(TARGETS)}
    emitted = _normalised(schema, components, "3.1.0")
    if emitted is None:
        return
    meant = {
        "$ref": "#/x",
        "x": _as_meant(schema, "3.1.0"),
        "components": {"schemas": {k: _as_meant(v, "3.1.0") for k, v in components.items()}},
    }
    before, after = Draft202012Validator(meant), Draft202012Validator(emitted)
    for value in VALUES:
        assert before.is_valid(value) or not after.is_valid({"x": value}), (value, emitted)


def _opened(schema: Any) -> Any:
    """Undo the closing, so that only it may make a difference."""
    if isinstance(schema, list):
        return [_opened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    opened = {key: value if key == "enum" else _opened(value) for key, value in schema.items()}
    if opened.get("additionalProperties") is False:
        del opened["additionalProperties"]
    return opened


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_any_schema_is_refused_or_passes_the_gate_and_accepts_what_it_accepted(
    version: str, data: st.DataObject
) -> None:
    schema = data.draw(schemas(version))
    components = {name: data.draw(schemas(version)) for name in COMPONENTS}
    emitted = _normalised(schema, components, version)
    assume(emitted is not None)
    assert emitted is not None
    faults = list(gate.faults(emitted, on_the_wire=True))
    assume(not any("without anything in between" in fault for fault in faults))
    assert faults == []
    json.dumps(emitted, allow_nan=False)
    meant = {
        "$ref": "#/x",
        "x": _as_meant(schema, version),
        "components": {"schemas": {k: _as_meant(v, version) for k, v in components.items()}},
    }
    before, after = Draft202012Validator(meant), Draft202012Validator(_opened(emitted))
    for value in data.draw(st.lists(values, min_size=3, max_size=6)):
        try:
            valid = before.is_valid(value)
        except RecursionError:
            # A schema that includes itself without end means nothing.
            assume(False)
        if valid:
            assert after.is_valid({"x": value}), (value, emitted)


@settings(max_examples=25)
@given(value=values)
def test_every_json_value_has_one_type(value: Any) -> None:
    kind = type_of(value)
    assert kind in TYPES
    assert Draft202012Validator({"type": kind}).is_valid(value)
