"""What strict providers refuse is repaired, and the gate lets nothing of it through (C12, C13, C14)."""

import json
import re
from typing import Any

import pytest
from codegen_inputs import SPEC, Mini, table
from jsonschema import Draft202012Validator

from codegen.schemas import gate

TABLES = table("gate")


@pytest.mark.parametrize("combinator", ["allOf", "anyOf", "oneOf"])
def test_a_root_with_one_member_is_that_member(mini: Mini, combinator: str) -> None:
    """C12."""
    mini.body(f"{{{combinator}: [{{type: object, properties: {{a: {{type: string}}}}}}]}}")
    tool = mini.tools()["read_thing"]
    assert tool.wire_schema == tool.full_schema
    assert list(tool.wire_schema) == ["type", "properties", "additionalProperties"]


def test_a_tool_without_arguments_is_a_closed_object(mini: Mini) -> None:
    """C13."""
    mini.spec = re.sub(r"      requestBody:.*?      responses", "      responses", SPEC, flags=re.DOTALL)
    tool = mini.tools()["read_thing"]
    assert tool.wire_schema == {"type": "object", "properties": {}, "additionalProperties": False}
    assert tool.arguments == ()


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "value", "null"),
    [
        ("{type: number, nullable: true}", 1.5, True),
        ("{type: string, enum: [A, B], nullable: true}", "A", True),
        ("{type: string, enum: [A, B, null], nullable: true}", "A", True),
        ("{allOf: [{$ref: '#/components/schemas/X'}], nullable: true}", {"a": "b"}, True),
        ("{$ref: '#/components/schemas/X', nullable: true}", {"a": "b"}, True),
        ("{oneOf: [{$ref: '#/components/schemas/X'}, {type: integer}], nullable: true}", 1, True),
        ("{type: array, items: {type: string}, nullable: true}", ["a"], True),
        ("{type: string, nullable: false}", "a", False),
        ("{type: string, enum: [A, null], nullable: false}", "A", False),
        ("{$ref: '#/components/schemas/X'}", {"a": "b"}, False),
    ],
)
def test_null_is_accepted_where_the_source_says_nullable(
    mini: Mini, version: str, schema: str, value: Any, null: bool
) -> None:
    """C14: scalar, enum, reference, allOf and oneOf; the type keyword stays, `nullable` goes."""
    components = "{X: {type: object, properties: {a: {type: string}}}}"
    got = mini.schema(schema, version=version, components=components)
    validator = Draft202012Validator(
        {**got, "$defs": mini.tools()["read_thing"].wire_schema.get("$defs", {})}
    )
    assert validator.is_valid(value)
    assert validator.is_valid(None) is null
    assert "nullable" not in json.dumps(got)
    assert "type" in got or "anyOf" in got


@pytest.mark.parametrize("case", TABLES["argument"], ids=lambda case: case["fault"])
def test_the_gate_is_stricter_than_the_metaschema(case: dict[str, Any]) -> None:
    """C13."""
    root = {"type": "object", "properties": {"x": case["schema"]}, "additionalProperties": False}
    root["$defs"] = {"Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "string"}]}}
    assert case["fault"] in list(gate.faults(root, on_the_wire=True))


@pytest.mark.parametrize("case", TABLES["root"], ids=lambda case: case["fault"])
def test_the_gate_looks_at_the_root(case: dict[str, Any]) -> None:
    """C12."""
    assert case["fault"] in list(gate.faults(case["schema"], on_the_wire=True))
