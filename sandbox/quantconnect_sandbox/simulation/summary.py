"""The statistics as people read them: 27 display strings, runtime strings, and an optimisation's 21 numbers.

Knows: LEAN's display formats (api_facts 4.3, 5). Must not know: how the numbers came about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from .statistics import PortfolioStatistics

_OPTIMIZATION: Final = (
    "Alpha",
    "Annual Standard Deviation",
    "Annual Variance",
    "Average Loss",
    "Average Win",
    "Beta",
    "Compounding Annual Return",
    "Drawdown",
    "Estimated Strategy Capacity",
    "Expectancy",
    "Information Ratio",
    "Loss Rate",
    "Net Profit",
    "Probabilistic Sharpe Ratio",
    "Profit-Loss Ratio",
    "Sharpe Ratio",
    "Total Fees",
    "Total Orders",
    "Tracking Error",
    "Treynor Ratio",
    "Win Rate",
)
"""The order of the 21 numbers of an optimisation's backtest."""


def fixed(value: float, digits: int) -> str:
    """A number with all its decimals, as the engine prints a decimal; zero is `0`."""
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0 else text


def trimmed(value: float, digits: int = 3) -> str:
    """A number without trailing zeros, as the engine prints a double."""
    text = fixed(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: float) -> str:
    """`$1,234.50`, `-$3.00`."""
    return f"{'-' if value < 0 and round(value, 2) != 0 else ''}${abs(value):,.2f}"


def statistics(
    s: PortfolioStatistics, orders: int, fees: float, capacity: float, scarcest: str
) -> dict[str, str]:
    """The 27 entries of a backtest's `statistics`; `scarcest` is the symbol that limits the capacity."""
    return {
        "Total Orders": str(orders),
        "Average Win": fixed(s.average_win_rate * 100, 2) + "%",
        "Average Loss": fixed(s.average_loss_rate * 100, 2) + "%",
        "Compounding Annual Return": fixed(s.compounding_annual_return * 100, 3) + "%",
        "Drawdown": fixed(s.drawdown * 100, 3) + "%",
        "Expectancy": fixed(s.expectancy, 3),
        "Start Equity": trimmed(s.start_equity, 2),
        "End Equity": trimmed(s.end_equity, 2),
        "Net Profit": fixed(s.total_net_profit * 100, 3) + "%",
        "Sharpe Ratio": trimmed(s.sharpe_ratio),
        "Sortino Ratio": trimmed(s.sortino_ratio),
        "Probabilistic Sharpe Ratio": fixed(s.probabilistic_sharpe_ratio * 100, 3) + "%",
        "Loss Rate": fixed(s.loss_rate * 100, 0) + "%",
        "Win Rate": fixed(s.win_rate * 100, 0) + "%",
        "Profit-Loss Ratio": fixed(s.profit_loss_ratio, 2),
        "Alpha": trimmed(s.alpha),
        "Beta": trimmed(s.beta),
        "Annual Standard Deviation": trimmed(s.annual_standard_deviation),
        "Annual Variance": trimmed(s.annual_variance),
        "Information Ratio": trimmed(s.information_ratio),
        "Tracking Error": trimmed(s.tracking_error),
        "Treynor Ratio": trimmed(s.treynor_ratio),
        "Total Fees": f"${fees:.2f}",
        "Estimated Strategy Capacity": f"${significant(capacity):.2f}" if capacity else "$0",
        "Lowest Capacity Asset": scarcest,
        "Portfolio Turnover": fixed(s.portfolio_turnover * 100, 2) + "%",
        "Drawdown Recovery": str(int(s.drawdown_recovery)),
    }


def runtime_statistics(
    s: PortfolioStatistics,
    equity: float,
    fees: float,
    holdings: float,
    unrealized: float,
    volume: float,
    net: float,
) -> dict[str, str]:
    """The 8 entries of a backtest's `runtimeStatistics`; sums are in the account's currency."""
    return {
        "Equity": money(equity),
        "Fees": f"-${fees:,.2f}",
        "Holdings": money(holdings),
        "Net Profit": money(net),
        "Probabilistic Sharpe Ratio": fixed(s.probabilistic_sharpe_ratio * 100, 3) + "%",
        "Return": f"{s.total_net_profit * 100 + 0.0:.2f} %",
        "Unrealized": money(unrealized),
        "Volume": money(volume),
    }


def optimization_statistics(shown: Mapping[str, str]) -> list[float]:
    """The 21 numbers, taken from the display strings so that both always agree."""
    return [float(shown[name].strip("$%") or 0) for name in _OPTIMIZATION]


def significant(value: float, digits: int = 2) -> float:
    """A number rounded to its first digits."""
    if value <= 0:
        return 0.0
    scale: float = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return round(value / scale) * scale
