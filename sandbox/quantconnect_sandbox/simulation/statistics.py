"""How well a run did: from daily values and closed trades to the numbers that results show.

Knows: LEAN's definitions of its portfolio statistics (api-facts 4.3). Must not know: how trades came about.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import NormalDist, fmean
from typing import Any, Final

from attrs import field, frozen

from .account import Trade
from .trade_statistics import closed_trade, decimal, trade_statistics

RISK_FREE: Final = 0.01
"""A year's risk-free rate: LEAN's own where it knows of no other."""
TRADING_DAYS: Final = 252
_MONTHS: Final = (1, 3, 6, 12)


@frozen(eq=False)
class Curve:
    """The account and the benchmark at each day's close; the first of each is from before the first day."""

    times: Sequence[datetime]
    values: Sequence[float]
    benchmark: Sequence[float]
    turnover: Sequence[float]
    """Traded value as a share of the account, one entry a day."""
    days: Sequence[date]
    returns: list[float] = field(init=False)
    """Derived once: the rolling windows are slices of them."""
    market: list[float] = field(init=False)

    @returns.default
    def _own(self) -> list[float]:
        return _returns(self.values)

    @market.default
    def _benchmark(self) -> list[float]:
        return _returns(self.benchmark)


def portfolio_statistics(curve: Curve, first: int, last: int, profits: Sequence[float]) -> dict[str, float]:
    """The 25 numbers for days `first` to `last` (both included), as fractions: 0.1 is 10 %."""
    values, times = curve.values[first : last + 2], curve.times[first : last + 2]
    start, end = values[0], values[-1]
    years = max((times[-1] - times[0]).total_seconds() / 86_400 / 365, 1 / 365)
    growth = end / start if start > 0 else 1.0
    deepest, recovery = _drawdown(values, times)
    ratios = _ratios(curve.returns[first : last + 1], curve.market[first : last + 1])
    numbers = {
        **_trades(start, profits),
        "startEquity": start,
        "endEquity": end,
        # A rate extrapolated from a few days can be astronomic: it stays a number that fits everywhere.
        "compoundingAnnualReturn": math.expm1(min(math.log(growth) / years, 20)) if growth > 0 else -1.0,
        "drawdown": deepest,
        "totalNetProfit": growth - 1,
        **ratios,
        "portfolioTurnover": fmean(curve.turnover[first : last + 1]),
        **_values_at_risk(curve.returns[max(first, last + 1 - TRADING_DAYS) : last + 1]),
        "drawdownRecovery": recovery,
    }
    return {name: float(value) for name, value in numbers.items()}


def _returns(values: Sequence[float]) -> list[float]:
    return [after / before - 1 if before > 0 else 0.0 for before, after in pairwise(values)]


def _trades(capital: float, profits: Sequence[float]) -> dict[str, float]:
    """What the average winning and losing trade brought, as a share of the account at that time."""
    won: list[float] = []
    lost: list[float] = []
    for profit in profits:
        (won if profit > 0 else lost).append(profit / capital if capital > 0 else 0.0)
        capital += profit
    average, loss = fmean(won or [0.0]), fmean(lost or [0.0])
    rate = len(won) / len(profits) if profits else 0.0
    lost_rate = len(lost) / len(profits) if profits else 0.0
    ratio = average / abs(loss) if loss else 0.0
    return {
        "averageWinRate": average,
        "averageLossRate": loss,
        "profitLossRatio": ratio,
        "winRate": rate,
        "lossRate": lost_rate,
        "expectancy": rate * ratio - lost_rate,
    }


def _drawdown(values: Sequence[float], times: Sequence[datetime]) -> tuple[float, int]:
    """The deepest fall from a peak, as a positive fraction, and the longest recovery from one, in days."""
    peak, peak_time, deepest, longest = values[0], times[0], 0.0, 0
    for value, time in zip(values, times, strict=True):
        deepest = max(deepest, 1 - value / peak if peak > 0 else 0.0)
        if value >= peak:
            longest = max(longest, (time - peak_time).days)
            peak, peak_time = value, time
    return deepest, longest if deepest else 0


def _ratios(returns: Sequence[float], market: Sequence[float]) -> dict[str, float]:
    annual, market_annual = _annual(returns), _annual(market)
    annual_variance = _variance(returns) * TRADING_DAYS
    downside = _variance([each for each in returns if each < 0]) * TRADING_DAYS
    beta = _ratio(_covariance(returns, market), _variance(market))
    excess, market_excess = annual - RISK_FREE, market_annual - RISK_FREE
    error = math.sqrt(_variance([a - b for a, b in zip(returns, market, strict=True)]) * TRADING_DAYS)
    return {
        "sharpeRatio": _ratio(excess, math.sqrt(annual_variance)),
        "probabilisticSharpeRatio": _probabilistic(returns),
        "sortinoRatio": _ratio(excess, math.sqrt(downside)),
        "alpha": excess - beta * market_excess if beta else 0.0,
        "beta": beta,
        "annualStandardDeviation": math.sqrt(annual_variance),
        "annualVariance": annual_variance,
        "informationRatio": _ratio(annual - market_annual, error),
        "trackingError": error,
        "treynorRatio": _ratio(excess, beta),
    }


