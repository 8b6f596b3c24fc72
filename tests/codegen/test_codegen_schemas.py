"""Request schemas: every dialect in, one strict form out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from codegen_inputs import Mini, table
from jsonschema import Draft202012Validator

TABLES = table("schemas")
BOTH = pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])


@BOTH
@pytest.mark.parametrize("case", TABLES["one_form"], ids=str)
def test_a_schema_is_sent_in_one_form(mini: Mini, version: str, case: Any) -> None:
    assert mini.schema(json.dumps(case["schema"]), version=version) == case["wire"]


@pytest.mark.parametrize("case", TABLES["alternatives"], ids=str)
def test_alternatives_are_joined_as_flat_as_they_can_be(mini: Mini, case: Any) -> None:
    """api_facts 8.3: an integer is legal where string, number or integer is."""
    assert mini.schema(json.dumps(case["schema"])) == case["wire"]


@pytest.mark.parametrize("case", TABLES["all_of"], ids=str)
def test_all_of_is_merged(mini: Mini, case: Any) -> None:
    assert mini.schema(json.dumps(case["schema"])) == case["wire"]


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
