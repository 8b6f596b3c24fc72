"""backtests/*: their life, lists, changes and refusals (api-facts 4)."""

from sandbox_calls import ALGORITHM, FAILING, Caller, advance, at_once, backtest, control, ready_project


def test_a_fresh_backtest_has_nulls_where_results_will_be_and_can_be_deleted(slow: Caller) -> None:
    asked = {**ready_project(slow), "backtestName": "one"}
    project = asked["projectId"]
    build = slow.ok("/compile/create", projectId=project)["compileId"]
    assert "not ended" in slow.no("/backtests/create", **{**asked, "compileId": build})
    fresh = slow.ok("/backtests/create", **asked)["backtest"]
    assert (fresh["status"], fresh["progress"], fresh["completed"]) == ("In Queue...", 0, False)
    results = ("note", "error", "statistics", "runtimeStatistics", "totalPerformance", "insights")
    assert all(fresh[key] is None for key in results)
    run = {"projectId": project, "backtestId": fresh["backtestId"]}
    assert backtest(slow, project, fresh["backtestId"]) == fresh
    assert slow.ok("/backtests/orders/read", **run, start=0, end=10)["length"] == 0
    assert slow.ok("/backtests/read/log", **run, start=0, end=10)["logs"] == []
    assert slow.ok("/backtests/read/report", **run)["generating"]
    slow.no("/backtests/chart/read", **run, name="Drawdown", count=5)
    slow.ok("/backtests/delete", **run)
    slow.no("/backtests/read", **run)
    assert slow.ok("/backtests/list", projectId=project) == {"backtests": [], "count": 0, "success": True}


def test_a_backtest_waits_runs_and_completes(slow: Caller) -> None:
    asked = ready_project(slow)
    id_ = slow.ok("/backtests/create", **asked, backtestName="one")["backtest"]["backtestId"]
    seen, shares = [], []
    for seconds in (0, 2, 2, 5, 5, 2):
        advance(slow, seconds)
        read = backtest(slow, asked["projectId"], id_)
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
    alice.no("/backtests/read/report", projectId=project, backtestId=id_)


def test_a_list_is_newest_first_and_has_figures_only_on_demand(alice: Caller) -> None:
    """Case C03: an empty parameter set comes as a list, one with values as a map."""
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


def test_name_note_and_tags_change_on_their_own(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    run = {"projectId": project, "backtestId": alice.backtest(project)}
    assert alice.ok("/backtests/update", **run, note="good") == {"success": True}
    alice.ok("/backtests/update", **run, name="two")
    alice.ok("/backtests/tags/update", **run, tags=["a", "b", "a"])
    for tags in ([""], [1], "x", ["t"] * 51):
        alice.no("/backtests/tags/update", **run, tags=tags)
    after = backtest(alice, project, run["backtestId"])
    assert (after["name"], after["note"], after["tags"]) == ("two", "good", ["a", "b"])


def test_backtest_without_what_it_needs_is_refused(alice: Caller) -> None:
    project = alice.project()
    build = alice.compiled(project)
    for more in (
        {},
        {"backtestName": ""},
        {"backtestName": "x", "parameters": {"a": [1]}},
        {"backtestName": "x", "parameters": {"a": None}},
        {"backtestName": "x", "parameters": "a=1"},
    ):
        alice.no("/backtests/create", **{"projectId": project, "compileId": build, **more})


def test_a_second_backtest_too_soon_is_refused_when_the_throttle_is_on(slow: Caller) -> None:
    control(slow.url, "/__control/switches", {"throttle": "on"})
    asked = {**ready_project(slow), "backtestName": "x"}
    slow.ok("/backtests/create", **asked)
    assert "slow down" in slow.no("/backtests/create", **asked)
    advance(slow, 20)
    slow.ok("/backtests/create", **asked)


def test_no_node_is_left_when_all_are_busy(slow: Caller) -> None:
    asked = {**ready_project(slow), "backtestName": "x"}
    project = asked["projectId"]
    nodes = slow.ok("/projects/nodes/read", projectId=project)["nodes"]["backtest"]
    for _ in nodes:
        slow.ok("/backtests/create", **asked)
    assert "no spare nodes" in slow.no("/backtests/create", **asked)
    busy = slow.ok("/projects/nodes/read", projectId=project)["nodes"]["backtest"]
    assert {node["projectId"] for node in busy if node["busy"]} == {project}
    at_once(slow)
    slow.ok("/backtests/create", **asked)
