"""case C07: bounded, valid, and honest about what is missing."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgai_mcp.calls import truncation
from ledgai_mcp.calls.truncation import Cut, dumps, shrink


def test_what_fits_is_left_alone() -> None:
    value = {"a": [1, 2], "b": "x"}
    small, cuts = shrink(value, 100)
    assert small is value
    assert cuts == ()


def test_a_list_keeps_its_first_items() -> None:
    """case C07"""
    small, cuts = shrink({"projects": list(range(100_000)), "count": 100_000, "success": True}, 1000)
    assert small["count"] == 100_000
    assert small["projects"] == list(range(len(small["projects"])))
    assert len(small["projects"]) > 200
    assert cuts == (Cut("projects", len(small["projects"]), 100_000, "items"),)


def test_a_list_without_room_for_any_item_says_what_it_had() -> None:
    assert shrink(["x" * 100] * 3, 30) == ([], (Cut("", 0, 3, "items"),))


def test_large_fields_share_the_room_and_small_ones_stay_whole() -> None:
    value = {"id": 7, "a": ["x" * 10] * 1000, "b": {"deep": ["y" * 10] * 1000}, "note": "short"}
    small, cuts = shrink(value, 4000)
    assert (small["id"], small["note"]) == (7, "short")
    assert abs(len(small["a"]) - len(small["b"]["deep"])) < 10
    assert {cut.path for cut in cuts} == {"a", "b.deep"}
    _, cuts = shrink({"few": ["x" * 10] * 300, "many": ["y" * 10] * 1000}, 4000)
    assert [cut.path for cut in cuts] == ["many", "few"]


def test_a_map_of_very_many_entries_keeps_the_first() -> None:
    value = {f"key{n}": {"v": n} for n in range(10_000)}
    small, cuts = shrink({"map": value, "success": True}, 2000)
    assert list(small["map"]) == list(value)[: len(small["map"])]
    assert str(cuts[0]) == f"map: {len(small['map'])} of 10000 entries"


def test_a_map_of_many_results_keeps_the_first_whole_instead_of_all_emptied() -> None:
    """case C07: the monthly windows of a backtest of nine years."""
    month = {"trades": {f"statistic{n}": "0.1234" for n in range(40)}, "closed": []}
    windows = {f"M1_{n:03}": month for n in range(430)}
    value = {"backtest": {"id": "b", "rollingWindow": windows, "statistics": {"Sharpe Ratio": "1.2"}}}
    small, cuts = shrink(value, 60_000)
    kept = small["backtest"]["rollingWindow"]
    assert kept == dict(list(windows.items())[: len(kept)])
    assert len(dumps(small)) > 55_000
    assert small["backtest"]["statistics"] == {"Sharpe Ratio": "1.2"}
    assert [str(cut) for cut in cuts] == [f"backtest.rollingWindow: {len(kept)} of 430 entries"]


def test_a_huge_first_entry_of_many_is_shortened_rather_than_dropped() -> None:
    value = {"of": {"first": {"points": [7] * 90_000}, **{f"k{n}": "x" * 900 for n in range(100)}}}
    small, cuts = shrink(value, 20_000)
    assert list(small["of"]) == ["first"]
    assert len(small["of"]["first"]["points"]) > 5000
    assert {cut.path for cut in cuts} == {"of", "of.first.points"}
    assert len(dumps(small)) <= 20_000


def test_a_few_large_series_share_the_room_so_that_none_is_missing() -> None:
    series = {f"S{n}": {"values": [[n, 1.5]] * 2_000} for n in range(20)}
    small, cuts = shrink({"chart": {"series": series}}, 60_000)
    assert all(len(each["values"]) > 100 for each in small["chart"]["series"].values())
    assert len(cuts) == 20


@pytest.mark.parametrize("character", ["x", '"', "€", "😀", "\x00", "\ud800"])
def test_a_text_fits_to_the_byte_whatever_its_characters_take(character: str) -> None:
    for budget in range(70, 110):
        small, cuts = shrink(character * 500, budget)
        taken = len(dumps(small).encode("utf-8", "surrogatepass"))
        assert budget - 6 < taken <= budget
        assert cuts == (Cut("", len(small), 500, "characters"),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=10), inner, max_size=30),
    max_leaves=60,
)


@given(JSON, st.integers(200, 2000))
def test_the_result_keeps_to_the_budget_or_is_one_short_scalar(value: Any, budget: int) -> None:
    small, cuts = shrink(value, budget)
    assert json.loads(dumps(small)) == small
    assert len(dumps(small).encode()) <= budget
    assert bool(cuts) == (small != value)
    assert all(cut.kept < cut.of for cut in cuts if cut.unit != "items" or "[0]" not in cut.path)


@settings(max_examples=40)
@given(JSON | st.floats(allow_nan=False, allow_infinity=False))
def test_the_size_is_that_of_compact_json_and_no_encoder_is_made_for_each_value(value: Any) -> None:
    """An answer of 250 kB of numbers kept everybody else waiting for half a second."""
    whole = len(truncation.dumps(value).encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(truncation, "dumps", lambda part: pytest.fail("an encoder"))
        assert whole <= truncation.size(value, 2 * whole) <= 2 * whole  # one for each comma, also the last
