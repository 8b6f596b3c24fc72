"""live/*: portfolio, orders, logs, charts and insights of what runs (api-facts 6)."""

from __future__ import annotations

import asyncio
import time

import pytest
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.endpoints.deployments import REPLAY, START
from quantconnect_sandbox.transport.serving import built
from sandbox_calls import ALGORITHM, Caller, Held, built_project, in_process
from sandbox_deployments import PAPER, deployed, portfolio


def test_the_portfolio_is_what_the_orders_bought(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    orders = alice.ok("/live/orders/read", projectId=project, start=0, end=1000)
    assert orders["length"] == len(orders["orders"]) > 0
    held: dict[str, float] = {}
    cash = 100_000.0
    for order in orders["orders"]:
        for event in order["events"]:
            quantity = event.get("fillQuantity", 0)
            held[event["symbol"]] = held.get(event["symbol"], 0) + quantity
            cash -= quantity * event.get("fillPrice", 0) + event.get("orderFeeAmount", 0)
    shown = portfolio(alice, project)
    assert {id_: each["q"] for id_, each in shown["holdings"].items()} == {k: q for k, q in held.items() if q}
    assert shown["cash"]["USD"]["amount"] == pytest.approx(cash, abs=0.01)


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


def test_a_chart_of_a_live_algorithm_has_its_points(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    asked = {"projectId": project, "name": "Strategy Equity", "count": 50, "start": 0, "end": 0}
    values = alice.ok("/live/chart/read", **asked)["chart"]["series"]["Equity"]["values"]
    assert len(values) == 50
    assert values[-1][0] <= time.time() + 60


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_what_is_shown_of_a_replay_agrees_at_every_moment_of_it(share: float) -> None:
    sandbox = built(Configuration(port=0, speed=0))

    async def seen() -> None:
        async with in_process(sandbox) as ok:
            project, build = await built_project(ok, ALGORITHM)
            node = (await ok("/projects/nodes/read", projectId=project))["nodes"]["live"][0]["id"]
            given = {"compileId": build, "nodeId": node, "versionId": "-1", "brokerage": PAPER}
            await ok("/live/create", projectId=project, **given)
            sandbox.world.clock = Held(by=START + REPLAY * share)
            read = await ok("/live/read", projectId=project)
            shown = (await ok("/live/portfolio/read", projectId=project))["portfolio"]
            orders = (await ok("/live/orders/read", projectId=project, start=0, end=1000))["orders"]
            chart = {"name": "Strategy Equity", "count": 1000, "start": 0, "end": 0}
            curve = (await ok("/live/chart/read", projectId=project, **chart))["chart"]["series"]["Equity"]
        worth = sum(each.get("v", 0) for each in shown["holdings"].values()) + shown["cash"]["USD"]["amount"]
        assert worth == pytest.approx(curve["values"][-1][-1], abs=0.02)
        assert read["runtimeStatistics"]["Equity"] == f"${worth:,.2f}"
        now = curve["values"][-1][0] + 1
        assert all(event["time"] <= now for order in orders for event in order["events"])

    asyncio.run(seen())
