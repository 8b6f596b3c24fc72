"""What a project's code says is what its simulation does."""

from __future__ import annotations

import pytest
from quantconnect_sandbox.simulation import simulate
from quantconnect_sandbox.simulation.reading import read
from simulation_projects import (
    CROSS,
    HOLD,
    MONTHLY,
    REVERSION,
    WAITING,
    job,
    moments,
    python,
    run,
    tickers,
)


def test_dates_and_cash_are_those_of_the_code() -> None:
    result = run(python("self.set_cash(25_000)", start="2022, 3, 1", end="2022, 6, 30"))
    assert (f"{result.start:%Y-%m-%d %H:%M:%S}", f"{result.end:%Y-%m-%d %H:%M:%S}") == (
        "2022-03-01 00:00:00",
        "2022-06-30 23:59:59",
    )
    assert result.statistics["Start Equity"] == "25000"
    assert result.tradeable_dates == 85


def test_a_run_without_an_end_ends_the_day_before_it_was_created() -> None:
    code = python("pass").replace("        self.set_end_date(2023, 12, 31)\n", "")
    assert f"{run(code).end:%Y-%m-%d}" == "2025-06-01"


def test_spellings_of_both_apis_mean_the_same() -> None:
    old = CROSS
    for new, spelled in (
        ("initialize", "Initialize"),
        ("set_start_date", "SetStartDate"),
        ("set_end_date", "SetEndDate"),
        ("set_cash", "SetCash"),
        ("add_equity", "AddEquity"),
        ("Resolution.DAILY", "Resolution.Daily"),
        (".symbol", ".Symbol"),
        ("self.ema(", "self.EMA("),
        ("get_parameter", "GetParameter"),
        ("on_data", "OnData"),
        ("is_ready", "IsReady"),
        ("current.value", "Current.Value"),
        ("portfolio.invested", "Portfolio.Invested"),
        ("set_holdings", "SetHoldings"),
        ("liquidate", "Liquidate"),
    ):
        assert new in old
        old = old.replace(new, spelled)
    assert run(old).equity == run(CROSS).equity


@pytest.mark.parametrize("name", ["fast", "slow"])
def test_another_period_as_parameter_gives_other_trades(name: str) -> None:
    assert moments(run(CROSS, {name: 9})) != moments(run(CROSS))


def test_a_parameter_of_the_default_value_changes_no_trade() -> None:
    assert run(CROSS, {"fast": "5"}).equity == run(CROSS).equity


def test_another_threshold_gives_other_trades() -> None:
    assert moments(run(REVERSION, {"low": "25"})) != moments(run(REVERSION, {"low": "45"}))


def test_a_parameter_behind_a_condition_that_cannot_be_read_still_matters() -> None:
    code = python(
        'self.add_equity("SPY", Resolution.DAILY)\nself.limit = self.get_parameter("limit", 0.5)',
        "score = self.model.predict(self.history(self.symbols, 30))\n"
        'if score > self.limit:\n    self.set_holdings("SPY", 1)\nelse:\n    self.liquidate()',
    )
    assert moments(run(code, {"limit": 0.1})) != moments(run(code, {"limit": 0.9}))


def test_changing_a_period_in_the_code_gives_other_trades() -> None:
    assert moments(run(CROSS.replace('"slow", 20', '"slow", 35'))) != moments(run(CROSS))


def test_minute_data_buys_on_the_first_day_at_its_open() -> None:
    first = run(HOLD).orders[0]
    assert (first["time"], first["lastFillTime"]) == ("2023-01-03T14:31:00Z", "2023-01-03T14:31:00Z")
    assert first["type"] == 0


def test_daily_data_decides_after_the_close_and_fills_at_the_next_open() -> None:
    code = python('self.add_equity("SPY", Resolution.DAILY)', 'self.set_holdings("SPY", 1)')
    first = run(code).orders[0]
    assert (first["time"], first["lastFillTime"]) == ("2023-01-03T21:00:00Z", "2023-01-04T14:31:00Z")
    assert first["type"] == 4


def test_buy_and_hold_buys_each_security_once() -> None:
    result = run(HOLD)
    assert tickers(result) == {"SPY", "BND", "AAPL"}
    assert len(result.orders) == 3
    values = [order["value"] for order in result.orders]
    assert all(31_000 < value < 33_500 for value in values)


def test_a_schedule_for_each_month_trades_in_each_month_only_at_its_start() -> None:
    days = {moment[:10] for moment in moments(run(MONTHLY))}
    assert len({day[:7] for day in days}) >= 10
    assert len(days) <= 12
    assert all(int(day[8:]) <= 4 for day in days)


def test_a_month_remembered_by_the_code_is_a_monthly_rebalance() -> None:
    code = python(
        'self.add_equity("SPY", Resolution.DAILY)\nself.add_equity("TLT", Resolution.DAILY)\nself.month = -1',
        "if self.time.month == self.month:\n    return\nself.month = self.time.month\n"
        'self.set_holdings("SPY", 0.6)\nself.set_holdings("TLT", 0.4)',
    )
    days = {moment[:10] for moment in moments(run(code))}
    assert 8 <= len(days) <= 12
    assert len({day[:7] for day in days}) == len(days)


