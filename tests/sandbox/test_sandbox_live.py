"""live/*: deploying, watching, commanding, ending (api_facts 6)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2
import pytest
from attrs import define
from sandbox_calls import ALGORITHM, FAILING, Caller, Held, built_project, control, in_process, quant

from ledgai_mcp.sandbox.clock import Clock
from ledgai_mcp.sandbox.configuration import Configuration, Switches
from ledgai_mcp.sandbox.endpoints import brokerages
from ledgai_mcp.sandbox.endpoints.deployments import REPLAY, START
from ledgai_mcp.sandbox.serving import built

TURNS = """\
        if self.portfolio.invested:
            self.liquidate(self.spy)
        else:
            self.market_order(self.spy, 10)
"""
PAPER = {"id": "QuantConnectBrokerage"}
ORDER = {"$type": "QuantConnect.Commands.OrderCommand", "symbol": "SPY", "quantity": 10}


def deployed(caller: Caller, project: int, **changes: Any) -> dict[str, Any]:
    asked = {
        "projectId": project,
        "compileId": caller.compiled(project),
        "nodeId": caller.live_node(project),
        "versionId": "-1",
        "brokerage": PAPER,
        **changes,
    }
    return caller.ok("/live/create", **asked)


def portfolio(caller: Caller, project: int) -> dict[str, Any]:
    return caller.ok("/live/portfolio/read", projectId=project)["portfolio"]


def test_a_paper_deployment_runs_and_is_shown_everywhere(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    created = deployed(alice, project)
    assert created["source"] == "api-v2"
    assert created["deployId"].startswith("L-")
    assert created["live"]["brokerage"] == "PaperBrokerage"
    assert isinstance(created["versionId"], int)
    read = alice.ok("/live/read", projectId=project)
    assert (read["status"], read["stopped"], read["deployId"]) == ("Running", None, created["deployId"])
    assert read["projectName"] == "Alpha"
    assert "Strategy Equity" in read["charts"]
    (line,) = alice.ok("/live/list", status="Running")["live"]
    assert (line["projectId"], line["environment"]) == (project, "paper")
    shown = alice.ok("/projects/read", projectId=project)["projects"][0]
    assert shown["codeRunning"] is True
    assert shown["liveForm"]["autoRestart"] in ("true", "false")
    assert shown["lastLiveDeployment"]
    busy = [n for n in alice.ok("/projects/nodes/read", projectId=project)["nodes"]["live"] if n["busy"]]
    assert [node["projectName"] for node in busy] == ["Alpha"]


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


def test_stop_keeps_positions_and_liquidate_sells_them(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    before = portfolio(alice, project)
    assert before["holdings"]
    assert alice.ok("/live/update/stop", projectId=project) == {"success": True}
    read = alice.ok("/live/read", projectId=project)
    assert read["status"] == "Stopped"
    assert read["stopped"]
    assert portfolio(alice, project) == before
    deployed(alice, project)
    alice.ok("/live/update/liquidate", projectId=project)
    after = portfolio(alice, project)
    assert after["holdings"] == {}
    worth = sum(each["v"] for each in before["holdings"].values()) + before["cash"]["USD"]["amount"]
    assert after["cash"]["USD"]["amount"] == pytest.approx(worth, abs=0.02)
    statuses = [each["status"] for each in alice.ok("/live/list", projectId=project)["live"]]
    assert sorted(statuses) == ["Liquidated", "Stopped"]
    alice.no("/live/update/stop", projectId=project)
    alice.no("/live/update/liquidate", projectId=project)
    alice.ok("/projects/delete", projectId=project)


def test_a_project_that_trades_cannot_be_deleted_or_deployed_again(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    alice.no("/projects/delete", projectId=project)
    alice.no(
        "/live/create",
        projectId=project,
        compileId=alice.compiled(project),
        nodeId=alice.live_node(project),
        versionId="-1",
        brokerage=PAPER,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"projectId": -1},
        {"compileId": "unknown"},
        {"nodeId": "LN-unknown"},
        {"nodeId": ""},
        {"versionId": "5"},
        {"versionId": "newest"},
        {"brokerage": {}},
        {"brokerage": {"id": "Piggybank"}},
        {"brokerage": {"id": "KrakenBrokerage", "kraken-api-key": "k"}},
        {"brokerage": "QuantConnectBrokerage"},
        {"dataProviders": {"Piggybank": {}}},
        {"dataProviders": {"QuantConnectBrokerage": "yes"}},
    ],
)
def test_a_deployment_that_cannot_be_is_refused(alice: Caller, changes) -> None:
    project = alice.project()
    asked = {
        "projectId": project,
        "compileId": alice.compiled(project),
        "nodeId": alice.live_node(project),
        "versionId": "-1",
        "brokerage": PAPER,
        **changes,
    }
    alice.no("/live/create", **asked)
    assert alice.ok("/live/list")["live"] == []


def test_a_busy_node_is_refused(alice: Caller) -> None:
    first, second = alice.project("First", main=ALGORITHM), alice.project("Second", main=ALGORITHM)
    node = alice.live_node(first)
    deployed(alice, first, nodeId=node)
    text = alice.no(
        "/live/create",
        projectId=second,
        compileId=alice.compiled(second),
        nodeId=node,
        versionId="-1",
        brokerage=PAPER,
    )
    assert "no spare nodes" in text


def test_what_a_brokerage_still_needs_is_named(alice: Caller) -> None:
    with pytest.raises(Exception, match="kraken-api-secret, kraken-verification-tier"):
        brokerages.checked({"id": "KrakenBrokerage", "kraken-api-key": "k"}, "brokerage")


def test_secrets_of_a_brokerage_are_kept_nowhere(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    brokerage = {
        "id": "KrakenBrokerage",
        "kraken-api-key": "hush-one",
        "kraken-api-secret": "hush-two",
        "kraken-verification-tier": "Starter",
    }
    answer = deployed(alice, project, brokerage=brokerage)
    shown = repr([answer, alice.ok("/live/read", projectId=project), alice.ok("/projects/read")])
    log = control(alice.url, f"/__log?user={alice.user}", method="GET")
    assert "hush" not in shown + repr(log)
    assert alice.ok("/live/list")["live"][0]["environment"] == "live"


def test_starting_cash_and_holdings_are_taken(alice: Caller) -> None:
    project = alice.project(
        main="from AlgorithmImports import *\nclass A(QCAlgorithm):\n    def initialize(self): pass\n"
    )
    holding = {"symbolId": "AAPL R735QTJ8XC9X", "symbol": "AAPL", "quantity": 5, "averagePrice": 10}
    brokerage = {**PAPER, "cash": [{"amount": 777, "currency": "USD"}], "holdings": [holding]}
    deployed(alice, project, brokerage=brokerage)
    shown = portfolio(alice, project)
    assert shown["cash"]["USD"]["amount"] == 777
    assert shown["holdings"]["AAPL R735QTJ8XC9X"]["q"] == 5


@pytest.mark.parametrize("amount", [50_000, 0, 777.5, -5])
def test_the_cash_of_a_deployment_is_what_its_orders_and_chart_start_from(
    alice: Caller, amount: float
) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project, brokerage={**PAPER, "cash": [{"amount": amount, "currency": "USD"}]})
    shown = portfolio(alice, project)
    chart = {"name": "Strategy Equity", "count": 1000, "start": 0, "end": 0}
    curve = alice.ok("/live/chart/read", projectId=project, **chart)["chart"]["series"]["Equity"]["values"]
    assert curve[0][1] == amount
    worth = sum(each.get("v", 0) for each in shown["holdings"].values()) + shown["cash"]["USD"]["amount"]
    assert worth == pytest.approx(curve[-1][-1], abs=0.02)
    orders = alice.ok("/live/orders/read", projectId=project, start=0, end=1000)["orders"]
    assert bool(orders) == (amount > 700)
    assert all(abs(order["value"]) <= 5 * amount for order in orders)


@pytest.mark.parametrize("amount", [1e300, -1e14, 1e13])
def test_cash_that_nobody_has_is_refused(alice: Caller, amount: float) -> None:
    project = alice.project(main=ALGORITHM)
    brokerage = {**PAPER, "cash": [{"amount": amount, "currency": "USD"}]}
    with pytest.raises(AssertionError, match="cash must be less than"):
        deployed(alice, project, brokerage=brokerage)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/live/read", {}),
        ("/live/update/stop", {}),
        ("/live/update/liquidate", {}),
        ("/live/portfolio/read", {}),
        ("/live/orders/read", {"start": 0, "end": 10}),
        ("/live/insights/read", {"start": 0, "end": 10}),
        ("/live/logs/read", {"algorithmId": "L-1", "startLine": 0, "endLine": 10}),
        ("/live/chart/read", {"name": "Drawdown", "count": 5, "start": 0, "end": 0}),
        ("/live/commands/create", {"command": {"a": 1}}),
    ],
)
def test_without_a_deployment_there_is_nothing_to_read_or_end(alice: Caller, path, more) -> None:
    project = alice.project()
    assert alice.no(path, projectId=project, **more) == "No live deployment found."
    alice.no(path, projectId=-1, **more)


def test_a_wrong_deploy_id_is_an_invalid_argument(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    assert alice.no("/live/read", projectId=project, deployId="L-other") == "Invalid argument"


@pytest.mark.parametrize(
    ("path", "window"),
    [
        ("/live/orders/read", {"start": 0, "end": 1001}),
        ("/live/orders/read", {"start": 3, "end": 2}),
        ("/live/insights/read", {"end": 101}),
        ("/live/insights/read", {"start": 0, "end": 1001}),
        ("/live/insights/read", {}),
        ("/live/logs/read", {"algorithmId": "", "startLine": 0, "endLine": 9}),
        ("/live/chart/read", {"name": "No chart", "count": 5, "start": 0, "end": 0}),
        ("/live/chart/read", {"name": "Drawdown", "count": 5, "start": 9, "end": 1}),
        ("/live/list", {"status": "Dreaming"}),
    ],
)
def test_a_page_that_cannot_be_is_refused(alice: Caller, path, window) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    alice.no(path, projectId=project, **window)


def test_insights_up_to_a_thousand_are_read_with_a_start(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
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
    assert any("ready to trade" in line for line in whole["logs"])
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


def test_a_command_trades_and_is_logged(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = deployed(alice, project)["deployId"]
    ((symbol, before),) = portfolio(alice, project)["holdings"].items()
    assert alice.ok("/live/commands/create", projectId=project, command=ORDER) == {"success": True}
    assert portfolio(alice, project)["holdings"][symbol]["q"] == before["q"] + 10
    last = alice.ok("/live/orders/read", projectId=project, start=0, end=1000)["orders"][-1]
    assert (last["quantity"], last["status"]) == (10, 3)
    alice.ok("/live/commands/create", projectId=project, command={"hello": "there"})
    alice.ok("/live/commands/create", projectId=project, command={**ORDER, "symbol": "NONE"})
    alice.ok(
        "/live/commands/create", projectId=project, command={"$type": "LiquidateCommand", "ticker": "SPY"}
    )
    assert portfolio(alice, project)["holdings"] == {}
    logs = alice.ok("/live/logs/read", projectId=project, algorithmId=id_, startLine=0, endLine=250)["logs"]
    told = [line for line in logs if "Command:" in line]
    assert ["on_command" in line or "order" in line or "closed" in line for line in told] == [True] * 4
    for command in ({}, None, "stop", []):
        alice.no("/live/commands/create", projectId=project, command=command)


def test_a_broadcast_reaches_every_running_project_of_the_organization_but_the_excluded(
    alice: Caller, bob: Caller
) -> None:
    projects = [alice.project(name, main=ALGORITHM) for name in ("One", "Two", "Three")]
    for project in projects:
        deployed(alice, project)
    other = bob.project(main=ALGORITHM)
    deployed(bob, other)
    asked = {"organizationId": alice.organization, "command": ORDER}
    orders = [portfolio(alice, project)["holdings"] for project in projects]
    alice.ok("/live/commands/broadcast", **asked, excludeProjectId=projects[0])
    changed = [
        portfolio(alice, each)["holdings"] != held for each, held in zip(projects, orders, strict=True)
    ]
    assert changed == [False, True, True]
    bob.no("/live/commands/broadcast", **asked)
    alice.no("/live/commands/broadcast", organizationId="", command=ORDER)
    for project in projects:
        alice.ok("/live/update/stop", projectId=project)
    alice.ok("/live/commands/broadcast", **asked)


def test_a_deployment_starts_step_by_step_and_too_early_commands_are_lost() -> None:
    with quant(Configuration(port=0, speed=0)) as caller:
        url = caller.url
        project = caller.project(main=ALGORITHM)
        build, node = caller.compiled(project), caller.live_node(project)
        control(url, "/__control/clock", {"speed": 1e-6})
        caller.ok(
            "/live/create", projectId=project, compileId=build, nodeId=node, versionId="-1", brokerage=PAPER
        )
        caller.ok("/live/commands/create", projectId=project, command={"early": True})
        seen = []
        for _ in range(5):
            seen.append(caller.ok("/live/read", projectId=project)["status"])
            control(url, "/__control/clock", {"advance": 4})
        assert seen == ["InQueue", "Initializing", "LoggingIn", "History", "Running"]
        # Snapshots are old: right after the start they show cash and nothing else.
        assert portfolio(caller, project)["holdings"] == {}
        loading = caller.ok("/live/orders/read", projectId=project, start=0, end=10)
        assert loading["status"] == "loading"
        control(url, "/__control/clock", {"speed": 0})
        assert portfolio(caller, project)["holdings"]


def test_an_algorithm_that_fails_ends_by_itself(alice: Caller) -> None:
    project = alice.project(main=FAILING)
    deployed(alice, project)
    read = alice.ok("/live/read", projectId=project)
    assert read["status"] == "RuntimeError"
    assert "ZeroDivisionError" in read["message"]
    assert alice.ok("/live/list", status="RuntimeError")["live"][0]["error"]
    assert alice.ok("/projects/read", projectId=project)["projects"][0]["codeRunning"] is False


@pytest.mark.parametrize("asked", ["deploy", "delete", "nodes"])
def test_an_algorithm_that_failed_unseen_holds_neither_node_nor_project(asked: str) -> None:
    with quant(Configuration(port=0, speed=0)) as caller:
        project = caller.project(main=FAILING)
        node = caller.live_node(project)
        given = {"projectId": project, "compileId": caller.compiled(project), "nodeId": node}
        given |= {"versionId": "-1", "brokerage": PAPER}
        control(caller.url, "/__control/clock", {"speed": 1})
        assert caller.ok("/live/create", **given)["live"]["status"] == "InQueue"
        control(caller.url, "/__control/clock", {"speed": 0})
        if asked == "deploy":
            caller.ok("/live/create", **given)
        elif asked == "delete":
            caller.ok("/projects/delete", projectId=project)
        else:
            nodes = caller.ok("/projects/nodes/read", projectId=project)["nodes"]["live"]
            assert not any(each["busy"] for each in nodes)


@define
class Racing(Clock):
    """A clock by which minutes pass between any two looks at it."""

    looks: int = 0

    def elapsed(self, since: float, until: float | None = None) -> float:
        self.looks += 1
        return START + 97.0 * self.looks


def test_a_liquidation_leaves_no_position_however_fast_time_runs() -> None:
    turning = ALGORITHM.partition("    def on_data")[0] + "    def on_data(self, data):\n" + TURNS
    sandbox = built(Configuration(port=0, speed=0))

    async def liquidated() -> dict[str, Any]:
        async with in_process(sandbox) as ok:
            project, build = await built_project(ok, turning)
            node = (await ok("/projects/nodes/read", projectId=project))["nodes"]["live"][0]["id"]
            given = {"compileId": build, "nodeId": node, "versionId": "-1", "brokerage": PAPER}
            await ok("/live/create", projectId=project, **given)
            sandbox.world.clock = Racing()
            await ok("/live/update/liquidate", projectId=project)
            return (await ok("/live/portfolio/read", projectId=project))["portfolio"]["holdings"]

    assert asyncio.run(liquidated()) == {}
    assert 97.0 * sandbox.world.clock.looks < REPLAY, "the replay was over before it was liquidated"


@pytest.mark.parametrize("share", [0.2, 0.4, 0.7, 0.95])
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


def test_a_guest_without_live_control_cannot_trade(alice: Caller, carol: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    own = carol.project()
    id_ = carol.ok("/projects/collaboration/read", projectId=own)["collaborators"][0]["publicId"]
    alice.ok(
        "/projects/collaboration/create",
        projectId=project,
        collaboratorUserId=id_,
        collaborationLiveControl=False,
        collaborationWrite=True,
    )
    carol.ok("/live/read", projectId=project)
    for path, more in (
        ("/live/update/stop", {}),
        ("/live/update/liquidate", {}),
        ("/live/commands/create", {"command": ORDER}),
    ):
        assert "permission" in carol.no(path, projectId=project, **more)


def test_a_brokerage_is_authorized_by_a_redirect_and_then_read(alice: Caller) -> None:
    assert alice.ok("/live/auth0/read", brokerage="alpaca")["authorization"] is None
    answer = alice.send("/live/auth0/authorize", {"brokerage": "alpaca"}, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(alice.url)
    granted = alice.ok("/live/auth0/read", brokerage="alpaca")["authorization"]
    assert granted["accounts"][0]["id"]
    assert alice.ok("/live/auth0/read", brokerage="tastytrade")["authorization"] is None
    alice.no("/live/auth0/read", brokerage="piggybank")


def test_authorizing_for_a_project_that_there_is_not_is_404(alice: Caller) -> None:
    answer = alice.send("/live/auth0/authorize", {"brokerage": "alpaca", "projectId": -1})
    assert answer.status_code == 404


def test_consent_can_wait_for_the_link_to_be_opened() -> None:
    with quant(Configuration(port=0, speed=0, switches=Switches(consent="visit"))) as caller:
        link = caller.send("/live/auth0/authorize", {"brokerage": "alpaca"}).headers["location"]
        assert caller.ok("/live/auth0/read", brokerage="alpaca")["authorization"] is None
        assert "alpaca" in httpx2.get(link).text
        assert caller.ok("/live/auth0/read", brokerage="alpaca")["authorization"]
