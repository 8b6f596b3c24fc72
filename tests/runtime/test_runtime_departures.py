"""What drifts from its description in an answer is logged once, without values, and changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from quantconnect_tools import CATALOG
from runtime_stage import JSON, Scripted, Stage

from ledgai_mcp import json_size, logs
from ledgai_mcp.calls import departures
from ledgai_mcp.calls.departures import MOST_BYTES, MOST_PLACES, MOST_UNKNOWN, MOST_VALUES, Departures

READ = CATALOG["read_backtest"]


def _tool(body: dict[str, Any]) -> str:
    return str(body["operation"]).partition(".")[2]


REAL = [
    body
    for path in sorted((Path(__file__).parents[1] / "client" / "real_bodies").glob("*.yaml"))
    for body in yaml.safe_load(path.read_text("utf-8"))["bodies"]
    if _tool(body) in CATALOG and not isinstance(body["body"], str)
]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What was logged: place, expected, found."""
    lines: list[tuple[str, str, str]] = []

    def warn(event: str, *, tool: str, place: str, expected: str, found: str) -> None:
        assert (event, tool) == ("answer_departs", "read_backtest")
        lines.append((place, expected, found))

    monkeypatch.setattr(logs, "warn", warn)
    return lines


def _body(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_value_of_another_kind_and_an_unknown_field_are_said_once_by_place_without_their_values(
    said: list[tuple[str, str, str]],
) -> None:
    watch = Departures()
    insights = [{"weight": "SECRET", "fresh": ["SECRET"]}, {"weight": "OTHER", "fresh": [1]}]
    for _ in range(3):
        watch.look(READ, _body({"backtest": {"completed": "SECRET", "insights": insights}, "new": None}))
    assert sorted(said) == [
        ("backtest.completed", "boolean", "string"),
        ("backtest.insights[].fresh", "nothing", "array"),
        ("backtest.insights[].weight", "number", "string"),
        ("new", "nothing", "null"),
    ]
    watch.look(READ, _body({"backtest": {"completed": 1}}))
    assert said[4:] == [("backtest.completed", "boolean", "integer")], "another kind is another departure"


def test_what_the_api_is_known_to_do_is_no_departure(said: list[tuple[str, str, str]]) -> None:
    """Null and absent fields, whole numbers, an empty list for an empty map (api-facts 3)."""
    backtest = {"name": None, "charts": [], "insights": [{"weight": 1}], "statistics": {"Any Key": "1"}}
    Departures().look(READ, _body({"backtest": backtest, "success": True}))
    assert said == []


@pytest.mark.parametrize("real", REAL, ids=lambda real: f"{real['operation']}: {real['kind']}")
def test_a_real_body_departs_where_it_is_known_to(real: dict[str, Any]) -> None:
    described = CATALOG[_tool(real)].answer
    found = list(departures.departures(real["body"], described))
    assert described
    assert not found or real.get("drifts") or real.get("beside")


def test_a_name_that_the_api_sent_is_cut_and_escaped(said: list[tuple[str, str, str]]) -> None:
    Departures().look(READ, _body({"a\n\u202e" + "x" * 500: 1}))
    assert said == [("a\\n\\u202e" + "x" * 57, "nothing", "integer")]


def test_an_object_with_ever_new_names_costs_a_bounded_number_of_lines(
    said: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Departures()
    watch.look(READ, _body({f"n{number}": 1 for number in range(100)}))
    assert len(said) == MOST_UNKNOWN
    monkeypatch.setattr(departures, "FIRST", 10 * MOST_PLACES)
    for number in range(2 * MOST_PLACES):
        watch.look(READ, _body({f"m{number}": 1}))
    assert len(said) == MOST_PLACES


@pytest.mark.parametrize("body", [b"[" + b"1," * MOST_VALUES + b"1]", b" " * MOST_BYTES + b"{}"])
def test_a_large_answer_is_not_parsed_again(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", None)
    Departures().look(READ, body)


def test_after_the_first_answers_of_a_tool_one_in_many_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr(json_size, "exceeds", lambda body, most: looked.append(body) or True)
    watch = Departures()
    for _ in range(1_000):
        watch.look(READ, b"{}")
    assert len(looked) == 30


@given(JSON)
def test_whatever_an_answer_is_nothing_is_raised(value: Any) -> None:
    for answer in (value, {"backtest": value}, {"backtest": {"insights": value}}):
        assert all(len(place) < 1_000 for place, _ in departures.departures(answer, READ.answer))
    Departures().look(READ, b"\xff" + _body(value))


def test_a_call_whose_answer_departs_is_answered_in_full_and_noted(
    stage: Stage, said: list[tuple[str, str, str]]
) -> None:
    stage.tools = {READ.name: READ}
    stage.stub.scripts["/backtests/read"] = [Scripted(body=b'{"backtest":{"name":5},"success":true}')]
    reply = stage.call("read_backtest", {"projectId": 1, "backtestId": "b"})
    assert reply.data == {"backtest": {"name": 5}, "success": True}
    assert said == [("backtest.name", "string", "integer")]
