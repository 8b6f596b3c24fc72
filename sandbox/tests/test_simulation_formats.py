"""Results look as the API's do: keys, text, sizes."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from quantconnect_sandbox.simulation import addressed, simulate
from simulation_projects import COINS, DAILY, MINUTE, every_run, job, python, run

TRADE_KEYS = 41
PORTFOLIO_KEYS = 25


@every_run
def test_results_have_all_keys_and_are_plain_json(code: str) -> None:
    result = run(code)
    assert len(result.statistics) == 27
    assert len(result.total_performance["tradeStatistics"]) == TRADE_KEYS
    assert len(result.total_performance["portfolioStatistics"]) == PORTFOLIO_KEYS
    for body in (
        result.total_performance,
        result.rolling_window,
        result.charts,
        result.orders,
        result.insights,
    ):
        json.loads(json.dumps(body, allow_nan=False))


def test_statistics_are_strings_and_counts_integers() -> None:
    performance = run(DAILY).total_performance
    assert all(
        isinstance(v, str) and re.fullmatch(r"-?\d+(\.\d{1,4})?", v)
        for v in performance["portfolioStatistics"].values()
    )
    trades = performance["tradeStatistics"]
    counts = {k for k, v in trades.items() if isinstance(v, int)}
    assert counts == {
        "totalNumberOfTrades",
        "numberOfWinningTrades",
        "numberOfLosingTrades",
        "maxConsecutiveWinningTrades",
        "maxConsecutiveLosingTrades",
    }
    durations = [v for k, v in trades.items() if k.endswith("Duration")]
    assert len(durations) == 7
    assert all(re.fullmatch(r"(\d+\.)?\d\d:\d\d:\d\d", v) for v in durations)


def test_display_strings_have_leans_forms() -> None:
    result = run(DAILY)
    assert re.fullmatch(r"-?\d+\.\d{3}%", result.statistics["Compounding Annual Return"])
    assert re.fullmatch(r"\d+%", result.statistics["Win Rate"])
    assert re.fullmatch(r"\$\d+\.\d\d", result.statistics["Total Fees"])
    assert result.statistics["Lowest Capacity Asset"] == "SPY R735QTJ8XC9X"


def test_an_order_has_codes_as_integers_and_leaves_out_what_does_not_apply() -> None:
    order = run(MINUTE).orders[0]
    assert (order["type"], order["status"], order["securityType"], order["direction"]) == (0, 3, 1, 0)
    assert not {"limitPrice", "stopPrice", "canceledTime", "contingentId", "tag"} & set(order)
    first, second = order["events"]
    assert (first["status"], second["status"]) == ("submitted", "filled")
    assert "fillPrice" not in first
    assert second["fillPrice"] == order["price"]
    assert second["fillQuantity"] == order["quantity"]
    assert addressed([order], "x")[0]["events"][1]["id"] == "x-1-2"
    assert second["time"] == int(datetime.fromisoformat(order["lastFillTime"]).timestamp())


def test_the_charts_are_the_eight_defaults_with_full_series() -> None:
    charts = run(MINUTE).charts
    assert list(charts) == [
        "Strategy Equity",
        "Capacity",
        "Drawdown",
        "Benchmark",
        "Exposure",
        "Assets Sales Volume",
        "Portfolio Turnover",
        "Portfolio Margin",
    ]
    for name, chart in charts.items():
        assert chart["name"] == name
        assert chart["chartType"] == 0
        for label, series in chart["series"].items():
            assert series["name"] == label
            assert series["values"] == sorted(series["values"], key=lambda point: point[0])
            assert ("color" in series) is (series["seriesType"] != 2)
    equity = charts["Strategy Equity"]["series"]["Equity"]
    assert {len(point) for point in equity["values"]} == {5}
    assert set(charts["Portfolio Margin"]["series"]) == {
        "SPY R735QTJ8XC9X",
        "BND R735QTJ8XC9X",
        "AAPL R735QTJ8XC9X",
    }


def test_symbols_of_each_kind_have_their_identifiers() -> None:
    assert run(COINS).orders[0]["symbol"]["id"] == "BTCUSD 2XR"
    assert run(python('self.add_forex("EURUSD")')).orders[0]["symbol"]["id"] == "EURUSD 8G"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [str(value) for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_is_one_page_that_asks_nothing_of_the_network() -> None:
    result = simulate(job(DAILY, name="<script>alert(1)</script> & co"))
    page = _Page()
    page.feed(result.report.replace("/>", "></polyline>"))
    assert page.open == []
    assert page.addresses == []
    assert "<script" not in result.report
    assert "<script>alert(1)</script> & co" in page.text
    assert result.statistics["Sharpe Ratio"] in page.text
    assert "invented results" in page.text


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "spec" / "quantconnect.yaml"
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@pytest.mark.parametrize("code", [DAILY, COINS, MINUTE], ids=["daily", "coins", "minute"])
def test_results_are_what_the_description_of_the_api_says(code: str) -> None:
    result = run(code)
    bodies: dict[str, list[Any]] = {
        "Order": result.orders,
        "Insight": result.insights,
        "Chart": list(result.charts.values()),
        "AlgorithmPerformance": [result.total_performance, *result.rolling_window.values()],
        "StatisticsResult": [result.statistics],
    }
    described = _described()
    for name, items in bodies.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        validator = Draft202012Validator(schema)
        for item in items:
            validator.validate(item)
            declared = described["components"]["schemas"][name].get("properties", {})
            assert not declared or set(item) & set(declared), name
