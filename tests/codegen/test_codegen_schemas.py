"""Request schemas: every dialect in, one strict form out."""

# ruff: noqa: E501 - tables of schemas, a line each

from __future__ import annotations

import json
from typing import Any

import pytest
from codegen_inputs import Mini
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from codegen import closing, gate
from codegen.definitions import self_contained
from codegen.dialect import Dialect
from codegen.document import Block, Items, parse
from codegen.keywords import TYPES, type_of
from codegen.problems import Place, Problems

BOTH = pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])


@BOTH
@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: string, format: password}", {"type": "string"}),
        ("{type: number, format: float}", {"type": "number"}),
        ("{type: string, format: date-time}", {"type": "string", "format": "date-time"}),
        ("{type: string, format: byte}", {"type": "string", "contentEncoding": "base64"}),
        ('{type: string, description: "a\\n  b\\tc "}', {"type": "string", "description": "a b c"}),
        (
            "{type: string, default: a, title: T, deprecated: true, x-a: 1}",
            {"type": "string", "default": "a"},
        ),
        ("{enum: [a, b, a]}", {"type": "string", "enum": ["a", "b"]}),
        ("{enum: [1, true, 1.5]}", {"type": ["number", "boolean"], "enum": [1, True, 1.5]}),
        ("{const: a}", {"type": "string", "enum": ["a"]}),
        ("{type: [string]}", {"type": "string"}),
        ("{type: [integer, number]}", {"type": "number"}),
        ("{type: ['null', string]}", {"type": ["string", "null"]}),
        ("{type: integer, minLength: 3, items: {}}", {"type": "integer"}),
        (
            "{type: string, minLength: 1, maxLength: 5, pattern: ^a}",
            {"type": "string", "pattern": "^a", "minLength": 1, "maxLength": 5},
        ),
        (
            "{type: array, items: {type: string}, uniqueItems: true, maxItems: 3}",
            {"type": "array", "items": {"type": "string"}, "maxItems": 3, "uniqueItems": True},
        ),
        (
            "{properties: {a: {type: string}}}",
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        ),
        (
            "{type: object, properties: {a: {type: string}}, additionalProperties: true}",
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
        ),
        (
            "{type: object, additionalProperties: {type: integer}}",
            {"type": "object", "properties": {}, "additionalProperties": {"type": "integer"}},
        ),
        (
            "{type: object, additionalProperties: false}",
            {"type": "object", "properties": {}, "additionalProperties": False},
        ),
        (
            "{type: object, additionalProperties: {}}",
            {"type": "object", "properties": {}, "additionalProperties": closing.ANYTHING},
        ),
        ("{items: {type: integer}}", {"type": "array", "items": {"type": "integer"}}),
        ("{description: any}", {**closing.ANYTHING, "description": "any"}),
    ],
)
def test_a_schema_is_sent_in_one_form(mini: Mini, version: str, schema: str, expected: Any) -> None:
    assert mini.schema(schema, version=version) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{oneOf: [{type: string}, {type: number}, {type: integer}]}", {"type": ["string", "number"]}),
        (
            "{oneOf: [{type: string}, {type: 'null'}], description: d}",
            {"type": ["string", "null"], "description": "d"},
        ),
        ("{oneOf: [{type: string}]}", {"type": "string"}),
        (
            "{anyOf: [{type: string, minLength: 2}, {type: 'null'}]}",
            {"type": ["string", "null"], "minLength": 2},
        ),
        ("{anyOf: [{enum: [a]}, {type: 'null'}]}", {"type": ["string", "null"], "enum": ["a", None]}),
        (
            "{anyOf: [{enum: [a]}, {type: string}]}",
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string"}]},
        ),
        (
            "{anyOf: [{type: string}, {anyOf: [{type: boolean}, {type: integer, minimum: 1}]}]}",
            {"anyOf": [{"type": ["string", "boolean"]}, {"type": "integer", "minimum": 1}]},
        ),
        ("{anyOf: [{type: string}, {}]}", closing.ANYTHING),
        (
            "{anyOf: [{type: string}, {type: array, items: {type: string}}]}",
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        ),
        (
            "{type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}",
            {
                "anyOf": [
                    {
                        "type": "object",
                        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                        "required": [name],
                        "additionalProperties": False,
                    }
                    for name in "ab"
                ]
            },
        ),
        (
            "{oneOf: [{type: string, maxLength: 1}, {type: integer}], anyOf: [{type: string}, {type: boolean}]}",
            {"type": "string", "maxLength": 1},
        ),
    ],
)
def test_alternatives_are_joined_as_flat_as_they_can_be(mini: Mini, schema: str, expected: Any) -> None:
    """api_facts 8.3: an integer is legal where string, number or integer is."""
    assert mini.schema(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            "{allOf: [{type: string, minLength: 1}, {maxLength: 3}]}",
            {"type": "string", "minLength": 1, "maxLength": 3},
        ),
        (
            "{allOf: [{type: number, minimum: 1}, {type: integer, minimum: 2, maximum: 9}]}",
            {"type": "integer", "minimum": 2, "maximum": 9},
        ),
        ("{allOf: [{enum: [a, b]}, {type: string, enum: [b, c]}]}", {"type": "string", "enum": ["b"]}),
        ("{allOf: [{type: [string, 'null']}, {type: string}]}", {"type": "string"}),
        (
            "{description: out, allOf: [{type: object, description: in, properties: {a: {type: string}}, required: [a]}, {properties: {b: {type: integer}}}]}",
            {
                "type": "object",
                "description": "out",
                "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
        (
            "{allOf: [{type: object, additionalProperties: {type: integer}}, {type: object, properties: {a: {minimum: 1}}}]}",
            {
                "type": "object",
                "properties": {"a": {"type": "integer", "minimum": 1}},
                "additionalProperties": {"type": "integer"},
            },
        ),
        (
            "{allOf: [{type: array, items: {type: string}}, {minItems: 1, items: {maxLength: 3}}]}",
            {"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 1},
        ),
        (
            "{allOf: [{oneOf: [{type: string}, {type: integer}]}, {enum: [a, 1]}]}",
            {"type": ["string", "integer"], "enum": ["a", 1]},
        ),
    ],
)
def test_all_of_is_merged(mini: Mini, schema: str, expected: Any) -> None:
    assert mini.schema(schema) == expected


A = "{A: {type: object, description: An A., properties: {a: {type: string}}}}"
WHOLE_A = {
    "type": "object",
    "description": "An A.",
    "properties": {"a": {"type": "string"}},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "version", "expected"),
    [
        ("{$ref: '#/components/schemas/A'}", "3.1.0", WHOLE_A),
        (
            "{$ref: '#/components/schemas/A', type: object, description: mine}",
            "3.1.0",
            {**WHOLE_A, "description": "mine"},
        ),
        (
            "{$ref: '#/components/schemas/A', type: object, description: mine}",
            "3.0.3",
            {**WHOLE_A, "description": "mine"},
        ),
        ("{$ref: '#/components/schemas/A', required: [a]}", "3.0.3", WHOLE_A),
        ("{$ref: '#/components/schemas/A', required: [a]}", "3.1.0", {**WHOLE_A, "required": ["a"]}),
        (
            "{allOf: [{$ref: '#/components/schemas/A'}], description: mine}",
            "3.0.3",
            {**WHOLE_A, "description": "mine"},
        ),
    ],
)
def test_what_stands_beside_a_reference_counts_in_3_1_and_not_in_3_0(
    mini: Mini, schema: str, version: str, expected: Any
) -> None:
    """api_facts 8.4 (D8)."""
    got = mini.schema(schema, version=version, components=A)
    assert got == expected