def test_a_limit_order_waits_for_its_price() -> None:
    result = run(WAITING)
    limits = [order for order in result.orders if order["type"] == 1]
    assert any(order["status"] == 3 and order["lastFillTime"] > order["time"] for order in limits)
    assert any(order["status"] in {1, 5} for order in limits)


def test_orders_beyond_the_buying_power_are_invalid() -> None:
    code = python('self.add_equity("SPY", Resolution.DAILY)', 'self.buy("SPY", 150)')
    result = run(code)
    states = [order["status"] for order in result.orders]
    assert states[:2] == [3, 3]
    assert set(states[3:-1]) == {7}
    refused = result.orders[-1]
    assert [event["status"] for event in refused["events"]] == ["invalid"]
    assert "buying power" in refused["events"][0]["message"]


def test_sell_goes_short_and_profits_from_a_fall() -> None:
    code = python(
        'self.add_equity("SPY", Resolution.DAILY)',
        'if not self.portfolio.invested:\n    self.sell("SPY", 100)\nelse:\n    self.liquidate("SPY")',
    )
    trades = run(code).total_performance["closedTrades"]
    assert {trade["direction"] for trade in trades} == {1}
    assert all((t["profitLoss"] > 0) is (t["exitPrice"] < t["entryPrice"]) for t in trades if t["profitLoss"])


def test_both_branches_of_an_undecided_choice_are_followed_each_in_its_turn() -> None:
    code = python(
        'self.add_equity("SPY", Resolution.DAILY)\nself.add_equity("TLT", Resolution.DAILY)\n'
        'self.mean = self.sma("SPY", 10)',
        'if self.securities["SPY"].price > self.mean.current.value:\n'
        '    self.set_holdings("SPY", 1, True)\n    self.liquidate("TLT")\n'
        "else:\n"
        '    self.liquidate("SPY")\n    self.set_holdings("TLT", 1)',
    )
    result = run(code)
    assert tickers(result) == {"SPY", "TLT"}
    assert {order["status"] for order in result.orders} <= {1, 3}


def test_objects_of_the_projects_own_classes_are_followed_into_other_files() -> None:
    main = python(
        'self.states = {}\nfor ticker in ["SPY", "QQQ"]:\n'
        "    symbol = self.add_equity(ticker, Resolution.DAILY).symbol\n"
        "    self.states[symbol] = State(self, symbol, 12)",
        "for symbol, state in self.states.items():\n    state.trade()",
    )
    other = (
        "class State:\n"
        "    def __init__(self, algorithm, symbol, period):\n"
        "        self.algorithm, self.symbol = algorithm, symbol\n"
        "        self.mean = algorithm.sma(symbol, period)\n"
        "    def trade(self):\n"
        "        if self.algorithm.securities[self.symbol].price > self.mean.current.value:\n"
        "            self.algorithm.set_holdings(self.symbol, 0.4)\n"
        "        else:\n"
        "            self.algorithm.liquidate(self.symbol)\n"
    )
    files = {"main.py": main.replace("import *", "import *\nfrom state import State", 1), "state.py": other}
    result = simulate(job("", files=files))
    assert result.error is None
    assert tickers(result) == {"SPY", "QQQ"}
    assert len(result.orders) > 10


def test_insights_carry_what_the_code_gives_them() -> None:
    code = python(
        'self.add_crypto("BTCUSD", Resolution.DAILY)',
        'self.emit_insights(Insight.price("BTCUSD", timedelta(days=3), InsightDirection.DOWN, 0.1, 0.5))',
    )
    result = run(code)
    first = result.insights[0]
    assert len(result.insights) == 365
    assert (first["symbol"], first["direction"], first["period"]) == ("BTCUSD 2XR", "down", 259_200)
    assert (first["magnitude"], first["confidence"], first["weight"]) == (0.1, 0.5, None)
    assert result.orders == []


def test_log_lines_carry_their_day_and_the_values_of_it() -> None:
    code = python(
        'self.add_equity("SPY", Resolution.DAILY)\nself.mean = self.sma("SPY", 3)\n'
        'self.debug(f"period {1 + 2}")',
        'self.log(f"mean {self.mean.current.value} and {self.nothing}")',
    )
    logs = run(code).logs
    assert logs[0] == "2023-01-03 00:00:00 period 3"
    assert logs[1].startswith("2023-01-03 16:00:00 mean ")
    assert logs[5].endswith(" and {self.nothing}")
    assert float(logs[5].split()[3]) > 0


def test_an_order_event_handler_logs_each_fill() -> None:
    code = HOLD + '\n    def on_order_event(self, event):\n        self.log("filled")\n'
    assert [line.split()[-1] for line in run(code).logs] == ["filled"] * 3


def test_reading_reports_securities_with_kind_and_resolution() -> None:
    code = python('self.add_forex("EURUSD", Resolution.HOUR)\nself.add_crypto("ETHUSD")')
    program = read("Py", {"main.py": code}, {})
    assert [(a.ticker, a.kind, a.resolution) for a in program.assets] == [
        ("EURUSD", "forex", "hour"),
        ("ETHUSD", "crypto", "minute"),
    ]
