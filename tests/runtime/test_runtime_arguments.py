"""Arguments are checked in full, and every problem names its argument."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest
from attrs import define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from quantconnect_tools import CATALOG, Tool
from runtime_stage import JSON, tool

from ledgai_mcp.calls.arguments import ArgumentValidator, Checked
from ledgai_mcp.calls.schemas import references, resolve
from ledgai_mcp.calls.unions import Unions
from ledgai_mcp.calls.validation_messages import MOST
from ledgai_mcp.calls.validator import validator
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
    assert CHECK.check(TOOL, {"projectId": 1, "data": data}).arguments["data"] == data


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
    assert CHECK.check(nested, good).arguments == good
    with pytest.raises(BadArguments, match=r"children\[0\].children\[0\].name: must be string, not integer"):
        CHECK.check(nested, {"children": [{"children": [{"name": 1}]}]})


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "projectid", "zzz"]), JSON))
def test_any_arguments_are_accepted_and_valid_or_refused_by_name(given_: dict[str, Any]) -> None:
    found: tuple[str, ...] = ("nothing: refused",)
    try:
        assert Draft202012Validator(SCHEMA).is_valid(CHECK.check(TOOL, given_).arguments)
    except BadArguments as refused:
        found = refused.problems
    assert found
    assert all(": " in problem or problem == f"and more than these {MOST}" for problem in found)


def shaped(schema: Any, root: Any) -> st.SearchStrategy[Any]:
    """Values of about this schema's shape, large and mostly wrong: what costs most to refuse."""
    schema = resolve(schema, references(root))
    if "anyOf" in schema:
        return st.one_of([shaped(branch, root) for branch in schema["anyOf"]])
    parts = {name: shaped(part, root) for name, part in schema.get("properties", {}).items()}
    items = shaped(schema["items"], root) if schema.get("items") else JSON
    lists = st.builds(lambda item, count: [item] * count, items, st.sampled_from([1, 20, 600]))
    fields = st.fixed_dictionaries({}, optional=parts)
    texts = st.text(max_size=9).map(lambda text: text * 200)
    right = st.sampled_from(schema["enum"]) if "enum" in schema else texts
    wanted = {"object": fields, "array": lists}.get(str(schema.get("type")), right)
    return st.integers(0, 9).flatmap(lambda n: JSON if n == 0 else wanted)


@define
class Work:
    """What the check of some arguments took."""

    errors: int = 0
    characters: int = 0
    schemas: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    work, make = Work(), ValidationError.__init__
    descend = Draft202012Validator.descend

    def made(self: ValidationError, message: str, *rest: Any, **more: Any) -> None:
        work.errors, work.characters = work.errors + 1, work.characters + len(message)
        make(self, message, *rest, **more)

    def descended(self: Any, *rest: Any, **more: Any) -> Any:
        work.schemas += 1
        return descend(self, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ValidationError, "__init__", made)
        patch.setattr(Draft202012Validator, "descend", descended)
        yield work


def work_of(tool_: Tool, given_: dict[str, Any]) -> tuple[Work, str]:
    with counted() as work:
        try:
            text = repr(ArgumentValidator(1000).check(tool_, given_).left_out)
        except BadArguments as refused:
            text = str(refused)
    return work, text


def test_a_list_in_a_union_of_twenty_alternatives_costs_the_errors_of_one() -> None:
    """20 kB made 180,000 errors, which took 335 MB and kept everybody waiting for seconds."""
    places = {"projectId": 1, "compileId": "c", "nodeId": "n", "versionId": "-1"}
    for marker in ({"id": "QuantConnectBrokerage"}, {"id": "None"}, {}):
        given_ = {**places, "brokerage": {**marker, "holdings": [1] * 900}}
        work, text = work_of(CATALOG["create_live_algorithm"], given_)
        assert (work.errors <= MOST + 1, "brokerage." in text) == (True, True)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_arguments_of_any_tool_are_refused_after_a_few_errors_that_hold_no_value(data: st.DataObject) -> None:
    chosen = CATALOG[data.draw(st.sampled_from(sorted(CATALOG)))]
    given_ = data.draw(shaped(chosen.schema, chosen.schema).filter(lambda made: isinstance(made, dict)))
    work, text = work_of(chosen, given_)
    assert work.errors <= 3 * MOST
    assert work.characters < 2_000
    assert len(text) < 10_000


