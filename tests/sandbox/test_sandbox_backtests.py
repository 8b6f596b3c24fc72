"""backtests/*: life, results, pages, refusals (api_facts 4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_calls import ALGORITHM, FAILING, Caller, control, quant

from ledgai_mcp.sandbox.configuration import Configuration, Switches


@pytest.fixture
def slow() -> Iterator[Caller]:
    """A sandbox where nothing moves until a test says so."""
    with quant(Configuration(port=0, speed=1e-6)) as caller:
        yield caller


def at_once(caller: Caller) -> None:
    control(caller.url, "/__control/clock", {"speed": 0})


def frozen(caller: Caller) -> None:
    control(caller.url, "/__control/clock", {"speed": 1e-6})


def advance(caller: Caller, seconds: float) -> None:
    control(caller.url, "/__control/clock", {"advance": seconds})


def backtest(caller: Caller, project: int, id_: str) -> dict:
    return caller.ok("/backtests/read", projectId=project, backtestId=id_)["backtest"]


def test_a_fresh_backtest_has_nulls_where_results_will_be(slow: Caller) -> None:
    project = slow.project(main=ALGORITHM)
    at_once(slow)
    build = slow.compiled(project)
    frozen(slow)
    created = slow.ok("/backtests/create", projectId=project, compileId=build, backtestName="one")
    assert created["debugging"] is False
    fresh = created["backtest"]
    assert (fresh["status"], fresh["progress"], fresh["completed"]) == ("In Queue...", 0, False)
    empty = (
        "note",
        "optimizationId",
        "error",
        "statistics",
        "runtimeStatistics",
        "totalPerformance",
        "insights",
    )
    assert all(fresh[key] is None for key in empty)
    assert fresh["parameterSet"] == []
    assert len(fresh["charts"]) == 3
    again = backtest(slow, project, fresh["backtestId"])
    assert again == fresh
    page = {"projectId": project, "backtestId": fresh["backtestId"], "start": 0, "end": 10}
    assert slow.ok("/backtests/orders/read", **page)["length"] == 0
    assert slow.ok("/backtests/read/log", **page)["logs"] == []
    assert slow.ok("/backtests/read/report", projectId=project, backtestId=fresh["backtestId"])["generating"]
    slow.no("/backtests/chart/read", **page, name="Drawdown", count=5)


def test_a_build_that_has_not_ended_cannot_be_backtested(slow: Caller) -> None:
    project = slow.project()
    build = slow.ok("/compile/create", projectId=project)["compileId"]
    assert slow.ok("/compile/read", projectId=project, compileId=build) == {
        "compileId": build,
        "state": "InQueue",
        "logs": [],
        "success": True,
    }
    slow.no("/backtests/create", projectId=project, compileId=build, backtestName="x")


def test_a_backtest_waits_runs_and_completes() -> None:
    with quant(Configuration(port=0, speed=0)) as caller:
        project = caller.project(main=ALGORITHM)
        build = caller.compiled(project)
        frozen(caller)
        created = caller.ok("/backtests/create", projectId=project, compileId=build, backtestName="one")
        id_ = created["backtest"]["backtestId"]
        seen, shares = [], []
        for seconds in (0, 2, 2, 5, 5, 2):
            advance(caller, seconds)
            read = backtest(caller, project, id_)
            seen.append(read["status"].split(":")[0])
            shares.append(read["progress"])
            if seen[-1] == "Running":
                assert read["runtimeStatistics"]["Equity"]
                assert read["statistics"] == []
            if read["completed"]:
                break
        assert list(dict.fromkeys(seen)) == ["In Queue...", "Running", "Completed."]
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_a_completed_backtest_has_everything(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = alice.backtest(project, fast=5, slow="20")
    read = backtest(alice, project, id_)
    assert (read["status"], read["progress"], read["completed"]) == ("Completed.", 1, True)
    assert read["parameterSet"] == {"fast": 5, "slow": "20"}
    assert len(read["statistics"]) == 27
    assert isinstance(read["totalPerformance"]["portfolioStatistics"]["sharpeRatio"], str)
    assert all(isinstance(value, dict) and list(value) == ["name"] for value in read["charts"].values())
    assert read["tradeableDates"] > 200
    assert read["nodeName"].split(" node ")[0].startswith("B")


def test_parameters_change_the_result_and_the_same_ones_repeat_it(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    runs = [backtest(alice, project, alice.backtest(project, fast=fast))["statistics"] for fast in (5, 20, 5)]
    assert runs[0] == runs[2]
    assert runs[0] != runs[1]


def test_a_failing_algorithm_ends_in_a_runtime_error(alice: Caller) -> None:
    project = alice.project(main=FAILING)
    id_ = alice.backtest(project)
    read = backtest(alice, project, id_)
    assert read["status"] == "Runtime Error"
    assert read["completed"] is True
    assert read["progress"] < 1
    assert "ZeroDivisionError" in read["error"]
    assert read["stacktrace"]
    assert read["hasInitializeError"] is True
    assert alice.ok("/backtests/list", projectId=project)["backtests"][0]["status"] == "Runtime Error"
    alice.no("/backtests/read/report", projectId=project, backtestId=id_)


def test_a_list_is_newest_first_and_has_figures_only_on_demand(alice: Caller) -> None:
    """C03: an empty parameter set comes as a list, one with values as a map."""
    project = alice.project(main=ALGORITHM)
    first, second = alice.backtest(project), alice.backtest(project, fast=4)
    plain = alice.ok("/backtests/list", projectId=project)
    assert plain["count"] == 2
    assert [each["backtestId"] for each in plain["backtests"]] == [second, first]
    assert [each["parameterSet"] for each in plain["backtests"]] == [{"fast": 4}, []]
    assert plain["backtests"][0].get("sharpeRatio") is None
    full = alice.ok("/backtests/list", projectId=project, includeStatistics=True)["backtests"][0]
    assert isinstance(full["sharpeRatio"], float)
    assert full["securityTypes"] == "1"
    assert full["trades"] > 0


def test_name_and_note_change_on_their_own(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = alice.backtest(project)
    before = backtest(alice, project, id_)
    assert alice.ok("/backtests/update", projectId=project, backtestId=id_, note="good") == {"success": True}
    alice.ok("/backtests/update", projectId=project, backtestId=id_, name="two")
    after = backtest(alice, project, id_)
    assert (after["name"], after["note"]) == ("two", "good")
    assert after["statistics"] == before["statistics"]


def test_tags_are_replaced(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = alice.backtest(project)
    for tags in (["a", "b", "a"], ["c"], []):
        alice.ok("/backtests/tags/update", projectId=project, backtestId=id_, tags=tags)
        assert alice.ok("/backtests/list", projectId=project)["backtests"][0]["tags"] == list(
            dict.fromkeys(tags)
        )
    for tags in ([""], [1], "x", ["t"] * 51):
        alice.no("/backtests/tags/update", projectId=project, backtestId=id_, tags=tags)


def test_a_deleted_backtest_is_gone_also_while_it_runs(slow: Caller) -> None:
    project = slow.project(main=ALGORITHM)
    at_once(slow)
    build = slow.compiled(project)
    frozen(slow)
    created = slow.ok("/backtests/create", projectId=project, compileId=build, backtestName="one")
    id_ = created["backtest"]["backtestId"]
    slow.ok("/backtests/delete", projectId=project, backtestId=id_)
    slow.no("/backtests/read", projectId=project, backtestId=id_)
    assert slow.ok("/backtests/list", projectId=project) == {"backtests": [], "count": 0, "success": True}


@pytest.mark.parametrize("id_", ["", "unknown", "0" * 32, None, 5])
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/backtests/read", {}),
        ("/backtests/update", {"name": "x"}),
        ("/backtests/delete", {}),
        ("/backtests/tags/update", {"tags": []}),
        ("/backtests/orders/read", {"start": 0, "end": 10}),
        ("/backtests/read/insights", {"start": 0, "end": 10}),
        ("/backtests/read/log", {"start": 0, "end": 10}),
        ("/backtests/read/report", {}),
        ("/backtests/chart/read", {"name": "Drawdown", "count": 5, "start": 0, "end": 0}),
    ],
)
def test_a_backtest_that_there_is_not_is_refused(alice: Caller, path, more, id_) -> None:
    project = alice.project()
    alice.no(path, projectId=project, backtestId=id_, **more)
    alice.no(path, projectId=-1, backtestId=id_, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"backtestName": ""},
        {},
        {"backtestName": "x", "compileId": ""},
        {"backtestName": "x", "parameters": {"a": [1]}},
        {"backtestName": "x", "parameters": {"a": None}},
        {"backtestName": "x", "parameters": "a=1"},
    ],
)
def test_a_backtest_without_what_it_needs_is_refused(alice: Caller, more) -> None:
    project = alice.project()
    arguments = {"projectId": project, "compileId": alice.compiled(project), **more}
    alice.no("/backtests/create", **arguments)


def test_orders_come_in_pages_of_at_most_a_hundred_with_the_total(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = alice.backtest(project)
    asked = {"projectId": project, "backtestId": id_}
    whole = alice.ok("/backtests/orders/read", **asked, start=0, end=100)
    assert whole["length"] == len(whole["orders"]) > 3
    page = alice.ok("/backtests/orders/read", **asked, start=1, end=3)
    assert page["length"] == whole["length"]
    assert page["orders"] == whole["orders"][1:3]
    assert {event["algorithmId"] for order in whole["orders"] for event in order["events"]} == {id_}
    assert alice.ok("/backtests/orders/read", **asked, start=5000, end=5001)["orders"] == []


@pytest.mark.parametrize(
    "path", ["/backtests/orders/read", "/backtests/read/insights", "/backtests/trades/read"]
)
@pytest.mark.parametrize(
    "window", [{"start": 0, "end": 101}, {"start": -1, "end": 5}, {"start": 5, "end": 4}, {}]
)
def test_a_window_that_is_none_is_refused(alice: Caller, path, window) -> None:
    project = alice.project(main=ALGORITHM)
    alice.no(path, projectId=project, backtestId=alice.backtest(project), **window)


def test_closed_trades_are_pages_of_those_in_the_result(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = alice.backtest(project)
    trades = alice.ok("/backtests/trades/read", projectId=project, backtestId=id_, start=0, end=100)
    assert trades["trades"] == backtest(alice, project, id_)["totalPerformance"]["closedTrades"]


def test_a_chart_is_sampled_between_two_times(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    asked = {"projectId": project, "backtestId": alice.backtest(project), "name": "Strategy Equity"}
    whole = alice.ok("/backtests/chart/read", **asked, count=10_000)["chart"]["series"]["Equity"]["values"]
    few = alice.ok("/backtests/chart/read", **asked, count=5, start=0, end=0)["chart"]["series"]["Equity"][
        "values"
    ]
    assert len(whole) > 200
    assert len(few) == 5
    assert (few[0], few[-1]) == (whole[0], whole[-1])
    middle = (whole[50][0], whole[60][0])
    part = alice.ok("/backtests/chart/read", **asked, count=100, start=middle[0], end=middle[1])
    assert part["chart"]["series"]["Equity"]["values"] == whole[50:61]
    assert alice.ok("/backtests/chart/read", **asked, count=1)["chart"]["series"]["Equity"]["values"] == [
        whole[0]
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"name": "No such chart", "count": 5, "start": 0, "end": 0},
        {"name": "Drawdown", "count": 5, "start": 9, "end": 8},
        {"name": "Drawdown", "count": 0},
        {"name": "", "count": 5},
        {"name": "Drawdown", "count": -1},
    ],
)
def test_a_chart_that_cannot_be_is_refused(alice: Caller, more) -> None:
    project = alice.project(main=ALGORITHM)
    alice.no("/backtests/chart/read", projectId=project, backtestId=alice.backtest(project), **more)


def test_logs_are_searched_and_paged(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    asked = {"projectId": project, "backtestId": alice.backtest(project), "start": 0}
    for query in ({}, {"query": " "}, {"query": "READY to"}):
        found = alice.ok("/backtests/read/log", **asked, end=200, **query)
        assert any("ready to trade" in line for line in found["logs"])
    assert alice.ok("/backtests/read/log", **asked, end=200, query="zebra")["length"] == 0
    alice.no("/backtests/read/log", **asked, end=201)


def test_a_report_is_html(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    answer = alice.ok("/backtests/read/report", projectId=project, backtestId=alice.backtest(project))
    assert answer["report"].lower().startswith("<!doctype html>")


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


def test_a_second_backtest_too_soon_is_refused_when_the_throttle_is_on() -> None:
    with quant(Configuration(port=0, speed=1e-6, switches=Switches(throttle="on"))) as caller:
        url = caller.url
        control(url, "/__control/clock", {"speed": 0})
        project = caller.project(main=ALGORITHM)
        asked = {"projectId": project, "compileId": caller.compiled(project), "backtestName": "x"}
        control(url, "/__control/clock", {"speed": 1e-6})
        caller.ok("/backtests/create", **asked)
        assert "slow down" in caller.no("/backtests/create", **asked)
        control(url, "/__control/clock", {"speed": 0})
        caller.ok("/backtests/create", **asked)


def test_no_node_is_left_when_all_are_busy(slow: Caller) -> None:
    project = slow.project(main=ALGORITHM)
    at_once(slow)
    build = slow.compiled(project)
    frozen(slow)
    asked = {"projectId": project, "compileId": build, "backtestName": "x"}
    nodes = slow.ok("/projects/nodes/read", projectId=project)["nodes"]["backtest"]
    for _ in nodes:
        slow.ok("/backtests/create", **asked)
    assert "no spare nodes" in slow.no("/backtests/create", **asked)
    busy = slow.ok("/projects/nodes/read", projectId=project)["nodes"]["backtest"]
    assert {node["projectId"] for node in busy if node["busy"]} == {project}
    at_once(slow)
    slow.ok("/backtests/create", **asked)


def test_statistics_can_lag_behind_completion(slow: Caller) -> None:
    control(slow.url, "/__control/switches", {"late_statistics": "on"})
    at_once(slow)
    project = slow.project(main=ALGORITHM)
    build = slow.compiled(project)
    frozen(slow)
    created = slow.ok("/backtests/create", projectId=project, compileId=build, backtestName="one")
    id_ = created["backtest"]["backtestId"]
    advance(slow, 16)
    read = backtest(slow, project, id_)
    assert read["completed"]
    assert read["statistics"] == []
    advance(slow, 6)
    read = backtest(slow, project, id_)
    assert read["statistics"]
    assert read["totalPerformance"]
