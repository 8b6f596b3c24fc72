"""Every part of a simulation tells the same story."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import deque
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean, stdev

import pytest
from simulation_projects import CREATED, CROSS, IDLE, MONTHLY, TRADING, job, python, run

from ledgai_mcp.sandbox.simulation import Simulation, market, simulate

every_project = pytest.mark.parametrize("code", TRADING.values(), ids=TRADING)


def open_profit(result: Simulation) -> float:
    return sum(holding.get("u", 0.0) for holding in result.holdings.values())


def fills(result: Simulation) -> list[dict]:
    return [order for order in result.orders if order["status"] == 3]


def fees(result: Simulation) -> float:
    return sum(event.get("orderFeeAmount", 0.0) for order in result.orders for event in order["events"])


@every_project
def test_final_equity_is_cash_plus_closed_and_open_profit_minus_fees(code: str) -> None:
    result = run(code)
    closed = sum(trade["profitLoss"] for trade in result.total_performance["closedTrades"])
    assert result.orders
    assert result.equity[-1][1] == pytest.approx(
        100_000 + closed + open_profit(result) - fees(result), abs=0.05
    )


@every_project
def test_final_equity_is_the_cash_and_the_value_of_holdings_at_the_end(code: str) -> None:
    result = run(code)
    held = sum(holding["v"] for holding in result.holdings.values())
    assert result.cash["USD"]["amount"] + held == pytest.approx(result.equity[-1][1], abs=0.05)
    assert all(h["q"] * h["p"] == pytest.approx(h["v"], abs=0.01) for h in result.holdings.values())


@every_project
def test_replaying_the_fills_gives_the_closed_trades_first_in_first_out(code: str) -> None:
    result = run(code)
    lots: dict[str, deque[list[float]]] = {}
    trades: list[tuple[str, float, float, float, list[int]]] = []
    for order in sorted(fills(result), key=lambda o: (o["lastFillTime"], o["id"])):
        queue, left = lots.setdefault(order["symbol"]["value"], deque()), order["quantity"]
        while queue and abs(left) > 1e-9 and queue[0][0] * left < 0:
            size = min(abs(left), abs(queue[0][0]))
            sign = math.copysign(1, queue[0][0])
            ids = [int(queue[0][2]), order["id"]]
            trades.append((order["symbol"]["value"], size, queue[0][1], order["price"], ids))
            queue[0][0] -= sign * size
            left += sign * size
            if abs(queue[0][0]) < 1e-9:
                queue.popleft()
        if abs(left) > 1e-9:
            queue.append([left, order["price"], order["id"]])
    told = result.total_performance["closedTrades"]
    assert [t["orderIds"] for t in told] == [ids for *_, ids in trades]
    for trade, (ticker, size, entry, exit_price, _) in zip(told, trades, strict=True):
        assert trade["symbols"][0]["value"] == ticker
        assert (trade["quantity"], trade["entryPrice"], trade["exitPrice"]) == pytest.approx(
            (size, entry, exit_price)
        )
        sign = -1 if trade["direction"] else 1
        assert trade["profitLoss"] == pytest.approx(sign * size * (exit_price - entry), abs=0.001)
        assert trade["isWin"] is (trade["profitLoss"] > 0)


@every_project
def test_profit_loss_holds_each_closed_trade_under_its_exit(code: str) -> None:
    result = run(code)
    told = result.total_performance["closedTrades"]
    by_exit = result.profit_loss
    if not told:
        assert by_exit == []
        return
    assert isinstance(by_exit, dict)
    assert [key[:19] for key in by_exit] == [trade["exitTime"][:19] for trade in told]
    assert list(by_exit.values()) == pytest.approx([trade["profitLoss"] for trade in told])


@every_project
def test_orders_are_filled_at_the_simulated_prices_of_the_day(code: str) -> None:
    kinds = {1: "equity", 7: "crypto"}
    for order in fills(run(code)):
        when = datetime.fromisoformat(order["lastFillTime"])
        kind = kinds[order["securityType"]]
        bars = market.bars(order["symbol"]["value"], kind, when.year, when.year)
        index = bars.at(when.date())
        assert index is not None
        assert bars.low[index] <= order["price"] <= bars.high[index]
        if order["type"] in {0, 4}:
            assert order["price"] == bars.open[index]


@every_project
def test_a_limit_is_never_filled_at_a_worse_price(code: str) -> None:
    for order in fills(run(code)):
        if order["type"] == 1:
            better = order["price"] <= order["limitPrice"]
            assert better if order["quantity"] > 0 else order["price"] >= order["limitPrice"]


@every_project
def test_statistics_are_the_numbers_of_the_daily_equity(code: str) -> None:
    result = run(code)
    values = [100_000.0, *(value for _, value in result.equity)]
    returns = [b / a - 1 for a, b in pairwise(values)]
    peak, fall = values[0], 0.0
    for value in values:
        peak = max(peak, value)
        fall = max(fall, 1 - value / peak)
    annual = (1 + fmean(returns)) ** 252 - 1
    shown = result.statistics
    assert float(shown["Drawdown"].rstrip("%")) == pytest.approx(fall * 100, abs=0.001)
    assert float(shown["Sharpe Ratio"]) == pytest.approx(
        annual / (stdev(returns) * math.sqrt(252)), abs=0.002
    )
    assert float(shown["Annual Standard Deviation"]) == pytest.approx(
        stdev(returns) * math.sqrt(252), abs=0.001
    )
    assert float(shown["End Equity"]) == pytest.approx(values[-1], abs=0.005)
    assert float(shown["Net Profit"].rstrip("%")) == pytest.approx(
        (values[-1] / 100_000 - 1) * 100, abs=0.001
    )


@every_project
def test_statistics_are_the_rounded_portfolio_statistics(code: str) -> None:
    result = run(code)
    numbers = {k: float(v) for k, v in result.total_performance["portfolioStatistics"].items()}
    shown = result.statistics
    pairs = {
        "Sharpe Ratio": (1, "sharpeRatio", 3),
        "Sortino Ratio": (1, "sortinoRatio", 3),
        "Alpha": (1, "alpha", 3),
        "Beta": (1, "beta", 3),
        "Annual Variance": (1, "annualVariance", 3),
        "Information Ratio": (1, "informationRatio", 3),
        "Tracking Error": (1, "trackingError", 3),
        "Treynor Ratio": (1, "treynorRatio", 3),
        "Expectancy": (1, "expectancy", 3),
        "Profit-Loss Ratio": (1, "profitLossRatio", 2),
        "Compounding Annual Return": (100, "compoundingAnnualReturn", 3),
        "Net Profit": (100, "totalNetProfit", 3),
        "Drawdown": (100, "drawdown", 3),
        "Win Rate": (100, "winRate", 0),
        "Loss Rate": (100, "lossRate", 0),
        "Average Win": (100, "averageWinRate", 2),
        "Average Loss": (100, "averageLossRate", 2),
        "Portfolio Turnover": (100, "portfolioTurnover", 2),
        "Probabilistic Sharpe Ratio": (100, "probabilisticSharpeRatio", 3),
        "Start Equity": (1, "startEquity", 2),
        "End Equity": (1, "endEquity", 2),
    }
    for name, (scale, key, digits) in pairs.items():
        # Both are rounded from the same number: they may differ by half a step of the coarser one.
        slack = 0.51 * 10**-digits + scale * 0.51e-4
        assert float(shown[name].strip("%")) == pytest.approx(scale * numbers[key], abs=slack), name


@every_project
def test_counts_and_sums_of_trades_match_the_list(code: str) -> None:
    result = run(code)
    told, counted = result.total_performance["closedTrades"], result.total_performance["tradeStatistics"]
    wins = [t for t in told if t["profitLoss"] > 0]
    assert counted["totalNumberOfTrades"] == len(told)
    assert counted["numberOfWinningTrades"] == len(wins)
    assert counted["numberOfLosingTrades"] == len(told) - len(wins)
    assert float(counted["totalProfitLoss"]) == pytest.approx(sum(t["profitLoss"] for t in told), abs=0.01)
    assert float(counted["totalFees"]) == pytest.approx(sum(t["totalFees"] for t in told), abs=0.01)
    assert int(result.statistics["Total Orders"]) == len(result.orders)
    assert float(result.statistics["Total Fees"].lstrip("$")) == pytest.approx(fees(result), abs=0.006)
    if told:
        assert counted["startDateTime"] == min(t["entryTime"] for t in told)
        assert counted["endDateTime"] == max(t["exitTime"] for t in told)
        assert all(
            t["mae"] <= min(t["profitLoss"], 0) + 0.001 and t["mfe"] >= max(t["profitLoss"], 0) - 0.001
            for t in told
        )


@every_project
def test_runtime_statistics_are_the_same_sums(code: str) -> None:
    result = run(code)

    def amount(name: str) -> float:
        return float(result.runtime_statistics[name].replace("$", "").replace(",", ""))

    traded = sum(abs(o["quantity"] * o["price"]) for o in fills(result))
    assert amount("Equity") == pytest.approx(result.equity[-1][1], abs=0.006)
    assert amount("Fees") == pytest.approx(-fees(result), abs=0.006)
    assert amount("Unrealized") == pytest.approx(open_profit(result), abs=0.02)
    assert amount("Volume") == pytest.approx(traded, rel=1e-6, abs=0.01)
    assert amount("Net Profit") + amount("Unrealized") == pytest.approx(
        result.equity[-1][1] - 100_000, abs=0.02
    )


@every_project
def test_charts_draw_the_same_equity_returns_and_drawdown(code: str) -> None:
    result = run(code)
    equity = result.charts["Strategy Equity"]["series"]["Equity"]["values"]
    assert [[t, close] for t, *_, close in equity] == result.equity
    assert all(
        low <= min(start, close) and high >= max(start, close) for _, start, high, low, close in equity
    )
    daily = [y for _, y in result.charts["Strategy Equity"]["series"]["Return"]["values"]]
    grown = 100_000.0
    for change in daily:
        grown *= 1 + change / 100
    assert grown == pytest.approx(result.equity[-1][1], rel=1e-3)
    deepest = min(y for _, y in result.charts["Drawdown"]["series"]["Equity Drawdown"]["values"])
    assert -deepest == pytest.approx(float(result.statistics["Drawdown"].rstrip("%")), abs=0.006)


def test_sales_volume_and_turnover_are_the_value_traded() -> None:
    result = run(MONTHLY)
    traded = sum(abs(o["quantity"] * o["price"]) for o in fills(result))
    series = result.charts["Assets Sales Volume"]["series"].values()
    assert sum(item["values"][-1][1] for item in series) == pytest.approx(traded, abs=0.05)
    turnover = [y for _, y in result.charts["Portfolio Turnover"]["series"]["Portfolio Turnover"]["values"]]
    assert float(result.statistics["Portfolio Turnover"].rstrip("%")) == pytest.approx(
        100 * fmean(turnover), abs=0.02
    )


def test_the_benchmark_chart_is_the_benchmarks_price() -> None:
    result = run(python('self.add_equity("SPY", Resolution.DAILY)\nself.set_benchmark("QQQ")'))
    values = [y for _, y in result.charts["Benchmark"]["series"]["Benchmark"]["values"]]
    bars = market.bars("QQQ", "equity", 2023, 2023)
    assert values == pytest.approx(list(bars.close))


def test_holding_the_benchmark_alone_has_a_beta_of_one() -> None:
    result = run(
        python('self.add_equity("SPY")', 'if not self.portfolio.invested: self.set_holdings("SPY", 1)')
    )
    assert float(result.statistics["Beta"]) == pytest.approx(1, abs=0.03)


@every_project
def test_rolling_windows_end_with_months_and_hold_no_trades(code: str) -> None:
    result = run(code)
    assert {key.split("_")[0] for key in result.rolling_window} == {"M1", "M3", "M6", "M12"}
    assert len(result.rolling_window) == 4 * 12
    assert all(window["closedTrades"] == [] for window in result.rolling_window.values())
    assert "M1_20230228" in result.rolling_window
    assert "M12_20231130" in result.rolling_window


@every_project
def test_monthly_windows_chain_up_to_the_whole_run(code: str) -> None:
    result = run(code)
    months = [w for key, w in result.rolling_window.items() if key.startswith("M1_")]
    parts = [w["portfolioStatistics"] for w in months]
    assert float(parts[0]["startEquity"]) == 100_000
    assert all(a["endEquity"] == b["startEquity"] for a, b in pairwise(parts))
    assert float(parts[-1]["endEquity"]) == pytest.approx(result.equity[-1][1], abs=0.006)
    counts = sum(w["tradeStatistics"]["totalNumberOfTrades"] for w in months)
    assert counts == len(result.total_performance["closedTrades"])


def test_insights_lead_to_the_orders_of_the_portfolio_model() -> None:
    result = run(TRADING["predicting"])
    assert len(result.insights) == len(result.orders) > 2
    for insight, order in zip(result.insights, result.orders, strict=True):
        assert insight["direction"] == ("up" if order["direction"] == 0 else "down")
        assert insight["closeTime"] == insight["generatedTime"] + insight["period"]
        assert len(insight["id"]) == 32


def test_the_21_optimisation_numbers_are_those_of_the_statistics() -> None:
    result = run(CROSS)
    numbers = result.optimization_statistics
    assert len(numbers) == 21
    assert numbers[15] == float(result.statistics["Sharpe Ratio"])
    assert numbers[17] == float(result.statistics["Total Orders"])
    assert numbers[6] == float(result.statistics["Compounding Annual Return"].rstrip("%"))


def test_code_without_orders_makes_no_trades() -> None:
    result = run(IDLE)
    assert result.error is None
    assert (result.orders, result.profit_loss, result.holdings) == ([], [], {})
    assert result.tradeable_dates == 250
    relative = {"Information Ratio", "Tracking Error"}
    for name in set(result.statistics) - relative - {"Start Equity", "End Equity", "Lowest Capacity Asset"}:
        assert float(result.statistics[name].strip("$%")) == 0, name
    assert result.statistics["End Equity"] == "100000"
    assert result.total_performance["closedTrades"] == []
    assert result.total_performance["tradeStatistics"]["startDateTime"] is None


def test_the_same_job_gives_the_same_result() -> None:
    assert _told(simulate(job(CROSS))) == _told(simulate(job(CROSS)))


def test_name_and_moment_change_nothing_but_the_reports_title() -> None:
    one = simulate(job(CROSS, name="a"))
    two = simulate(job(CROSS, name="b", created=CREATED.replace(year=2024), project_id=99))
    assert {k: v for k, v in _told(one).items() if k != "report"} == {
        k: v for k, v in _told(two).items() if k != "report"
    }
    assert one.report != two.report


def test_another_process_with_another_hash_seed_gives_the_same_result() -> None:
    script = (
        "import json, test_simulation_agreement as t\n"
        "print(json.dumps(t._told(t.run(t.CROSS)), sort_keys=True))"
    )
    outputs = []
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path]),
        }
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        outputs.append(json.loads(done.stdout))
    assert outputs[0] == outputs[1] == json.loads(json.dumps(_told(run(CROSS))))


def test_a_ticker_has_the_same_prices_in_every_project() -> None:
    one, two = run(CROSS), run(MONTHLY)
    assert one.charts["Benchmark"] == two.charts["Benchmark"]


def test_the_work_grows_with_the_days_and_no_faster() -> None:
    run(CROSS)
    year, four = _work(CROSS), _work(CROSS.replace("2023, 1, 1", "2020, 1, 1"))
    assert four < 6 * year, "four times the days; a square would be sixteen times the work"
    assert year < 500_000, "of the order of a thousand calls a day"


def _work(code: str) -> int:
    """How many functions a simulation calls: unlike seconds, the same on every machine."""
    counted = [0]

    def count(_: object, event: str, __: object) -> None:
        counted[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        simulate(job(code))
    finally:
        sys.setprofile(None)
    return counted[0]


def _told(result: Simulation) -> dict:
    return {
        "orders": result.orders,
        "statistics": result.statistics,
        "performance": result.total_performance,
        "windows": result.rolling_window,
        "charts": result.charts,
        "equity": result.equity,
        "logs": result.logs,
        "insights": result.insights,
        "report": result.report,
        "start": result.start.astimezone(UTC).isoformat(),
    }
