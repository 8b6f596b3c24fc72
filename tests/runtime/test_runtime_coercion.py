"""case C19: arguments as JSON text, and text that looks like JSON."""

from typing import Any

import pytest

from ledgai_mcp.calls.coercion import Coercion, TooManyValues
from ledgai_mcp.calls.schemas import references
from ledgai_mcp.calls.unions import Unions

FILES = {"type": "array", "items": {"$ref": "#/$defs/File"}}
SCHEMA = {
    "type": "object",
    "properties": {
        "files": FILES,
        "deployment": {"anyOf": [{"$ref": "#/$defs/Paper"}, {"$ref": "#/$defs/Real"}]},
        "options": {"type": "object", "additionalProperties": {"type": "string"}},
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
    "$defs": {
        "File": {"type": "object", "properties": {"name": {"type": "string"}}},
        "Paper": {
            "type": "object",
            "properties": {"id": {"enum": ["paper"]}, "cash": FILES},
            "required": ["id"],
        },
        "Real": {
            "type": "object",
            "properties": {"id": {"enum": ["real"]}, "key": {"type": ["string", "null"]}},
        },
    },
}


def coerced(arguments: dict[str, Any], *left_out: str) -> dict[str, Any]:
    """Return the corrected arguments; `left_out` is where null has to be left out."""
    find = references(SCHEMA)
    coercion = Coercion(find, Unions(find), most=200_000)
    found = coercion.without_nulls(coercion.from_text(arguments, SCHEMA), SCHEMA)
    assert tuple(coercion.left_out) == left_out
    return found


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


def test_null_for_an_argument_that_may_be_left_out_is_left_out_and_named() -> None:
    given_ = {"content": None, "files": None, "parameters": None, "projectId": None, "undeclared": None}
    kept = {"parameters": None, "projectId": None, "undeclared": None}
    assert coerced(given_, "content", "files") == kept


@pytest.mark.parametrize(
    ("given_", "kept", "left_out"),
    [
        ({"files": [{"name": None}, {}]}, {"files": [{}, {}]}, "files[0].name"),
        ({"files": '[{"name":null}]'}, {"files": [{}]}, "files[0].name"),
        ({"deployment": {"id": "paper", "cash": None}}, {"deployment": {"id": "paper"}}, "deployment.cash"),
        (
            {"deployment": {"id": "paper", "cash": [{"name": None}]}},
            {"deployment": {"id": "paper", "cash": [{}]}},
            "deployment.cash[0].name",
        ),
    ],
)
def test_null_is_left_out_at_every_depth_by_the_same_rule(given_: Any, kept: Any, left_out: str) -> None:
    assert coerced(given_, left_out) == kept


@pytest.mark.parametrize(
    "given_",
    [
        {"files": [None]},
        {"options": {"own": None}},
        {"deployment": {"id": None, "cash": 1}},
        {"deployment": {"id": "real", "key": None}},
        {"anything": {"own": None}},
    ],
    ids=["item", "entry", "required", "nullable", "free"],
)
def test_null_that_was_no_omission_stays_for_the_check(given_: dict[str, Any]) -> None:
    assert coerced(given_) == given_


def test_a_text_of_too_many_values_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("json.loads", pytest.fail)
    with pytest.raises(TooManyValues):
        coerced({"files": "[" + "[]," * 200_000 + "1]"})
