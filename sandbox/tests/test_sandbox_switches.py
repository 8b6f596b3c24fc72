"""What the sources leave open, switched (api-facts 10)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx2
import pytest
from quantconnect_sandbox.configuration import Switches
from sandbox_calls import Caller, control


@pytest.fixture
def switch(caller: Caller) -> Iterator[Any]:
    """Sets switches; afterwards all are as they were."""
    yield lambda **values: control(caller.url, "/__control/switches", values)
    control(caller.url, "/__control/switches", Switches().described())


def test_dates_are_mixed_spaced_or_iso(caller: Caller, run, switch) -> None:
    """Case C01: both styles exist in the wild."""
    styles = []
    for style in ("mixed", "space", "iso"):
        switch(dates=style)
        project = caller.ok("/projects/read", projectId=run["projectId"])["projects"][0]
        found = (project["created"], caller.ok("/backtests/read", **run)["backtest"]["created"])
        assert all(datetime.fromisoformat(each) for each in found)
        styles.append(tuple("T" if "T" in each else " " for each in found))
    assert styles == [(" ", "T"), (" ", " "), ("T", "T")]


def test_errors_are_absent_or_empty_on_success(caller: Caller, switch) -> None:
    assert caller("/authenticate") == {"success": True}
    switch(errors_key="empty")
    assert caller("/authenticate") == {"success": True, "errors": []}


def test_an_empty_map_is_a_list_or_a_map(caller: Caller, run, switch) -> None:
    """Case C03."""
    assert caller.ok("/backtests/read", **run)["backtest"]["parameterSet"] == []
    switch(empty_map="map")
    assert caller.ok("/backtests/read", **run)["backtest"]["parameterSet"] == {}


def test_statistics_are_strings_or_numbers(caller: Caller, run, switch) -> None:
    def value() -> Any:
        performance = caller.ok("/backtests/read", **run)["backtest"]["totalPerformance"]
        assert isinstance(performance["tradeStatistics"]["averageTradeDuration"], str)
        return performance["portfolioStatistics"]["sharpeRatio"]

    text = value()
    switch(statistics="numbers")
    assert value() == float(text)


def test_orders_and_charts_can_have_the_keys_of_before_2024(caller: Caller, run, switch) -> None:
    switch(key_case="pascal")
    orders = caller.send("/backtests/orders/read", {**run, "start": 0, "end": 5}).json()["orders"]
    assert {"Id", "Symbol", "Type", "Status", "Events"} <= set(orders[0])
    assert {"symbol", "symbol-value", "order-event-id", "fill-price", "time"} <= set(orders[0]["Events"][-1])
    chart = caller.send("/backtests/chart/read", {**run, "name": "Drawdown", "count": 5}).json()["chart"]
    assert {"Name", "Series"} <= set(chart)
    assert "Equity Drawdown" in chart["Series"]


def test_a_refusal_has_one_of_three_shapes(caller: Caller, switch) -> None:
    for shape, key in (("errors", "errors"), ("messages", "messages"), ("message", "Message")):
        switch(refusals=shape)
        answer = caller.send("/projects/read", {"projectId": -1}).json()
        assert set(answer) == {"success", key}
        assert "not found" in str(answer[key])


def test_credentials_are_refused_with_200_or_401(caller: Caller, switch) -> None:
    assert httpx2.post(caller.url + "/authenticate").status_code == 200
    switch(auth_status="401")
    assert httpx2.post(caller.url + "/authenticate").status_code == 401