def _annual(returns: Sequence[float]) -> float:
    mean = fmean(returns)
    return math.expm1(min(math.log1p(mean) * TRADING_DAYS, 20)) if mean > -1 else -1.0


def _variance(returns: Sequence[float]) -> float:
    return _covariance(returns, returns)


def _covariance(returns: Sequence[float], market: Sequence[float]) -> float:
    if len(returns) < 2:
        return 0.0
    mean, other = fmean(returns), fmean(market)
    total = sum((r - mean) * (m - other) for r, m in zip(returns, market, strict=True))
    return total / (len(returns) - 1)


def _ratio(above: float, below: float) -> float:
    """A quotient that is zero where there is nothing to divide by."""
    return above / below if abs(below) > 1e-12 else 0.0


def _probabilistic(returns: Sequence[float]) -> float:
    """The probability that the true Sharpe ratio exceeds 1 a year (sample skewness, excess kurtosis)."""
    n, spread = len(returns), math.sqrt(_variance(returns))
    if spread < 1e-12 or n < 4:
        return 0.0
    mean = fmean(returns)
    second, third, fourth = (fmean((r - mean) ** power for r in returns) for power in (2, 3, 4))
    skew = third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    sharpe = mean / spread
    inside = (1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2) / (n - 1)
    if inside <= 0:
        return 0.0
    return NormalDist().cdf((sharpe - 1 / math.sqrt(TRADING_DAYS)) / math.sqrt(inside))


def _values_at_risk(year: Sequence[float]) -> dict[str, float]:
    spread = math.sqrt(_variance(year))
    normal = NormalDist(fmean(year), spread) if spread > 0 else None
    tails = {"valueAtRisk99": 0.01, "valueAtRisk95": 0.05}
    return {name: round(normal.inv_cdf(tail), 3) if normal else 0.0 for name, tail in tails.items()}


def performance(
    curve: Curve, closed: Sequence[Trade], first: int, last: int, with_trades: bool
) -> dict[str, Any]:
    """An AlgorithmPerformance: rolling windows come without their trades, as the engine clears them."""
    numbers = portfolio_statistics(curve, first, last, [trade.profit for trade in closed])
    return {
        "tradeStatistics": trade_statistics(closed),
        "portfolioStatistics": {name: decimal(value) for name, value in numbers.items()},
        "closedTrades": [closed_trade(n, trade) for n, trade in enumerate(closed, 1)] if with_trades else [],
    }


def rolling_window(curve: Curve, closed: Sequence[Trade]) -> dict[str, Any]:
    """Performance over the last 1, 3, 6 and 12 months, at each month's end and at the run's."""
    windows: dict[str, Any] = {}
    closed = sorted(closed, key=lambda trade: trade.exit.filled.date())
    exits = [trade.exit.filled.date() for trade in closed]
    for months in _MONTHS:
        for end in _month_ends(curve.days):
            day = curve.days[end]
            first = _month_before(day, months)
            inside = closed[bisect_left(exits, first) : bisect_right(exits, day)]
            begin = bisect_left(curve.days, first)
            label = day if end == len(curve.days) - 1 else _month_before(day, 0) - timedelta(days=1)
            windows[f"M{months}_{label:%Y%m%d}"] = performance(curve, inside, begin, end, with_trades=False)
    return windows


def _month_ends(days: Sequence[date]) -> Iterator[int]:
    for index, day in enumerate(days):
        if index + 1 == len(days) or days[index + 1].month != day.month:
            yield index


def _month_before(day: date, months: int) -> date:
    """The first day of a window of months that ends with the day's month; of the next month for none."""
    number = day.year * 12 + day.month - months
    return date(number // 12, number % 12 + 1, 1)


def profit_loss(closed: Sequence[Trade]) -> dict[str, float]:
    """Profit by exit time; trades that share a time are a millisecond apart, so that each has an entry."""
    found: dict[str, float] = {}
    before: dict[datetime, int] = {}
    for trade in closed:
        # Counted, not tried: thousands of lots can be sold at once.
        number = before[trade.exit.filled] = before.get(trade.exit.filled, -1) + 1
        later = trade.exit.filled + timedelta(milliseconds=number)
        text = later.isoformat(timespec="milliseconds" if number else "seconds")
        found[text.replace("+00:00", "Z")] = round(trade.profit, 4)
    return found
