"""Results look as the API's do: keys, text, codes."""

import json
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from quantconnect_sandbox.simulation import addressed, simulate
from simulation_projects import COINS, DAILY, MINUTE, every_run, job, run


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "spec" / "quantconnect.yaml"
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@every_run
def test_results_are_what_the_description_of_the_api_says(code: str) -> None:
    result = run(code)
    bodies: dict[str, list[Any]] = {
        "Order": result.orders[:20],
        "Insight": result.insights[:20],
        "Chart": list(result.charts.values()),
        "AlgorithmPerformance": [result.total_performance, *result.rolling_window.values()],
        "StatisticsResult": [result.statistics],
    }
    json.dumps(bodies, allow_nan=False)
    described = _described()
    for name, items in bodies.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        validator = Draft202012Validator(schema)
        for item in items:
            validator.validate(item)
            declared = described["components"]["schemas"][name].get("properties", {})
            assert not declared or set(item) & set(declared), name


def test_statistics_are_texts_in_leans_forms_and_counts_integers() -> None:
    result = run(DAILY)
    portfolio, trades = (result.total_performance[f"{name}Statistics"] for name in ("portfolio", "trade"))
    assert (len(result.statistics), len(portfolio), len(trades)) == (27, 25, 41)
    assert all(re.fullmatch(r"-?\d+(\.\d{1,4})?", text) for text in portfolio.values())
    assert len([value for value in trades.values() if isinstance(value, int)]) == 5
    durations = [value for key, value in trades.items() if key.endswith("Duration")]
    assert len(durations) == 7
    assert all(re.fullmatch(r"(\d+\.)?\d\d:\d\d:\d\d", text) for text in durations)
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
    assert (second["fillPrice"], second["fillQuantity"]) == (order["price"], order["quantity"])
    assert addressed([order], "x")[0]["events"][1]["id"] == "x-1-2"
    assert second["time"] == int(datetime.fromisoformat(order["lastFillTime"]).timestamp())
    assert run(COINS).orders[0]["symbol"]["id"] == "BTCUSD 2XR"


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
        assert (chart["name"], chart["chartType"]) == (name, 0)
        for label, series in chart["series"].items():
            assert series["name"] == label
            assert series["values"] == sorted(series["values"], key=lambda point: point[0])
            assert ("color" in series) is (series["seriesType"] != 2)
    assert {len(point) for point in charts["Strategy Equity"]["series"]["Equity"]["values"]} == {5}
    assert [each.split(" ")[0] for each in charts["Portfolio Margin"]["series"]] == ["SPY", "BND", "AAPL"]


def test_the_report_shows_the_name_as_text_and_asks_nothing_of_the_network() -> None:
    page = simulate(job(DAILY, name="<script>alert(1)</script> & co")).report
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page
    assert "invented results" in page
    assert run(DAILY).statistics["Sharpe Ratio"] in page
    assert not re.search("<script|src=|href=|url\\(", page)