def test_a_definition_is_written_out_where_that_is_smaller(mini: Mini) -> None:
    long = (
        "{Long: {type: string, enum: ["
        + ", ".join(f"value_number_{n}" for n in range(9))
        + "]}, Short: {type: string}}"
    )
    refs = ", ".join(
        f"l{n}: {{$ref: '#/components/schemas/Long'}}, s{n}: {{$ref: '#/components/schemas/Short'}}"
        for n in (1, 2)
    )
    mini.body(f"{{type: object, properties: {{{refs}}}}}", components=long)
    wire = mini.tools()["read_thing"].wire_schema
    assert wire["properties"]["l1"] == wire["properties"]["l2"] == {"$ref": "#/$defs/Long"}
    assert wire["properties"]["s1"] == wire["properties"]["s2"] == {"type": "string"}
    assert list(wire["$defs"]) == ["Long"]


def test_a_name_that_two_components_share_is_made_distinct(mini: Mini) -> None:
    node = "{type: object, properties: {next: {$ref: '#/components/schemas/%s'}, %s: {type: string}}}"
    components = f"{{A.b: {node % ('A.b', 'one')}, A_b: {node % ('A_b', 'two')}}}"
    refs = "x: {$ref: '#/components/schemas/A.b'}, y: {$ref: '#/components/schemas/A_b'}"
    mini.body(f"{{type: object, properties: {{{refs}}}}}", components=components)
    wire = mini.tools()["read_thing"].wire_schema
    assert [
        set(wire["$defs"][wire["properties"][name]["$ref"].split("/")[-1]]["properties"]) for name in "xy"
    ] == [
        {"next", "one"},
        {"next", "two"},
    ]


