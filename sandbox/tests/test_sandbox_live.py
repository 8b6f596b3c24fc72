"""live/*: deploying and ending, who may, and with which brokerage (api-facts 6)."""

from __future__ import annotations

import httpx2
import pytest
from quantconnect_sandbox.configuration import Configuration, Switches
from quantconnect_sandbox.endpoints import brokerages
from sandbox_calls import ALGORITHM, Caller, control, quant
from sandbox_deployments import ORDER, PAPER, deployed, portfolio


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
