"""Every part of a simulation tells the same story."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime
from statistics import fmean

import pytest
from quantconnect_sandbox.simulation import market
from simulation_projects import IDLE, MONTHLY, TRADING, python, run
from simulation_story import every_project, fees, fills, open_profit


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


def test_insights_lead_to_the_orders_of_the_portfolio_model() -> None:
    result = run(TRADING["predicting"])
    assert len(result.insights) == len(result.orders) > 2
    for insight, order in zip(result.insights, result.orders, strict=True):
        assert insight["direction"] == ("up" if order["direction"] == 0 else "down")
        assert insight["closeTime"] == insight["generatedTime"] + insight["period"]
        assert len(insight["id"]) == 32


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
