"""backtests/*: their life, lists, changes and refusals (api-facts 4)."""

from __future__ import annotations

import pytest
from quantconnect_sandbox.configuration import Configuration, Switches
from sandbox_backtests import advance, at_once, backtest, frozen
from sandbox_calls import ALGORITHM, FAILING, Caller, control, quant


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
