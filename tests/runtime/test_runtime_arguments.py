"""Arguments are checked in full, and every problem names its argument."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from runtime_stage import JSON, tool

from ledgai_mcp.calls.arguments import ArgumentValidator
from ledgai_mcp.errors import BadArguments


def closed(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    named = {name.replace("_", "-"): schema for name, schema in properties.items()}
    return {"type": "object", "properties": named, "required": [*required], "additionalProperties": False}


VENUE = "binance-exchange-name"
TEXT = {"type": "string"}
BINANCE = {"enum": ["BinanceBrokerage"]}
SCHEMA: dict[str, Any] = {
    **closed(
        ("projectId",),
        projectId={"type": "integer", "minimum": 1},
        language={"enum": ["C#", "Py"]},
        name={"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]+$"},
        files={"type": "array", "maxItems": 2, "items": closed(("name",), name=TEXT)},
        data={"type": "string", "contentEncoding": "base64"},
        brokerage={"anyOf": [{"$ref": "#/$defs/Paper"}, {"$ref": "#/$defs/Spot"}, {"$ref": "#/$defs/US"}]},
        value={"type": ["integer", "string"]},
        either={"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
    ),
    "$defs": {
        "Paper": closed(("id",), id={"const": "QuantConnectBrokerage"}),
        "Spot": closed(
            ("id", VENUE, "binance-api-key"),
            id=BINANCE,
            binance_exchange_name={"enum": ["Binance"]},
            binance_api_key=TEXT,
        ),
        "US": closed(
            ("id", VENUE, "binanceus-api-key"),
            id=BINANCE,
            binance_exchange_name={"enum": ["BinanceUS"]},
            binanceus_api_key=TEXT,
        ),
    },
}
TOOL = tool("create", "/create", full=SCHEMA)
CHECK = ArgumentValidator(max_upload_bytes=1000)


def problems(given_: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(BadArguments) as caught:
        CHECK.check(TOOL, given_)
    return caught.value.problems


def test_every_problem_is_named_at_once() -> None:
    found = problems(
        {"projectid": 1, "language": "Rust", "name": "TOOLONG", "files": [{}, {"name": 1, "x": 2}]}
    )
    assert set(found) == {
        "projectId: required, and missing",
        "projectid: unknown argument; did you mean projectId?",
        "language: must be one of: C#, Py",
        "name: must have at most 5 characters",
        "name: must match the pattern ^[a-z]+$",
        "files[0].name: required, and missing",
        "files[1].name: must be string, not integer",
        "files[1].x: unknown argument; known are name",
    }


def test_a_problem_never_repeats_the_value() -> None:
    """case C40: a value can be a password."""
    assert "CANARY" not in str(problems({"projectId": "CANARY", "language": "CANARY", "name": "CANARY"}))


@pytest.mark.parametrize(
    ("brokerage", "said"),
    [
        ({}, "brokerage.id: required, and missing; one of: QuantConnectBrokerage, BinanceBrokerage"),
        ({"id": "Binance"}, "brokerage.id: must be one of: QuantConnectBrokerage, BinanceBrokerage"),
        (
            {"id": "BinanceBrokerage"},
            "brokerage.binance-exchange-name: required, and missing; one of: Binance, BinanceUS",
        ),
        (
            {"id": "BinanceBrokerage", "binance-exchange-name": "BinanceUS"},
            "brokerage.binanceus-api-key: required, and missing",
        ),
        ("paper", "brokerage: must be object, not string"),
        ({"id": "QuantConnectBrokerage", "x": 1}, "brokerage.x: unknown argument; known are id"),
    ],
)
def test_a_variant_is_chosen_by_its_marker_and_only_its_problems_are_told(brokerage: Any, said: str) -> None:
    assert problems({"projectId": 1, "brokerage": brokerage}) == (said,)


def test_a_union_without_markers_says_which_kinds_fit() -> None:
    assert problems({"projectId": 1, "either": []}) == ("either: must be boolean or integer, not array",)
    assert problems({"projectId": 1, "value": []}) == ("value: must be integer or string, not array",)


def test_no_arguments_at_all_are_an_empty_object() -> None:
    assert problems({}) == ("projectId: required, and missing",)
    with pytest.raises(BadArguments, match="projectId: required, and missing"):
        CHECK.check(TOOL, None)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000])
def test_base64_up_to_the_limit_is_accepted_as_it_is(size: int) -> None:
    """case C25"""
    data = base64.b64encode(bytes(n % 256 for n in range(size))).decode()
    assert CHECK.check(TOOL, {"projectId": 1, "data": data})["data"] == data


@pytest.mark.parametrize("data", ["%%%", "abc", "QUJD\n", "data:text/plain;base64,QUJD", "QUJDé"])
def test_broken_base64_is_refused_before_any_request(data: str) -> None:
    """case C25"""
    assert problems({"projectId": 1, "data": data}) == (
        "data: must be the content as base64, without a prefix or line breaks",
    )


def test_too_much_data_is_refused_with_the_limit() -> None:
    """case C25"""
    data = base64.b64encode(bytes(1001)).decode()
    assert problems({"projectId": 1, "data": data}) == (
        "data: 1001 bytes are too many; at most 1000 (LEDGAI_MAX_UPLOAD_BYTES)",
    )


def test_a_schema_that_refers_to_itself_is_checked_to_its_depth() -> None:
    """case C11"""
    children = {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}
    node = {"type": "object", "properties": {"name": {"type": "string"}, **children}}
    nested = tool("nest", "/nest", full={"type": "object", "properties": children, "$defs": {"Node": node}})
    good = {"children": [{"children": [{"name": "leaf"}]}]}
    assert CHECK.check(nested, good) == good
    with pytest.raises(BadArguments, match=r"children\[0\].children\[0\].name: must be string, not integer"):
        CHECK.check(nested, {"children": [{"children": [{"name": 1}]}]})


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "projectid", "zzz"]), JSON))
def test_any_arguments_are_accepted_and_valid_or_refused_by_name(given_: dict[str, Any]) -> None:
    found: tuple[str, ...] = ("nothing: refused",)
    try:
        assert Draft202012Validator(SCHEMA).is_valid(CHECK.check(TOOL, given_))
    except BadArguments as refused:
        found = refused.problems
    assert found
    assert all(": " in problem for problem in found)
