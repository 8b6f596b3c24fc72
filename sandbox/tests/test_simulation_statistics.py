"""Statistics of a simulation are those of its equity, trades and days."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean, stdev

import pytest
from simulation_projects import CROSS, python, run
from simulation_story import every_project, fees, fills, open_profit


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


def test_the_21_optimisation_numbers_are_those_of_the_statistics() -> None:
    result = run(CROSS)
    numbers = result.optimization_statistics
    assert len(numbers) == 21
    assert numbers[15] == float(result.statistics["Sharpe Ratio"])
    assert numbers[17] == float(result.statistics["Total Orders"])
    assert numbers[6] == float(result.statistics["Compounding Annual Return"].rstrip("%"))
