"""A backtest's statistics are those of its own chart points and orders, as the API gives both."""

import math
from itertools import pairwise
from statistics import NormalDist, covariance, mean, stdev, variance
from typing import Any

import pytest
from sandbox_calls import Caller
from simulation_projects import COINS, DAILY, LONG, every_run, run

RISK_FREE = 0.01


def percent(text: str) -> float:
    return float(text.strip("$%"))


def expected(daily: list[float], benchmark: list[list[float]]) -> dict[str, float]:
    """LEAN's definitions, written once more from the values of each day."""
    returns = [after / before - 1 for before, after in pairwise(daily)]
    market = [after / before - 1 for (_, before), (_, after) in pairwise(benchmark)]
    annual, market_annual = ((1 + mean(each)) ** 252 - 1 for each in (returns, market))
    deviation = stdev(returns) * math.sqrt(252)
    beta = covariance(returns, market) / variance(market)
    years = (benchmark[-1][0] - benchmark[0][0]) / 86_400 / 365
    peak = fall = 0.0
    for value in daily:
        peak = max(peak, value)
        fall = max(fall, 1 - value / peak)
    error = stdev([a - b for a, b in zip(returns, market, strict=True)]) * math.sqrt(252)
    n, sharpe = len(returns), mean(returns) / stdev(returns)
    m2, m3, m4 = (mean([(each - mean(returns)) ** power for each in returns]) for power in (2, 3, 4))
    skew = m3 / m2**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6)
    spread = math.sqrt((1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2) / (n - 1))
    return {
        "sharpeRatio": (annual - RISK_FREE) / deviation,
        "sortinoRatio": (annual - RISK_FREE) / (stdev([r for r in returns if r < 0]) * math.sqrt(252)),
        "compoundingAnnualReturn": (daily[-1] / daily[0]) ** (1 / years) - 1,
        "drawdown": fall,
        "totalNetProfit": daily[-1] / daily[0] - 1,
        "annualStandardDeviation": deviation,
        "annualVariance": deviation**2,
        "beta": beta,
        "alpha": annual - (RISK_FREE + beta * (market_annual - RISK_FREE)),
        "treynorRatio": (annual - RISK_FREE) / beta,
        "trackingError": error,
        "informationRatio": (annual - market_annual) / error,
        "probabilisticSharpeRatio": NormalDist().cdf((sharpe - 1 / math.sqrt(252)) / spread),
        "startEquity": 100_000,
        "endEquity": daily[-1],
    }


@pytest.mark.parametrize("code", [DAILY, COINS], ids=["daily", "hourly coins"])
def test_statistics_can_be_recomputed_from_what_the_api_gives(alice: Caller, code: str) -> None:
    project = alice.project(main=code)
    asked = {"projectId": project, "backtestId": alice.backtest(project)}
    told = alice.ok("/backtests/read", **asked)["backtest"]
    shown, numbers = told["statistics"], told["totalPerformance"]["portfolioStatistics"]

    def points(chart: str, series: str) -> list[list[float]]:
        answer = alice.ok("/backtests/chart/read", **asked, name=chart, count=100_000)
        return answer["chart"]["series"][series]["values"]

    equity = {at: close for at, *_, close in points("Strategy Equity", "Equity")}
    benchmark = points("Benchmark", "Benchmark")
    daily = [equity[at] for at, _ in benchmark]
    orders: list[dict[str, Any]] = []
    while page := alice.ok("/backtests/orders/read", **asked, start=len(orders), end=len(orders) + 100)[
        "orders"
    ]:
        orders += page
    for name, value in expected(daily, benchmark).items():
        assert float(numbers[name]) == pytest.approx(value, abs=0.0015, rel=1e-4), name
    paid = sum(event.get("orderFeeAmount", 0) for order in orders for event in order["events"])
    assert percent(shown["Total Fees"]) == pytest.approx(paid, abs=0.006)
    assert int(shown["Total Orders"]) == len(orders)
    runtime = told["runtimeStatistics"]
    assert (runtime["Equity"], runtime["Fees"]) == (f"${daily[-1]:,.2f}", f"-${paid:,.2f}")
    assert runtime["Volume"] == f"${sum(abs(order['value']) for order in orders):,.2f}"
    assert "invented" in runtime["Sandbox"]
    traded: dict[float, float] = dict.fromkeys((at for at, _ in benchmark[1:]), 0.0)
    for order in orders:
        day = min(at for at in traded if at >= order["events"][-1]["time"])
        traded[day] += abs(order["value"]) / equity[day]
    assert percent(shown["Portfolio Turnover"]) == pytest.approx(100 * mean(traded.values()), abs=0.01)


