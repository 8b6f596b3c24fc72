"""Numbers as results write them, the statistics as people read them, and the report: one HTML page.

Knows: LEAN's display formats (api-facts 4.3, 5), HTML and SVG. Must not know: how the numbers came about.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

BANNER = "Sandbox: invented results. No line of the code was run, and these are not market prices."
_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:46rem}table{width:100%}"
    "td:last-child{text-align:right}.banner{background:#fff3cd;padding:.5rem;font-weight:600}"
)
_DISPLAYED: Final = {
    "Total Orders": ("orders", 0, ""),
    "Average Win": ("averageWinRate", 2, "%"),
    "Average Loss": ("averageLossRate", 2, "%"),
    "Compounding Annual Return": ("compoundingAnnualReturn", 3, "%"),
    "Drawdown": ("drawdown", 3, "%"),
    "Expectancy": ("expectancy", 3, ""),
    "Start Equity": ("startEquity", 2, "short"),
    "End Equity": ("endEquity", 2, "short"),
    "Net Profit": ("totalNetProfit", 3, "%"),
    "Sharpe Ratio": ("sharpeRatio", 3, "short"),
    "Sortino Ratio": ("sortinoRatio", 3, "short"),
    "Probabilistic Sharpe Ratio": ("probabilisticSharpeRatio", 3, "%"),
    "Loss Rate": ("lossRate", 0, "%"),
    "Win Rate": ("winRate", 0, "%"),
    "Profit-Loss Ratio": ("profitLossRatio", 2, ""),
    "Alpha": ("alpha", 3, "short"),
    "Beta": ("beta", 3, "short"),
    "Annual Standard Deviation": ("annualStandardDeviation", 3, "short"),
    "Annual Variance": ("annualVariance", 3, "short"),
    "Information Ratio": ("informationRatio", 3, "short"),
    "Tracking Error": ("trackingError", 3, "short"),
    "Treynor Ratio": ("treynorRatio", 3, "short"),
    "Total Fees": ("fees", 2, "$"),
    "Estimated Strategy Capacity": ("capacity", 2, "$"),
    "Portfolio Turnover": ("portfolioTurnover", 2, "%"),
    "Drawdown Recovery": ("drawdownRecovery", 0, ""),
}
"""Name -> number, decimals, and form: all decimals, without zeros at the end (short), percent, dollars."""
_NOT_OPTIMIZED: Final = frozenset(
    ("Start Equity", "End Equity", "Sortino Ratio", "Portfolio Turnover", "Drawdown Recovery")
)


def decimal(value: float, digits: int = 4) -> str:
    """A number as the engine writes it: text, rounded (4 decimals), no noise."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if digits else text
    return "0" if text in ("-0", "") else text


def number(value: float, digits: int = 6) -> float | int:
    """A number without noise; whole ones become integers."""
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def iso(time: datetime) -> str:
    """A time as the API writes an order's: ISO 8601 with Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(value: timedelta) -> str:
    """A duration as `[d.]HH:MM:SS`."""
    days, rest = divmod(round(value.total_seconds()), 86_400)
    text = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}.{text}" if days else text


def money(value: float) -> str:
    """`$1,234.50`, `-$3.00`."""
    return f"{'-' if round(value, 2) < 0 else ''}${abs(value):,.2f}"


def _shown(value: float, digits: int, form: str) -> str:
    if form == "short":
        return decimal(value, digits)
    text = f"{value * 100 if form == '%' else value:.{digits}f}"
    text = "0" if float(text) == 0 else text
    return text + "%" if form == "%" else "$" + text if form == "$" else text


def statistics(numbers: Mapping[str, float], scarcest: str) -> dict[str, str]:
    """The 27 entries of a backtest's `statistics`; `scarcest` is the symbol that limits the capacity."""
    shown = {name: _shown(numbers[key], digits, form) for name, (key, digits, form) in _DISPLAYED.items()}
    return shown | {"Lowest Capacity Asset": scarcest}


def optimization_statistics(shown: Mapping[str, str]) -> list[float]:
    """The 21 numbers by name, from the display strings so that both always agree."""
    return [float(shown[name].strip("$%")) for name in sorted(_DISPLAYED.keys() - _NOT_OPTIMIZED)]


def report(name: str, period: str, statistics: Mapping[str, str], equity: Sequence[float]) -> str:
    """The page: the equity as a drawing, the statistics as a table."""
    rows = [f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>" for key, value in statistics.items()]
    low, high = min(equity), max(equity)
    scale, across = 200 / ((high - low) or 1.0), 700 / len(equity)
    points = [f"{i * across:.1f},{205 - (value - low) * scale:.1f}" for i, value in enumerate(equity)]
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(name)} (invented)</title><style>{_STYLE}</style></head><body>"
        f'<p class="banner" role="note">{BANNER}</p><h1>{escape(name)}</h1><p>{escape(period)}</p>'
        f"<h2>Equity, from {low:,.2f} to {high:,.2f}</h2>"
        '<svg viewBox="0 0 700 210" role="img" aria-label="Equity">'
        f'<polyline fill="none" stroke="#1f6feb" points="{" ".join(points)}"/></svg>'
        f"<h2>Statistics</h2><table>{''.join(rows)}</table></body></html>"
    )
