"""Projects that the simulation's tests run, and the job that holds one."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from quantconnect_sandbox.simulation import Job, Simulation, simulate

CREATED = datetime(2025, 6, 2, 12, tzinfo=UTC)


def job(
    code: str, parameters: dict[str, str | float | int] | None = None, language: str = "Py", **changes: object
) -> Job:
    values: dict[str, object] = {
        "project_id": 1,
        "language": language,
        "files": {"main.py" if language == "Py" else "Main.cs": code},
        "parameters": parameters or {},
        "name": "a backtest",
        "created": CREATED,
    }
    return Job(**{**values, **changes})


def run(
    code: str, parameters: dict[str, str | float | int] | None = None, language: str = "Py"
) -> Simulation:
    return _run(code, tuple((parameters or {}).items()), language)


@lru_cache(maxsize=64)
def _run(code: str, parameters: tuple[tuple[str, str | float | int], ...], language: str) -> Simulation:
    """Many tests look at one run from different sides; none of them changes it."""
    return simulate(job(code, dict(parameters), language))


def python(
    setup: str, on_data: str = "", start: str = "2023, 1, 1", end: str = "2023, 12, 31", rest: str = ""
) -> str:
    """An algorithm from the lines of its two functions."""
    lines = ["from AlgorithmImports import *", "", "class Sample(QCAlgorithm):", "    def initialize(self):"]
    lines += [f"        self.set_start_date({start})", f"        self.set_end_date({end})"]
    lines += ["        self.set_cash(100000)", *(f"        {line}" for line in setup.splitlines())]
    if on_data:
        lines += ["", "    def on_data(self, data):", *(f"        {line}" for line in on_data.splitlines())]
    return "\n".join(lines) + "\n" + rest


CROSS = python(
    'self.spy = self.add_equity("SPY", Resolution.DAILY).symbol\n'
    'self.fast = self.ema(self.spy, self.get_parameter("fast", 5))\n'
    'self.slow = self.ema(self.spy, int(self.get_parameter("slow", 20)))',
    "if not self.slow.is_ready:\n"
    "    return\n"
    "if self.fast.current.value > self.slow.current.value:\n"
    "    if not self.portfolio.invested:\n"
    "        self.set_holdings(self.spy, 1)\n"
    "else:\n"
    "    self.liquidate(self.spy)",
)
HOLD = python(
    'for ticker in ["SPY", "BND", "AAPL"]:\n    self.add_equity(ticker, Resolution.MINUTE)',
    "if not self.portfolio.invested:\n"
    '    self.set_holdings("SPY", 0.33)\n'
    '    self.set_holdings("BND", 0.33)\n'
    '    self.set_holdings("AAPL", 0.33)',
)
REVERSION = python(
    'self.spy = self.add_equity("IBM", Resolution.DAILY).symbol\n'
    "self.strength = self.rsi(self.spy, 14)\n"
    'self.low = float(self.get_parameter("low", 40))',
    "if self.strength.current.value < self.low:\n"
    '    self.set_holdings(self.spy, 0.9, tag="cheap")\n'
    "elif self.strength.current.value > 60:\n"
    "    self.set_holdings(self.spy, -0.5)",
)
COINS = python(
    'self.coin = self.add_crypto("BTCUSD", Resolution.HOUR).symbol\nself.bands = self.bb(self.coin, 15, 1.5)',
    "if not self.bands.is_ready:\n"
    "    return\n"
    "price = data[self.coin].close\n"
    "if price < self.bands.lower_band.current.value:\n"
    "    self.set_holdings(self.coin, 0.8)\n"
    "if price > self.bands.upper_band.current.value:\n"
    "    self.liquidate(self.coin)",
)
WAITING = python(
    'self.add_equity("SPY", Resolution.DAILY)',
    'price = data["SPY"].close\n'
    "if not self.portfolio.invested:\n"
    '    self.limit_order("SPY", 100, price * 0.985)\n'
    "elif self.portfolio['SPY'].unrealized_profit_percent > 0.01:\n"
    "    self.liquidate()",
)
MONTHLY = python(
    'self.tickers = ["SPY", "QQQ", "IWM", "TLT"]\n'
    "for ticker in self.tickers:\n"
    "    self.add_equity(ticker, Resolution.DAILY)\n"
    'self.schedule.on(self.date_rules.month_start("SPY"), self.time_rules.at(10, 0), self.rebalance)',
    rest="\n    def rebalance(self):\n"
    "        for ticker in self.tickers:\n"
    "            self.set_holdings(ticker, 1 / len(self.tickers))\n",
)
PREDICTING = python(
    'spy = Symbol.create("SPY", SecurityType.EQUITY, Market.USA)\n'
    "self.set_universe_selection(ManualUniverseSelectionModel([spy]))\n"
    "self.set_alpha(EmaCrossAlphaModel(5, 20, Resolution.DAILY))\n"
    "self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel())"
)
IDLE = python('self.add_equity("SPY", Resolution.DAILY)')
TRADING = {
    "cross": CROSS,
    "hold": HOLD,
    "reversion": REVERSION,
    "coins": COINS,
    "waiting": WAITING,
    "monthly": MONTHLY,
    "predicting": PREDICTING,
}
CSHARP = """
using System;
namespace QuantConnect.Algorithm.CSharp
{
    /// <summary>Buys when the fast mean is above the slow one; { not code }</summary>
    public class Cross : QCAlgorithm
    {
        [Parameter("fast")]
        public int FastPeriod = 5;
        private ExponentialMovingAverage _fast, _slow;
        private Symbol _spy = QuantConnect.Symbol.Create("SPY", SecurityType.Equity, Market.USA);

        public override void Initialize()
        {
            SetStartDate(2023, 01, 01);
            SetEndDate(2023, 12, 31);
            SetCash(100000);
            AddEquity("SPY", Resolution.Daily);
            _fast = EMA("SPY", FastPeriod);
            _slow = EMA("SPY", 20);
            Debug("ready; \\"set\\"");
        }

        public override void OnData(Slice data)
        {
            if (!_slow.IsReady) return;
            if (_fast > _slow && !Portfolio.Invested)
            {
                SetHoldings(_spy, 1m);
            }
            else if (_fast < _slow)
            {
                Liquidate(_spy);
            }
        }
    }
}
"""


def tickers(result: object) -> set[str]:
    return {order["symbol"]["value"] for order in result.orders}


def moments(result: object) -> list[str]:
    return [order["time"] for order in result.orders]