@every_run
def test_displayed_statistics_are_the_rounded_numbers(code: str) -> None:
    result = run(code)
    numbers = {key: float(text) for key, text in result.total_performance["portfolioStatistics"].items()}
    for name, scale, key, digits in (
        ("Sharpe Ratio", 1, "sharpeRatio", 3),
        ("Sortino Ratio", 1, "sortinoRatio", 3),
        ("Alpha", 1, "alpha", 3),
        ("Beta", 1, "beta", 3),
        ("Treynor Ratio", 1, "treynorRatio", 3),
        ("Expectancy", 1, "expectancy", 3),
        ("Profit-Loss Ratio", 1, "profitLossRatio", 2),
        ("Compounding Annual Return", 100, "compoundingAnnualReturn", 3),
        ("Net Profit", 100, "totalNetProfit", 3),
        ("Drawdown", 100, "drawdown", 3),
        ("Win Rate", 100, "winRate", 0),
        ("Average Loss", 100, "averageLossRate", 2),
        ("Probabilistic Sharpe Ratio", 100, "probabilisticSharpeRatio", 3),
        ("End Equity", 1, "endEquity", 2),
    ):
        # Both are rounded from the same number: they may differ by half a step of each.
        slack = 0.51 * 10**-digits + scale * 0.51e-4
        assert percent(result.statistics[name]) == pytest.approx(scale * numbers[key], abs=slack), name
    assert result.optimization_statistics[15] == float(result.statistics["Sharpe Ratio"])
    assert result.optimization_statistics[7] == percent(result.statistics["Drawdown"])


@every_run
def test_counts_and_sums_of_trades_match_the_list(code: str) -> None:
    result = run(code)
    closed, counted = result.total_performance["closedTrades"], result.total_performance["tradeStatistics"]
    profits = [each["profitLoss"] for each in closed]
    won, lost = [each for each in profits if each > 0], [each for each in profits if each <= 0]
    assert counted["totalNumberOfTrades"] == len(closed)
    assert (counted["numberOfWinningTrades"], counted["numberOfLosingTrades"]) == (len(won), len(lost))
    if not closed:
        assert counted["startDateTime"] is None
        return
    assert counted["startDateTime"] == min(each["entryTime"] for each in closed)
    assert counted["endDateTime"] == max(each["exitTime"] for each in closed)
    numbers = result.total_performance["portfolioStatistics"]
    assert float(numbers["winRate"]) == pytest.approx(len(won) / len(closed), abs=1e-4)
    for name, value in {
        "totalProfitLoss": sum(profits),
        "totalFees": sum(each["totalFees"] for each in closed),
        "largestProfit": max(won),
        "largestLoss": min(lost),
        "averageProfit": mean(won),
        "averageLoss": mean(lost),
        "profitLossRatio": mean(won) / -mean(lost),
        "profitFactor": sum(won) / -sum(lost),
        "sharpeRatio": mean(profits) / stdev(profits),
        "largestMAE": min(each["mae"] for each in closed),
        "averageMFE": mean(each["mfe"] for each in closed),
    }.items():
        assert float(counted[name]) == pytest.approx(value, abs=0.01, rel=1e-4), name


@pytest.mark.parametrize(
    "code", [DAILY, pytest.param(LONG, marks=pytest.mark.thorough)], ids=["a year", "five years"]
)
def test_monthly_windows_chain_up_to_the_whole_run_and_hold_no_trades(code: str) -> None:
    result = run(code)
    assert {key.split("_")[0] for key in result.rolling_window} == {"M1", "M3", "M6", "M12"}
    assert {"M1_20230228", "M12_20231130", "M3_20231229"} <= set(result.rolling_window)
    assert all(window["closedTrades"] == [] for window in result.rolling_window.values())
    months = [window for key, window in result.rolling_window.items() if key.startswith("M1_")]
    parts = [window["portfolioStatistics"] for window in months]
    assert parts[0]["startEquity"] == "100000"
    assert all(before["endEquity"] == after["startEquity"] for before, after in pairwise(parts))
    assert float(parts[-1]["endEquity"]) == pytest.approx(result.equity[-1][1], abs=0.006)
    counts = sum(window["tradeStatistics"]["totalNumberOfTrades"] for window in months)
    assert counts == len(result.total_performance["closedTrades"])
