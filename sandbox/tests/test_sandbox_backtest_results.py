"""backtests/*: orders, trades, charts, logs and reports, in pages (api-facts 4)."""

from typing import Any

import pytest
from sandbox_calls import ALGORITHM, Caller, advance, at_once, backtest, control, frozen, ready_project


def test_orders_come_in_pages_of_at_most_a_hundred_with_the_total(
    caller: Caller, run: dict[str, Any]
) -> None:
    whole = caller.ok("/backtests/orders/read", **run, start=0, end=100)
    assert whole["length"] == len(whole["orders"]) > 3
    page = caller.ok("/backtests/orders/read", **run, start=1, end=3)
    assert page["length"] == whole["length"]
    assert page["orders"] == whole["orders"][1:3]
    assert {event["algorithmId"] for order in whole["orders"] for event in order["events"]} == {
        run["backtestId"]
    }
    assert caller.ok("/backtests/orders/read", **run, start=5000, end=5001)["orders"] == []
    report = caller.ok("/backtests/read/report", **run)["report"]
    assert report.lower().startswith("<!doctype html>")


def test_trades_and_insights_come_in_pages_by_both_of_their_paths(
    caller: Caller, run: dict[str, Any]
) -> None:
    asked = {**run, "start": 0, "end": 100}
    closed = caller.ok("/backtests/read", **run)["backtest"]["totalPerformance"]["closedTrades"]
    whole = caller.ok("/backtests/trades/read", **asked)
    assert (whole["trades"], whole["length"]) == (closed, len(closed))
    assert caller.ok("/backtests/trades/read", **{**asked, "start": 1, "end": 2})["trades"] == closed[1:2]
    named = [caller.ok(f"/backtests/{path}", **asked) for path in ("insights/read", "read/insights")]
    assert named[0] == named[1] == {"insights": [], "length": 0, "success": True}


def test_bad_page_window_or_chart_is_refused(caller: Caller, run: dict[str, Any]) -> None:
    for path in ("/backtests/orders/read", "/backtests/read/insights", "/backtests/trades/read"):
        for window in ({"start": 0, "end": 101}, {"start": -1, "end": 5}, {"start": 5, "end": 4}, {}):
            caller.no(path, **run, **window)
    caller.no("/backtests/read/log", **run, start=0, end=201)
    chart = {**run, "name": "Drawdown", "count": 5}
    for more in ({"name": "No such chart"}, {"start": 9, "end": 8}, {"count": 0}, {"name": ""}):
        caller.no("/backtests/chart/read", **{**chart, **more})


def test_a_chart_is_sampled_between_two_times(caller: Caller, run: dict[str, Any]) -> None:
    asked = {**run, "name": "Strategy Equity"}

    def values(**window: int) -> list[list[float]]:
        return caller.ok("/backtests/chart/read", **asked, **window)["chart"]["series"]["Equity"]["values"]

    whole, few = values(count=10_000), values(count=5, start=0, end=0)
    assert len(whole) > 200
    assert len(few) == 5
    assert (few[0], few[-1]) == (whole[0], whole[-1])
    assert values(count=100, start=whole[50][0], end=whole[60][0]) == whole[50:61]
    assert values(count=1) == [whole[0]]


def test_logs_are_searched_and_paged(caller: Caller, run: dict[str, Any]) -> None:
    asked = {**run, "start": 0}
    for query in ({}, {"query": " "}, {"query": "order 1: BOUGHT"}):
        found = caller.ok("/backtests/read/log", **asked, end=200, **query)
        assert any("Order 1: bought" in line for line in found["logs"])
    assert caller.ok("/backtests/read/log", **asked, end=200, query="zebra")["length"] == 0


def test_charts_orders_and_logs_load_when_first_asked_for(slow: Caller) -> None:
    project = slow.project(main=ALGORITHM)
    at_once(slow)
    asked = {"projectId": project, "backtestId": slow.backtest(project), "start": 0, "end": 100}
    frozen(slow)
    for path, more in (
        ("/backtests/orders/read", {}),
        ("/backtests/read/log", {}),
        ("/backtests/chart/read", {"name": "Drawdown", "count": 5}),
    ):
        first = slow.ok(path, **asked, **more)
        assert first["status"] == "loading"
        assert first["progress"] == 0
        advance(slow, 1)
        assert slow.ok(path, **asked, **more)["progress"] == pytest.approx(0.5, abs=0.01)
        advance(slow, 1)
        assert "status" not in slow.ok(path, **asked, **more)


def test_statistics_can_lag_behind_completion(slow: Caller) -> None:
    control(slow.url, "/__control/switches", {"late_statistics": "on"})
    asked = ready_project(slow)
    id_ = slow.ok("/backtests/create", **asked, backtestName="one")["backtest"]["backtestId"]
    advance(slow, 16)
    read = backtest(slow, asked["projectId"], id_)
    assert read["completed"]
    assert read["statistics"] == []
    advance(slow, 6)
    read = backtest(slow, asked["projectId"], id_)
    assert read["statistics"]
    assert read["totalPerformance"]
