"""Request schemas: every dialect in, one strict form out."""

# ruff: noqa: E501 - tables of schemas, a line each

from __future__ import annotations

from typing import Any

import pytest
from codegen_inputs import Mini
from jsonschema import Draft202012Validator

from codegen.schemas import wire_schema

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
            {"type": "object", "properties": {}, "additionalProperties": wire_schema.ANYTHING},
        ),
        ("{items: {type: integer}}", {"type": "array", "items": {"type": "integer"}}),
        ("{description: any}", {**wire_schema.ANYTHING, "description": "any"}),
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
        ("{anyOf: [{type: string}, {}]}", wire_schema.ANYTHING),
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
