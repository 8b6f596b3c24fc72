"""LEAN's ready-made models: which alpha they express, over which indicators.

Knows: the models' names and their first arguments. Must not know: how code is read, days, prices.
"""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from .expressions import Changed, Comparison, Study, Symbolic, Ticker, Turned
from .source import InsightCall, OrderCall, Rule

LARGE: Final = ("AAPL", "MSFT", "AMZN", "GOOG", "NVDA")
"""What a universe selected by market data holds in the simulation."""
MODELS: Final = frozenset(
    {
        "EmaCrossAlphaModel",
        "RsiAlphaModel",
        "MacdAlphaModel",
        "ConstantAlphaModel",
        "HistoricalReturnsAlphaModel",
        "ManualUniverseSelectionModel",
        "EqualWeightingPortfolioConstructionModel",
        "InsightWeightingPortfolioConstructionModel",
        "MeanVarianceOptimizationPortfolioConstructionModel",
        "NullPortfolioConstructionModel",
        "QC500UniverseSelectionModel",
    }
)
_DAY: Final = 86_400


@frozen(eq=False)
class Model:
    """A ready-made model with the arguments the code gives it."""

    name: str
    arguments: tuple[object, ...]
    keywords: dict[str, object] = field(factory=dict)

    def symbols(self) -> list[str]:
        """The tickers of a manual universe, or the few of a selected one."""
        found: list[str] = []
        for value in (*self.arguments, *self.keywords.values()):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Ticker):
                    found.append(item.value)
                elif isinstance(item, str) and item.isupper():
                    found.append(item)
        return found if self.name == "ManualUniverseSelectionModel" else list(LARGE)

    def numbers(self, *defaults: int) -> list[float]:
        """Its numeric arguments in order, completed by the defaults."""
        given = [
            value
            for value in (*self.arguments, *self.keywords.values())
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2_000
        ]
        return [float(v) for v in (*given[: len(defaults)], *defaults[len(given) :])]


def rules_of(model: Model, tickers: list[str], trades: bool) -> list[Rule]:
    """The rules of an alpha model for each ticker; with `trades`, also the orders of equal weighting."""
    rules: list[Rule] = []
    for ticker in tickers:
        for direction, test in _signals(model, ticker):
            period = int(model.numbers(1)[0]) * _DAY if model.name == "ConstantAlphaModel" else 10 * _DAY
            insight = InsightCall(ticker, direction, period, model=model.name)
            once: Symbolic = test if isinstance(test, Changed) else Turned(test)
            rules.append(Rule("bar", (once,), insight))
            # Positions follow when insights change, not every day.
            moved: Symbolic = Changed("week") if isinstance(test, Changed) else once
            if trades:
                order = OrderCall("set_holdings", ticker, direction / len(tickers))
                rules.append(Rule("bar", (moved,), order))
    return rules


def _signals(model: Model, ticker: str) -> list[tuple[int, Symbolic]]:
    if model.name == "EmaCrossAlphaModel":
        fast, slow = (Study("ema", (n,), ticker) for n in model.numbers(12, 26))
        return [(1, Comparison("Gt", fast, slow)), (-1, Comparison("Lt", fast, slow))]
    if model.name == "RsiAlphaModel":
        rsi = Study("rsi", (model.numbers(14)[0],), ticker)
        return [(1, Comparison("Lt", rsi, 30)), (-1, Comparison("Gt", rsi, 70))]
    if model.name == "MacdAlphaModel":
        periods = tuple(model.numbers(12, 26, 9))
        macd, signal = Study("macd", periods, ticker), Study("macd", periods, ticker, "signal")
        return [(1, Comparison("Gt", macd, signal)), (-1, Comparison("Lt", macd, signal))]
    if model.name == "HistoricalReturnsAlphaModel":
        change = Study("roc", (max(model.numbers(1)[0], 1.0),), ticker)
        return [(1, Comparison("Gt", change, 0)), (-1, Comparison("Lt", change, 0))]
    if model.name == "ConstantAlphaModel":
        down = any(value == -1 for value in model.arguments)
        return [(-1 if down else 1, Changed("day"))]
    return []
