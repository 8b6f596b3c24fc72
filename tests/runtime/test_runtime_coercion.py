"""case C19: arguments as JSON text, and text that looks like JSON."""

from typing import Any

import pytest

from ledgai_mcp.calls.coercion import coerce
from ledgai_mcp.calls.schemas import references

SCHEMA = {
    "type": "object",
    "properties": {
        "files": {"type": "array", "items": {"$ref": "#/$defs/File"}},
        "content": {"type": "string"},
        "parameters": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        "either": {"type": ["array", "string"]},
        "projectId": {"type": "integer"},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean"},
        "referred": {"$ref": "#/$defs/File"},
        "anything": {},
        "brokerage": {"oneOf": [{"$ref": "#/$defs/File"}, {"allOf": [{"type": "object"}]}]},
    },
    "required": ["projectId"],
    "$defs": {"File": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


def coerced(arguments: dict[str, Any]) -> dict[str, Any]:
    return coerce(arguments, SCHEMA, references(SCHEMA))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("files", '[{"name":"a.py","content":"x"}]', [{"name": "a.py", "content": "x"}]),
        ("parameters", '{"a": 1}', {"a": 1}),
        ("brokerage", ' {"id": "x"}', {"id": "x"}),
        ("projectId", "12", 12),
        ("ratio", "1.5", 1.5),
        ("flag", "true", True),
    ],
)
def test_json_text_is_read_where_no_text_is_allowed(name: str, text: str, value: Any) -> None:
    assert coerced({name: text}) == {name: value}


@pytest.mark.parametrize("text", ['{"a":1}', "null", "123", "[1]", "true", "", " 1 ", '"x"'])
@pytest.mark.parametrize("name", ["content", "either", "undeclared"])
def test_text_stays_text_where_text_is_allowed(name: str, text: str) -> None:
    assert coerced({name: text}) == {name: text}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("projectId", "12.0"),
        ("projectId", "9" * 5000),
        ("ratio", "NaN"),
        ("flag", "True"),
        ("files", '{"not": "a list"}'),
        ("files", "[" * 100_000),
        ("parameters", "null"),
    ],
)
def test_text_of_another_kind_stays_as_it_was_for_the_check_to_refuse(name: str, text: str) -> None:
    assert coerced({name: text}) == {name: text}


def test_null_for_an_argument_that_may_be_left_out_is_left_out() -> None:
    given_ = {"content": None, "files": None, "parameters": None, "projectId": None, "undeclared": None}
    assert coerced(given_) == {"parameters": None, "projectId": None, "undeclared": None}