def test_properties_that_are_called_like_keywords_are_properties(mini: Mini) -> None:
    """api_facts 8.1 (D15)."""
    names = [
        "additionalProperties",
        "items",
        "nullable",
        "type",
        "enum",
        "default",
        "required",
        "$ref",
        "anyOf",
        "x-y",
    ]
    inner = ", ".join(f"{name}: {{type: string}}" for name in names)
    got = mini.schema(f"{{type: object, properties: {{{inner}}}}}")
    assert got["properties"] == {name: {"type": "string"} for name in names}


def test_limits_stay_on_the_wire(mini: Mini) -> None:
    got = mini.schema("{type: integer, minimum: 0, maximum: 100, default: 10}")
    assert got == {"type": "integer", "minimum": 0, "maximum": 100, "default": 10}


def test_a_default_is_data_and_kept_as_it_is(mini: Mini) -> None:
    got = mini.schema("{type: object, default: {x-a: 1, nullable: true, $ref: here}}")
    assert got["default"] == {"x-a": 1, "nullable": True, "$ref": "here"}


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "array"}, "$.x: an array without items"),
        ({"type": "array", "items": {}}, "$.x: items without a type"),
        ({"type": "object"}, "$.x: an object without properties"),
        ({"type": "string", "enum": []}, "$.x: an empty enum"),
        ({"type": "string", "nullable": True}, "$.x: the keyword nullable is not allowed"),
        ({"type": "string", "example": "a"}, "$.x: the keyword example is not allowed"),
        ({"oneOf": [{"type": "string"}]}, "$.x: the keyword oneOf is not allowed"),
        ({"description": "what?"}, "$.x: has no type"),
        ({"$ref": "#/$defs/Gone"}, "$.x: the reference #/$defs/Gone does not resolve inside the tool"),
        (
            {"$ref": "#/components/schemas/A"},
            "$.x: the reference #/components/schemas/A does not resolve inside the tool",
        ),
        ({"$ref": "#/$defs/Loop", "description": "d"}, "$.x: something stands beside a reference"),
        ({"$ref": "#/$defs/Loop"}, "$.$defs.Loop: refers to itself without anything in between"),
        ({"type": "string"}, "$.$defs.Loop: is not used"),
        ({"type": "integer", "minLength": 1}, "$.x: minLength on a value of type integer"),
        ({"type": "string", "enum": [1]}, "$.x: an enum value that is of no type of the schema"),
        ({"type": "string", "contentEncoding": "binary"}, "$.x: bytes outside of a multipart request"),
        (
            {"type": "integer", "exclusiveMinimum": True},
            "$.properties.x.exclusiveMinimum: True is not of type 'number'",
        ),
        (
            {"type": "object", "properties": {}, "additionalProperties": False, "required": ["a"]},
            "$.x: requires a, which it does not allow",
        ),
    ],
)
def test_the_gate_is_stricter_than_the_metaschema(schema: dict[str, Any], fault: str) -> None:
    """C13."""
    root = {"type": "object", "properties": {"x": schema}, "additionalProperties": False}
    root["$defs"] = {"Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "string"}]}}
    assert fault in list(gate.faults(root, on_the_wire=True))


@pytest.mark.parametrize(
    ("root", "fault"),
    [
        ({"type": "string"}, "$: the root is no object"),
        ({"type": "object", "properties": {}}, "$: the root is open"),
        (
            {
                "type": "object",
                "properties": {},
                "additionalProperties": False,
                "anyOf": [{"type": "object"}],
            },
            "$: a combinator at the root",
        ),
        (
            {"type": "object", "properties": {"a b": {"type": "string"}}, "additionalProperties": False},
            "$.properties: the argument name 'a b' does not match [a-zA-Z0-9_.-]{1,64}\\Z",
        ),
    ],
)
def test_the_gate_looks_at_the_root(root: dict[str, Any], fault: str) -> None:
    """C12."""
    assert fault in list(gate.faults(root, on_the_wire=True))


# Property tests: any OpenAPI schema is either refused or comes out so that the gate passes it, and what was valid
# before is valid after (save what closing an object is meant to refuse).

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


def _located(value: Any) -> Any:
    place = Place("spec.yaml", 1)
    if isinstance(value, dict):
        block = Block(place)
        for key, item in value.items():
            block.put(key, _located(item), place)
        return block
    if isinstance(value, list):
        items = Items(place)
        for item in value:
            items.add(_located(item), place)
        return items
    return value


def _normalised(schema: dict[str, Any], components: dict[str, Any], version: str) -> dict[str, Any] | None:
    """Return the emitted tool schema with `schema` as the argument x; None if it is refused."""
    problems = Problems()
    root = _located({"openapi": version, "components": {"schemas": components}})
    dialect = Dialect(root, problems)
    canonical = dialect.read(_located(schema), Place("spec.yaml", 1))
    tool = {"type": ["object"], "properties": {"x": canonical}, "additionalProperties": False}
    emitted = self_contained(tool, dialect.component)
    return None if problems.found else emitted


def _as_meant(schema: Any) -> Any:
    """Say in JSON Schema 2020-12 what an OpenAPI schema means, as literally as can be: the reference for the test."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    meant = {
        key: value for key, value in schema.items() if key not in ("nullable", "example", "xml", "format")
    }
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(meant.get(exclusive), bool) and meant.pop(exclusive) and bound in meant:
            meant[exclusive] = meant.pop(bound)
    for key in ("allOf", "anyOf"):
        if key in meant:
            meant[key] = [_as_meant(member) for member in meant[key]]
    if "oneOf" in meant:
        either = {"anyOf": [_as_meant(member) for member in meant.pop("oneOf")]}
        meant["allOf"] = [*meant.get("allOf", []), either]
    for key in ("items", "additionalProperties"):
        if key in meant:
            meant[key] = _as_meant(meant[key])
    if "properties" in meant:
        meant["properties"] = {name: _as_meant(value) for name, value in meant["properties"].items()}
    return {"anyOf": [meant, {"type": "null"}]} if schema.get("nullable") else meant


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
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
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
        "x": _as_meant(schema),
        "components": {"schemas": {k: _as_meant(v) for k, v in components.items()}},
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


@settings(max_examples=50)
@given(value=values)
def test_every_json_value_has_one_type(value: Any) -> None:
    kind = type_of(value)
    assert kind in TYPES
    assert Draft202012Validator({"type": kind}).is_valid(value)


@settings(max_examples=50)
@given(data=st.data())
def test_reading_a_schema_does_not_depend_on_the_order_of_components(data: st.DataObject) -> None:
    """C30."""
    schema = data.draw(schemas("3.1.0"))
    components = {name: data.draw(schemas("3.1.0")) for name in COMPONENTS}
    forth = _normalised(schema, components, "3.1.0")
    back = _normalised(schema, dict(reversed(components.items())), "3.1.0")
    assert json.dumps(forth) == json.dumps(back)


def test_the_parser_and_the_property_tests_build_the_same_values() -> None:
    assert parse("a: [{b: 1}]", "f", Problems()) == _located({"a": [{"b": 1}]})


@pytest.mark.parametrize(
    ("schema", "fitting"),
    [
        (
            "{type: array, items: {type: integer}, anyOf: [{type: 'null'}, {items: {type: string}}]}",
            [],
        ),
        (
            (
                "{type: [object, 'null'], additionalProperties: {type: integer},"
                " anyOf: [{type: 'null'}, {type: object, additionalProperties: {type: string}}]}"
            ),
            {},
        ),
    ],
)
def test_members_without_a_common_value_leave_the_empty_list_and_the_empty_map(
    mini: Mini, schema: str, fitting: Any
) -> None:
    """Once such a branch was dropped, and with it what it accepts."""
    wire = Draft202012Validator(mini.schema(schema, version="3.1.0"))
    assert wire.is_valid(fitting)
    assert not wire.is_valid([1])
    assert not wire.is_valid({"a": 1})


@pytest.mark.parametrize(
    "schema",
    [
        (
            "{type: object, properties: {a: {type: integer}},"
            " anyOf: [{required: [b]}, {properties: {a: {type: string}}}]}"
        ),
        (
            "{type: [array, 'null'], minItems: 1, items: {type: integer},"
            " anyOf: [{type: 'null'}, {type: [array, 'null'], items: {type: string}}]}"
        ),
    ],
)
def test_members_that_leave_something_that_cannot_be_said_are_refused(mini: Mini, schema: str) -> None:
    mini.body(f"{{type: object, properties: {{x: {schema}}}}}")
    assert any("unsupported construct: allOf of" in text for text in mini.refused())
