"""The statistics as people read them: 27 display strings, runtime strings, and an optimisation's 21 numbers.

Knows: LEAN's display formats (api-facts 4.3, 5). Must not know: how the numbers came about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

_OPTIMIZATION: Final = (
    *("Alpha", "Annual Standard Deviation", "Annual Variance", "Average Loss", "Average Win", "Beta"),
    *("Compounding Annual Return", "Drawdown", "Estimated Strategy Capacity", "Expectancy"),
    *("Information Ratio", "Loss Rate", "Net Profit", "Probabilistic Sharpe Ratio", "Profit-Loss Ratio"),
    *("Sharpe Ratio", "Total Fees", "Total Orders", "Tracking Error", "Treynor Ratio", "Win Rate"),
)
"""The order of the 21 numbers of an optimisation's backtest."""
_DISPLAYED: Final = {
    "Average Win": ("averageWinRate", 2, "%"),
    "Average Loss": ("averageLossRate", 2, "%"),
    "Compounding Annual Return": ("compoundingAnnualReturn", 3, "%"),
    "Drawdown": ("drawdown", 3, "%"),
    "Expectancy": ("expectancy", 3, ""),
    "Start Equity": ("startEquity", 2, " "),
    "End Equity": ("endEquity", 2, " "),
    "Net Profit": ("totalNetProfit", 3, "%"),
    "Sharpe Ratio": ("sharpeRatio", 3, " "),
    "Sortino Ratio": ("sortinoRatio", 3, " "),
    "Probabilistic Sharpe Ratio": ("probabilisticSharpeRatio", 3, "%"),
    "Loss Rate": ("lossRate", 0, "%"),
    "Win Rate": ("winRate", 0, "%"),
    "Profit-Loss Ratio": ("profitLossRatio", 2, ""),
    "Alpha": ("alpha", 3, " "),
    "Beta": ("beta", 3, " "),
    "Annual Standard Deviation": ("annualStandardDeviation", 3, " "),
    "Annual Variance": ("annualVariance", 3, " "),
    "Information Ratio": ("informationRatio", 3, " "),
    "Tracking Error": ("trackingError", 3, " "),
    "Treynor Ratio": ("treynorRatio", 3, " "),
}
"""Name -> number, decimals, and how it is written: in percent, as a decimal, or (a space) as a double."""


def fixed(value: float, digits: int) -> str:
    """A number with all its decimals, as the engine prints a decimal; zero is `0`."""
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0 else text


def money(value: float) -> str:
    """`$1,234.50`, `-$3.00`."""
    return f"{'-' if round(value, 2) < 0 else ''}${abs(value):,.2f}"


def statistics(
    numbers: Mapping[str, float], orders: int, fees: float, capacity: float, scarcest: str
) -> dict[str, str]:
    """The 27 entries of a backtest's `statistics`; `scarcest` is the symbol that limits the capacity."""
    shown = {"Total Orders": str(orders)}
    for name, (key, digits, form) in _DISPLAYED.items():
        if form == "%":
            shown[name] = fixed(numbers[key] * 100, digits) + "%"
        else:
            text = fixed(numbers[key], digits)
            shown[name] = text.rstrip("0").rstrip(".") if form == " " and "." in text else text
    return shown | {
        "Total Fees": f"${fees:.2f}",
        "Estimated Strategy Capacity": f"${significant(capacity):.2f}" if capacity else "$0",
        "Lowest Capacity Asset": scarcest,
        "Portfolio Turnover": fixed(numbers["portfolioTurnover"] * 100, 2) + "%",
        "Drawdown Recovery": str(int(numbers["drawdownRecovery"])),
    }


def runtime_statistics(
    numbers: Mapping[str, float], fees: float, holdings: float, unrealized: float, volume: float
) -> dict[str, str]:
    """The 8 entries of a backtest's `runtimeStatistics`, and that they are invented."""
    gained = numbers["endEquity"] - numbers["startEquity"]
    return {
        "Equity": money(numbers["endEquity"]),
        "Fees": f"-${fees:,.2f}",
        "Holdings": money(holdings),
        "Net Profit": money(gained - unrealized),
        "Probabilistic Sharpe Ratio": fixed(numbers["probabilisticSharpeRatio"] * 100, 3) + "%",
        "Return": f"{numbers['totalNetProfit'] * 100 + 0.0:.2f} %",
        "Unrealized": money(unrealized),
        "Volume": money(volume),
        "Sandbox": "all figures are invented",
    }


def optimization_statistics(shown: Mapping[str, str]) -> list[float]:
    """The 21 numbers, from the display strings so that both always agree."""
    return [float(shown[name].strip("$%") or 0) for name in _OPTIMIZATION]


def significant(value: float, digits: int = 2) -> float:
    """A number rounded to its first digits."""
    if value <= 0:
        return 0.0
    scale: float = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return round(value / scale) * scale
