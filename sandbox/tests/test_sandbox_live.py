"""live/*: deploying and ending, who may, and with which brokerage (api-facts 6)."""

from typing import Any

import httpx2
import pytest
from quantconnect_sandbox.configuration import Configuration, Switches
from sandbox_calls import ALGORITHM, Caller, control, quant, ready_project
from sandbox_deployments import ORDER, PAPER, deployed, deploying, portfolio


def test_a_paper_deployment_runs_and_is_shown_everywhere(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    created = deployed(alice, project)
    assert created["live"]["brokerage"] == "PaperBrokerage"
    read = alice.ok("/live/read", projectId=project)
    assert (read["status"], read["stopped"], read["deployId"]) == ("Running", None, created["deployId"])
    (line,) = alice.ok("/live/list", status="Running")["live"]
    assert (line["projectId"], line["environment"]) == (project, "paper")
    assert alice.ok("/projects/read", projectId=project)["projects"][0]["codeRunning"] is True
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


def test_neither_a_trading_project_nor_a_busy_node_takes_a_second_deployment(alice: Caller) -> None:
    first, second = alice.project("First", main=ALGORITHM), alice.project("Second", main=ALGORITHM)
    node = alice.live_node(first)
    deployed(alice, first, nodeId=node)
    assert "trades live" in alice.no("/live/create", **deploying(alice, first))
    assert "no spare nodes" in alice.no("/live/create", **deploying(alice, second, nodeId=node))


def test_a_deleted_project_frees_the_nodes_of_its_live_algorithm_and_backtests(slow: Caller) -> None:
    asked = ready_project(slow)
    project = asked["projectId"]
    slow.ok("/backtests/create", **asked, backtestName="one")
    slow.ok("/live/create", **asked, nodeId=slow.live_node(project), versionId="-1", brokerage=PAPER)

    def busy() -> int:
        nodes = slow.ok("/nodes/read", organizationId=slow.organization)
        return sum(each["busy"] for kind in ("backtest", "live") for each in nodes[kind])

    assert busy() == 2
    slow.ok("/projects/delete", projectId=project)
    assert busy() == 0
    assert [each["status"] for each in slow.ok("/live/list")["live"]] == ["Stopped"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"versionId": "5"}, "LEAN version 5"),
        ({"versionId": "newest"}, "versionId"),
        ({"brokerage": {}}, "id is empty"),
        ({"brokerage": {"id": "Piggybank"}}, "brokerage.id"),
        ({"brokerage": {"id": "KrakenBrokerage", "kraken-api-key": "k"}}, "secret, kraken-verification-tier"),
        ({"brokerage": {**PAPER, "cash": [{"amount": 1e13, "currency": "USD"}]}}, "cash must be less than"),
        ({"brokerage": "QuantConnectBrokerage"}, "brokerage must be an object"),
        ({"dataProviders": {"Piggybank": {}}}, "Piggybank"),
        ({"dataProviders": {"QuantConnectBrokerage": "yes"}}, "must be an object"),
    ],
)
def test_bad_deployment_is_refused_with_its_reason(caller: Caller, changes, said: str) -> None:
    project = caller.project()
    assert said in caller.no("/live/create", **deploying(caller, project, **changes))
    assert caller.ok("/live/list")["live"] == []


def test_secrets_of_a_brokerage_are_kept_nowhere(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    secrets = {"kraken-api-key": "hush-one", "kraken-api-secret": "hush-two"}
    kraken = {"id": "KrakenBrokerage", "kraken-verification-tier": "Starter", **secrets}
    answer = deployed(alice, project, brokerage=kraken)
    shown = repr([answer, alice.ok("/live/read", projectId=project), alice.ok("/projects/read")])
    log = control(alice.url, f"/__log?user={alice.user}", method="GET")
    assert "hush" not in shown + repr(log)
    assert alice.ok("/live/list")["live"][0]["environment"] == "live"


def test_starting_cash_and_holdings_are_accepted(alice: Caller) -> None:
    project = alice.project(
        main="from AlgorithmImports import *\nclass A(QCAlgorithm):\n    def initialize(self): pass\n"
    )
    holding = {"symbolId": "AAPL R735QTJ8XC9X", "symbol": "AAPL", "quantity": 5, "averagePrice": 10}
    brokerage = {**PAPER, "cash": [{"amount": 777, "currency": "USD"}], "holdings": [holding]}
    deployed(alice, project, brokerage=brokerage)
    shown = portfolio(alice, project)
    assert shown["cash"]["USD"]["amount"] == 777
    assert shown["holdings"]["AAPL R735QTJ8XC9X"]["q"] == 5


@pytest.mark.parametrize("amount", [50_000, 0])
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


def test_a_guest_without_live_control_cannot_trade(alice: Caller, carol: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    deployed(alice, project)
    rights = {"collaborationLiveControl": False, "collaborationWrite": True}
    path = "/projects/collaboration/create"
    alice.ok(path, projectId=project, collaboratorUserId=carol.public_id, **rights)
    carol.ok("/live/read", projectId=project)
    for path in ("/live/update/stop", "/live/update/liquidate", "/live/commands/create"):
        assert "permission" in carol.no(path, projectId=project, command=ORDER)


def test_a_brokerage_is_authorized_by_a_redirect_and_then_read(alice: Caller) -> None:
    assert alice.ok("/live/auth0/read", brokerage="alpaca")["authorization"] is None
    answer = alice.send("/live/auth0/authorize", {"brokerage": "alpaca"}, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(alice.url)
    granted = alice.ok("/live/auth0/read", brokerage="alpaca")["authorization"]
    assert granted["accounts"][0]["id"]
    assert alice.ok("/live/auth0/read", brokerage="tastytrade")["authorization"] is None
    alice.no("/live/auth0/read", brokerage="piggybank")
    assert alice.send("/live/auth0/authorize", {"brokerage": "alpaca", "projectId": -1}).status_code == 404


def test_a_login_id_beside_a_sign_in_is_text(alice: Caller) -> None:
    given: dict[str, Any] = {"brokerage": "charlesschwab", "userId": ["sam"]}
    assert "userId" in alice.no("/live/auth0/authorize", **given)
    answer = alice.send("/live/auth0/authorize", {**given, "userId": "sam"}, follow_redirects=False)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("notification", "said"),
    [({"events": ["fill"]}, "'fill'"), ({"events": ["insight"], "targets": ["sam"]}, "targets")],
)
def test_a_notification_that_cannot_be_is_refused(
    alice: Caller, notification: dict[str, Any], said: str
) -> None:
    project = alice.project(main=ALGORITHM)
    assert said in alice.no("/live/create", **deploying(alice, project, notification=notification))


def test_consent_can_wait_for_the_link_to_be_opened() -> None:
    with quant(Configuration(port=0, speed=0, switches=Switches(consent="visit"))) as caller:
        link = caller.send("/live/auth0/authorize", {"brokerage": "alpaca"}).headers["location"]
        assert caller.ok("/live/auth0/read", brokerage="alpaca")["authorization"] is None
        assert "alpaca" in httpx2.get(link).text
        assert caller.ok("/live/auth0/read", brokerage="alpaca")["authorization"]
