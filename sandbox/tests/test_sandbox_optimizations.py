"""optimizations/*: grids, life, refusals (api-facts 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantconnect_sandbox.endpoints import grids
from quantconnect_sandbox.exchange.arguments import Arguments
from sandbox_calls import ALGORITHM, FAILING, Caller, advance, at_once, ready_project
from sandbox_optimizations import finished, grid, optimized

FAST = {"name": "fast", "min": 5, "max": 10, "step": 5}
SLOW = {"name": "slow", "min": 20, "max": 30, "step": 10}


def test_a_grid_is_run_to_its_end_and_its_backtests_are_read_and_deleted_with_it(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    sweep = optimized(alice, project, parameters=[FAST, SLOW, {"name": "size", "value": "25"}])
    read = finished(alice, sweep)
    assert read["runtimeStatistics"]["Completed"] == read["runtimeStatistics"]["Total"] == "4"
    sets = [each["parameterSet"] for each in read["backtests"].values()]
    assert sets == [{"fast": a, "slow": b, "size": "25"} for a in ("5", "10") for b in ("20", "30")]
    for id_, each in read["backtests"].items():
        backtest = alice.ok("/backtests/read", projectId=project, backtestId=id_)["backtest"]
        assert backtest["optimizationId"] == sweep
        assert float(backtest["statistics"]["Sharpe Ratio"]) == each["statistics"][15]
    best = max(each["statistics"][15] for each in read["backtests"].values())
    (line,) = alice.ok("/optimizations/list", projectId=project)["optimizations"]
    assert line["sharpeRatio"] == pytest.approx(best, abs=0.001)
    assert alice.ok("/backtests/list", projectId=project)["backtests"] == []
    alice.ok("/optimizations/update", optimizationId=sweep, name="other")
    assert alice.ok("/optimizations/read", optimizationId=sweep)["optimization"]["name"] == "other"
    alice.no("/optimizations/abort", optimizationId=sweep)
    alice.no("/optimizations/update", optimizationId=sweep, name="")
    alice.ok("/optimizations/delete", optimizationId=sweep)
    alice.no("/backtests/read", projectId=project, backtestId=next(iter(read["backtests"])))
    assert alice.ok("/optimizations/list", projectId=project)["optimizations"] == []


def test_backtests_that_fail_are_counted_as_failed_and_none_of_them_is_the_best(alice: Caller) -> None:
    project = alice.project(main=FAILING)
    read = finished(alice, optimized(alice, project))
    counts = {key: read["runtimeStatistics"][key] for key in ("Completed", "Failed", "Running", "In Queue")}
    assert counts == {"Completed": "0", "Failed": "2", "Running": "0", "In Queue": "0"}
    (line,) = alice.ok("/optimizations/list", projectId=project)["optimizations"]
    assert (line["sharpeRatio"], line["psr"], line["trades"]) == (None, None, None)


@pytest.mark.parametrize(("target", "place", "extremum"), [(0, 15, "max"), (1, 6, "min"), (3, 7, "min")])
def test_the_best_backtest_is_the_best_of_those_that_meet_every_constraint(
    alice: Caller, target: int, place: int, extremum: str
) -> None:
    project = alice.project(main=ALGORITHM)
    wanted = {"target": grids.TARGETS[target], "targetTo": extremum, "last": 3}
    first = finished(alice, optimized(alice, project, **wanted))
    numbers = [each["statistics"] for each in first["backtests"].values()]
    numbers.sort(key=lambda each: each[place], reverse=extremum == "max")
    # The constraint shuts out the one that is the best without it.
    constraint = {"target": wanted["target"], "operator": "NotEqual", "targetValue": numbers[0][place]}
    finished(alice, optimized(alice, project, **wanted, constraints=[constraint]))
    bound, free = alice.ok("/optimizations/list", projectId=project)["optimizations"]
    assert free["sharpeRatio"] == pytest.approx(numbers[0][15], abs=0.001)
    assert bound["sharpeRatio"] == pytest.approx(numbers[1][15], abs=0.001)


def test_a_form_as_the_lean_cli_sends_it_is_understood(alice: Caller) -> None:
    """api-facts 5: `key`, `target-value`, a blank targetValue, numbers as text."""
    project = alice.project(main=ALGORITHM)
    fields = {
        key: value for key, value in grid(project, alice.compiled(project)).items() if value is not None
    }
    del fields["parameters"], fields["constraints"]
    for name, value in (("key", "fast"), ("min", "5.0"), ("max", "10.0"), ("step", "5.0")):
        fields[f"parameters[0][{name}]"] = value
    for name, value in (("target", grids.TARGETS[3]), ("operator", "Less"), ("target-value", "0.9")):
        fields[f"constraints[0][{name}]"] = value
    answer = alice.form("/optimizations/create", **fields, targetValue="")
    read = finished(alice, answer["optimizations"][0]["optimizationId"])
    assert [each["parameterSet"] for each in read["backtests"].values()] == [{"fast": "5"}, {"fast": "10"}]
    assert read["constraints"] == [{"target": grids.TARGETS[3], "operator": "Less", "targetValue": 0.9}]


def test_a_running_optimization_counts_and_can_be_aborted(slow: Caller) -> None:
    asked = ready_project(slow)
    sweep = grid(asked["projectId"], asked["compileId"], parallelNodes=1, parameters=[FAST, SLOW])
    id_ = slow.ok("/optimizations/create", **sweep)["optimizations"][0]["optimizationId"]
    new = slow.ok("/optimizations/read", optimizationId=id_)["optimization"]
    assert (new["status"], new["backtests"], new["runtimeStatistics"]) == ("new", [], [])
    for _ in range(60):
        advance(slow, 1)
        read = slow.ok("/optimizations/read", optimizationId=id_)["optimization"]
        counts = read["runtimeStatistics"] or {}
        if counts.get("Completed") == "1":
            break
    assert read["status"] == "running"
    assert (counts["Running"], counts["In Queue"], counts["Total"]) == ("1", "2", "4")
    slow.ok("/optimizations/abort", optimizationId=id_)
    at_once(slow)
    assert slow.ok("/optimizations/read", optimizationId=id_)["optimization"]["status"] == "aborted"
    slow.no("/optimizations/abort", optimizationId=id_)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "name is empty"),
        ({"parameters": []}, "parameters is empty"),
        ({"parameters": [{"name": "fast", "value": "5"}]}, "one parameter at least needs min, max and step"),
        ({"parameters": [FAST, FAST]}, "fast is given twice"),
        ({"parameters": [FAST, SLOW, {**FAST, "name": "third"}]}, "at most 2 parameters"),
        ({"parameters": [{"name": "fast", "min": 5}]}, "fast has no max and no step"),
        ({"parameters": [{**FAST, "max": 4}]}, "fast needs min <= max"),
        ({"parameters": [{**FAST, "step": 0}]}, "a step above 0"),
        ({"parameters": [{**FAST, "max": 1e12}]}, "more than 500 combinations"),
        ({"parameters": [{**FAST, "min": "x"}]}, "min must be a number"),
        ({"target": "Sharpe"}, "target must be one of"),
        ({"targetTo": "up"}, "targetTo must be one of"),
        ({"targetValue": "many"}, "targetValue must be a number"),
        ({"strategy": "Euler"}, "strategy must be one of"),
        ({"constraints": [{"target": grids.TARGETS[0], "operator": "Like"}]}, "operator must be one of"),
        ({"nodeType": "B2-8"}, "nodeType must be one of"),
        ({"parallelNodes": 25}, "parallelNodes must be from 1 to 24"),
        ({"estimatedCost": None}, "estimatedCost is empty"),
    ],
)
def test_bad_optimization_is_refused_with_its_reason(caller: Caller, changes, said: str) -> None:
    project = caller.project()
    asked = grid(project, caller.compiled(project), **changes)
    assert said in caller.no("/optimizations/create", **asked)
    if not {"nodeType", "parallelNodes", "estimatedCost"} & set(changes):
        assert said in caller.no("/optimizations/estimate", **asked)
    assert caller.ok("/optimizations/list", projectId=project)["optimizations"] == []


@given(st.integers(-50, 50), st.integers(0, 40), st.integers(1, 20), st.sampled_from([1, 10, 100]))
def test_a_range_holds_every_step_from_min_to_max(low, width, step, scale) -> None:
    row = {"name": "p", "min": low / scale, "max": (low + width) / scale, "step": step / scale}
    ranges, fixed = grids.parameters_of([Arguments(row)])
    values = [float(point["p"]) for point in grids.points(ranges, fixed)]
    assert values == pytest.approx([(low + step * place) / scale for place in range(width // step + 1)])
    assert all(not point["p"].endswith(".0") for point in grids.points(ranges, fixed))
