"""Request schemas: every dialect in, one strict form out."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from codegen_inputs import Mini, table
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from codegen.inputs.problems import Refused
from codegen.schemas.gate import faults
from codegen.schemas.keywords import TYPES
from codegen.tools.compilation import Compiled

TABLES = table("schemas")
BOTH = pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])


@BOTH
@pytest.mark.parametrize("case", TABLES["one_form"], ids=str)
def test_a_schema_is_sent_in_one_form(mini: Mini, version: str, case: Any) -> None:
    assert mini.schema(json.dumps(case["schema"]), version=version) == case["wire"]


@pytest.mark.parametrize("case", TABLES["alternatives"], ids=str)
def test_alternatives_are_joined_as_flat_as_they_can_be(mini: Mini, case: Any) -> None:
    """api-facts 8.3: an integer is legal where string, number or integer is."""
    assert mini.schema(json.dumps(case["schema"])) == case["wire"]


@pytest.mark.parametrize("case", TABLES["all_of"], ids=str)
def test_all_of_is_merged(mini: Mini, case: Any) -> None:
    assert mini.schema(json.dumps(case["schema"])) == case["wire"]


A = {"type": "object", "description": "An A.", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize("case", TABLES["beside_a_reference"], ids=str)
def test_what_stands_beside_a_reference_counts_in_3_1_and_not_in_3_0(mini: Mini, case: Any) -> None:
    wire = mini.schema(json.dumps(case["schema"]), version=case["version"], components=json.dumps({"A": A}))
    assert wire == {**A, "additionalProperties": False, **case["adds"]}


NODE = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "next": {"$ref": "#/components/schemas/Node"}},
}


@pytest.mark.parametrize("case", TABLES["beside_a_kept_reference"], ids=str)
@BOTH
def test_what_is_said_beside_a_reference_stays_where_the_reference_stays(
    mini: Mini, version: str, case: Any
) -> None:
    got = mini.schema(json.dumps(case["schema"]), version=version, components=json.dumps({"Node": NODE}))
    assert got == case["wire"]
    assert list(faults(dict(mini.tools()["read_thing"].wire_schema), on_the_wire=True)) == []


def test_properties_that_are_called_like_keywords_are_properties(mini: Mini) -> None:
    """api-facts 8.1 (D15)."""
    names = ["additionalProperties", "items", "nullable", "type", "enum", "default", "required", "$ref"]
    names += ["anyOf", "x-y"]
    inner = ", ".join(f"{name}: {{type: string}}" for name in names)
    got = mini.schema(f"{{type: object, properties: {{{inner}}}}}")
    assert got["properties"] == {name: {"type": "string"} for name in names}


@pytest.mark.parametrize(
    ("schema", "fitting"),
    [
        ("{type: array, items: {type: integer}, anyOf: [{type: 'null'}, {items: {type: string}}]}", []),
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


PLAIN = (
    "1e3",
    "012",
    "0x1F",
    "1_000",
    "5",
    "-0.5",
    "true",
    "yes",
    "~",
    "2024-01-01",
    "a",
    "[]",
    "{}",
    "{a: 1}",
    "",
)
LIMITS = (
    "",
    ", maximum: 7",
    ", enum: [a, b]",
    ", enum: [5]",
    ", pattern: '^a', maxLength: 2",
    ", minItems: 1",
)


@settings(max_examples=60)
@given(kind=st.sampled_from(TYPES), limit=st.sampled_from(LIMITS), default=st.sampled_from(PLAIN))
def test_a_default_is_refused_or_may_be_repeated(kind: str, limit: str, default: str) -> None:
    with TemporaryDirectory() as folder:
        mini = Mini(Path(folder)).body(
            f"{{type: object, properties: {{x: {{type: {kind}{limit}, default: {default}}}}}}}"
        )
        try:
            tools, lines = mini.tools(), set()
        except Refused as refused:
            tools, lines = {}, {problem.line for problem in refused.problems}
    assert lines <= {9}
    for schema in (schema for tool in tools.values() for schema in (tool.wire_schema, tool.full_schema)):
        Draft202012Validator(schema).validate({"x": schema["properties"]["x"]["default"]})


def test_every_default_of_ours_may_be_repeated(ours: Compiled) -> None:
    stated = 0
    for tool in ours.catalogue.tools:
        for schema in (tool.wire_schema, tool.full_schema):
            for name, value in schema["properties"].items():
                if "default" in value:
                    stated += 1
                    part = {**value, "$defs": schema.get("$defs", {})}
                    assert list(Draft202012Validator(part).iter_errors(value["default"])) == [], (
                        tool.name,
                        name,
                    )
    assert stated > 1
