"""live/*: portfolio, orders, logs, charts and insights of what runs (api-facts 6)."""

import pytest
from quantconnect_sandbox.endpoints.deployments import REPLAY, START
from quantconnect_sandbox.endpoints.results import LOADING
from sandbox_calls import ALGORITHM, Caller, advance, control
from sandbox_deployments import deployed, deploying, portfolio


def test_without_a_deployment_there_is_nothing_to_read_or_end(alice: Caller) -> None:
    project = alice.project()
    for path, more in (
        ("/live/read", {}),
        ("/live/update/stop", {}),
        ("/live/update/liquidate", {}),
        ("/live/portfolio/read", {}),
        ("/live/orders/read", {"start": 0, "end": 10}),
        ("/live/insights/read", {"start": 0, "end": 10}),
        ("/live/logs/read", {"algorithmId": "L-1", "startLine": 0, "endLine": 10}),
        ("/live/chart/read", {"name": "Drawdown", "count": 5, "start": 0, "end": 0}),
        ("/live/commands/create", {"command": {"a": 1}}),
    ):
        assert alice.no(path, projectId=project, **more) == "No live deployment found."


def test_bad_page_window_or_id_is_refused(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    for path, window in (
        ("/live/orders/read", {"start": 0, "end": 1001}),
        ("/live/orders/read", {"start": 3, "end": 2}),
        ("/live/insights/read", {"end": 101}),
        ("/live/insights/read", {"start": 0, "end": 1001}),
        ("/live/insights/read", {}),
        ("/live/logs/read", {"algorithmId": "", "startLine": 0, "endLine": 9}),
        ("/live/chart/read", {"name": "No chart", "count": 5, "start": 0, "end": 0}),
        ("/live/chart/read", {"name": "Drawdown", "count": 5, "start": 9, "end": 1}),
        ("/live/list", {"status": "Dreaming"}),
    ):
        alice.no(path, projectId=project, **window)
    assert alice.no("/live/read", projectId=project, deployId="L-other") == "Invalid argument"
    assert alice.ok("/live/insights/read", projectId=project, start=0, end=1000)["length"] == 0
    assert alice.ok("/live/insights/read", projectId=project, end=100)["insights"] == []


def test_logs_count_over_all_deployments(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    first = deployed(alice, project)["deployId"]
    alice.ok("/live/update/stop", projectId=project)
    second = deployed(alice, project)["deployId"]
    asked = {"projectId": project, "startLine": 0, "endLine": 250}
    whole = alice.ok("/live/logs/read", algorithmId=first, **asked)
    assert whole["deploymentOffset"] == 0
    assert any("Order 1: bought" in line for line in whole["logs"])
    later = alice.ok("/live/logs/read", algorithmId=second, **asked)
    assert later["length"] == whole["length"] == len(whole["logs"])
    assert second in later["logs"][later["deploymentOffset"]]
    alice.no("/live/logs/read", algorithmId=second, projectId=project, startLine=0, endLine=251)


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_what_is_shown_of_a_replay_agrees_at_every_moment_of_it(caller: Caller, share: float) -> None:
    project = caller.project(main=ALGORITHM)
    control(caller.url, "/__control/clock", {"speed": 0})
    asked = deploying(caller, project)
    control(caller.url, "/__control/clock", {"speed": 1})
    caller.ok("/live/create", **asked)
    advance(caller, START + REPLAY * share)
    whole = {"projectId": project, "start": 0}
    chart = {"name": "Strategy Equity", "count": 1000, "end": 0}
    for _ in range(2):  # at first they load
        orders = caller.ok("/live/orders/read", **whole, end=1000).get("orders")
        curve = caller.ok("/live/chart/read", **whole, **chart).get("chart")
        advance(caller, LOADING)
    points = curve["series"]["Equity"]["values"]
    shown = portfolio(caller, project)
    worth = sum(each.get("v", 0) for each in shown["holdings"].values()) + shown["cash"]["USD"]["amount"]
    assert worth == pytest.approx(points[-1][-1], abs=0.02)
    assert caller.ok("/live/read", projectId=project)["runtimeStatistics"]["Equity"] == f"${worth:,.2f}"
    assert all(event["time"] <= points[-1][0] + 1 for order in orders for event in order["events"])
    control(caller.url, "/__control/clock", {"speed": 0})
    caller.ok("/live/update/stop", projectId=project)
