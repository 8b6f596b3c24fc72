"""Projects that the simulation's tests run, and what their results add up to."""

from datetime import UTC, datetime
from functools import lru_cache

import pytest
from quantconnect_sandbox.simulation import Job, Simulation, simulate

CREATED = datetime(2025, 6, 2, 12, tzinfo=UTC)


def job(
    code: str, parameters: dict[str, object] | None = None, language: str = "Py", **changes: object
) -> Job:
    values: dict[str, object] = {
        "language": language,
        "files": {"main.py" if language == "Py" else "Main.cs": code},
        "parameters": parameters or {},
        "name": "a backtest",
        "created": CREATED,
    }
    return Job(**{**values, **changes})


def run(code: str, parameters: dict[str, object] | None = None, language: str = "Py") -> Simulation:
    return _run(code, tuple((parameters or {}).items()), language)


@lru_cache(maxsize=64)
def _run(code: str, parameters: tuple[tuple[str, object], ...], language: str) -> Simulation:
    """Many tests look at one run from different sides; none of them changes it."""
    return simulate(job(code, dict(parameters), language))


def python(setup: str, on_data: str = "pass", rest: str = "", start: str = "2023, 1, 1") -> str:
    """An algorithm from the lines of its two functions."""
    lines = ["from AlgorithmImports import *", "", "class Sample(QCAlgorithm):", "    def initialize(self):"]
    lines += [f"        self.set_start_date({start})", "        self.set_end_date(2023, 12, 31)"]
    lines += ["        self.set_cash(100000)", *(f"        {line}" for line in setup.splitlines())]
    lines += ["", "    def on_data(self, data):", *(f"        {line}" for line in on_data.splitlines())]
    return "\n".join(lines) + "\n" + rest


DAILY = python(
    'self.spy = self.add_equity("SPY", Resolution.DAILY).symbol\n'
    'self.fast = self.ema(self.spy, self.get_parameter("fast", 5))\n'
    'self.slow = self.ema(self.spy, int(self.get_parameter("slow", 20)))',
    'self.set_holdings(self.spy, 1, tag="in")\nself.liquidate(self.spy, "out")\n'
    'self.plot("Means", "Fast", self.fast)\nself.plot_indicator("Slow", self.slow)',
)
MINUTE = python(
    'for ticker in ["SPY", "BND", "AAPL"]:\n    self.add_equity(ticker, Resolution.MINUTE)\n'
    "self.set_alpha(EmaCrossAlphaModel(5, 20))"
)
COINS = python('self.add_crypto("BTCUSD", Resolution.HOUR)', start="2023, 7, 1")
MIXED = python('self.add_equity("SPY", Resolution.DAILY)\nself.add_crypto("ETHUSD", Resolution.DAILY)')
LONG = DAILY.replace("2023, 1, 1", "2019, 1, 1")
IDLE = python("pass")
CSHARP = """
using System;
namespace QuantConnect.Algorithm.CSharp
{
    /// <summary>Buys when the fast mean is above the slow one; { SetCash(5) }</summary>
    public class Cross : QCAlgorithm
    {
        [Parameter("fast")]
        public int FastPeriod = 5;
        private readonly List<string> _tickers = new List<string> { "SPY", "QQQ" };

        public override void Initialize()
        {
            SetStartDate(2023, 01, 01);
            SetEndDate(new DateTime(2023, 12, 31));
            SetCash(50000m);
            foreach (var ticker in _tickers) { AddEquity(ticker, Resolution.Daily); }
            // SetCash(7);
        }

        public override void OnData(Slice data)
        {
            if (!_slow.IsReady) throw new Exception("never");
            SetHoldings(_spy, 1m, tag: "in");
            LimitOrder("SPY", 10, 400m, "out", new OrderProperties { });
            Plot("Means", "Fast", _fast);
        }

        public override bool? OnCommand(dynamic command) { return true; }
    }
}
"""
RUNS = {"daily": DAILY, "minute": MINUTE, "coins": COINS, "mixed": MIXED, "long": LONG, "idle": IDLE}
every_run = pytest.mark.parametrize("code", RUNS.values(), ids=RUNS)


def fees(result: Simulation) -> float:
    return sum(event.get("orderFeeAmount", 0.0) for order in result.orders for event in order["events"])


def told(result: Simulation) -> dict[str, object]:
    """All that a simulation tells, as plain values."""
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
    }