@settings(max_examples=40)
@given(shaped(SCHEMA, SCHEMA))
def test_what_is_valid_is_what_the_library_says(value: Any) -> None:
    ours = validator(SCHEMA, Unions(references(SCHEMA)))
    assert ours.is_valid(value) == Draft202012Validator(SCHEMA).is_valid(value)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(0, 0.0, True), (0, False, False), ([0], [False], False), ({"a": 1}, {"a": 1.0}, True), ({}, [], False)],
)
def test_items_that_are_equal_in_json_are_not_unique(one: Any, other: Any, equal: bool) -> None:
    unique = {"type": "array", "uniqueItems": True}
    ours = validator(unique, Unions(references(unique)))
    assert ours.is_valid([one, [one], other, [False, 0]]) != equal


@pytest.mark.parametrize("text", [True, False], ids=["in text", "as it is"])
def test_arguments_of_too_many_levels_are_refused(text: bool) -> None:
    deep = "[" * 101 + "]" * 101
    files = deep if text else json.loads(deep)
    assert problems({"files": files}) == ("arguments: more than 100 levels, one in another",)


@pytest.mark.parametrize("text", [r'["\ud83d"]', r'[{"name": "\uDE00\ud83d"}]', r'[{"\ud800": 1}]'])
def test_half_a_character_in_json_text_is_refused_by_name(text: str) -> None:
    (problem,) = problems({"projectId": 1, "files": text})
    assert problem.startswith("files: this JSON text has half of a surrogate pair")


def test_a_whole_character_in_json_text_is_read() -> None:
    given_ = {"projectId": 1, "files": r'[{"name": "\ud83d\ude00 \\ud83d"}]'}
    assert CHECK.check(TOOL, given_).arguments["files"] == [{"name": "\U0001f600 \\ud83d"}]


@pytest.mark.parametrize(
    "given_",
    [{"name": "x" * 2000}, {"files": "[" + "1," * 1000 + "1]"}, {"files": [1] * 2000}, {"x" * 2000: 1}],
)
def test_large_arguments_are_checked_beside_the_event_loop(given_: dict[str, Any]) -> None:
    found: list[str] = []

    def note(self: ArgumentValidator, tool: Tool, given: Any) -> Checked:
        found.append(threading.current_thread().name)
        return Checked({})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArgumentValidator, "check", note)
        anyio.run(CHECK.check_aside, TOOL, {})
        anyio.run(CHECK.check_aside, TOOL, given_)
    assert (found[0], found[1] != "MainThread") == ("MainThread", True)


def test_a_text_around_a_reference_hides_no_marker_of_an_alternative() -> None:
    def one(name: str) -> dict[str, Any]:
        return {"properties": {"id": {"enum": [name]}}, "required": ["id"], "type": "object"}

    definitions = {"$defs": {"A": one("a"), "B": one("b")}}
    union = [{"description": "One.", "anyOf": [{"$ref": f"#/$defs/{name}"}]} for name in "AB"]
    choice = Unions(references(definitions)).choose(union, {"id": "b"})
    assert choice.fitting == (union[1],)


def test_the_items_of_a_list_that_is_too_long_are_not_looked_at() -> None:
    tags = {"projectId": 7, "backtestId": "b", "tags": ["x"] * 5000}
    work, text = work_of(CATALOG["update_backtest_tags"], tags)
    assert "tags: must have at most 1000 items" in text
    assert work.schemas < 10
