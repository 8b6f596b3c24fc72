"""How well a run did: from daily values and closed trades to the numbers that results show.

Knows: LEAN's definitions of its portfolio statistics (api-facts 4.3). Must not know: how trades came about.
"""

import math
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, groupby, pairwise
from statistics import NormalDist, covariance, fmean
from typing import Any, Final

from .account import Run, Trade
from .display import decimal
from .market import YEAR
from .trade_statistics import longest_recovery, ratio, trade_statistics

RISK_FREE: Final = 0.01
"""A year's risk-free rate: LEAN's own where it knows of no other."""


def falls(values: Sequence[float]) -> list[float]:
    """The distance from the highest value so far, as a share of it, at most 0."""
    peaks = accumulate(values, max)
    return [value / peak - 1 if peak > 0 else 0.0 for value, peak in zip(values, peaks, strict=True)]


def portfolio_statistics(run: Run, first: int, last: int, closed: Sequence[Trade]) -> dict[str, float]:
    """The 25 numbers for days `first` to `last` (both included), as fractions: 0.1 is 10 %."""
    values, times = run.values[first : last + 2], run.times[first : last + 2]
    returns, market = _returns(values), _returns(run.benchmark[first : last + 2])
    start, end = values[0], values[-1]
    years = max((times[-1] - times[0]) / timedelta(days=365), 1 / 365)
    growth = end / start if start > 0 else 1.0
    spread = math.sqrt(_covariance(returns[-YEAR:], returns[-YEAR:]))
    year = NormalDist(fmean(returns[-YEAR:]), max(spread, 1e-12))
    turnover = [each / max(value, 1.0) for each, value in zip(run.traded[first:], values[1:], strict=False)]
    return {
        **_trades(start, [trade.profit for trade in closed]),
        "startEquity": start,
        "endEquity": end,
        # A rate extrapolated from a few days can be astronomic: it stays a number that fits everywhere.
        "compoundingAnnualReturn": math.expm1(min(math.log(growth) / years, 20)) if growth > 0 else -1.0,
        "drawdown": -min(falls(values)),
        "totalNetProfit": growth - 1,
        **_ratios(returns, market),
        "portfolioTurnover": fmean(turnover),
        "valueAtRisk99": round(year.inv_cdf(0.01), 3),
        "valueAtRisk95": round(year.inv_cdf(0.05), 3),
        "drawdownRecovery": longest_recovery(values, times).days,
    }


def _returns(values: Sequence[float]) -> list[float]:
    return [after / before - 1 if before > 0 else 0.0 for before, after in pairwise(values)]


def _trades(capital: float, profits: Sequence[float]) -> dict[str, float]:
    """What the average winning and losing trade brought, as a share of the account at that time."""
    capitals = accumulate(profits, initial=capital)
    rates = [profit / each if each > 0 else 0.0 for profit, each in zip(profits, capitals, strict=False)]
    won = [rate for rate, profit in zip(rates, profits, strict=True) if profit > 0]
    lost = [rate for rate, profit in zip(rates, profits, strict=True) if profit <= 0]
    average, loss = fmean(won or [0.0]), fmean(lost or [0.0])
    win_rate, loss_rate = (ratio(len(each), len(profits)) for each in (won, lost))
    return {
        "averageWinRate": average,
        "averageLossRate": loss,
        "profitLossRatio": ratio(average, -loss),
        "winRate": win_rate,
        "lossRate": loss_rate,
        "expectancy": win_rate * ratio(average, -loss) - loss_rate,
    }


def _ratios(returns: Sequence[float], market: Sequence[float]) -> dict[str, float]:
    annual, market_annual = _annual(returns), _annual(market)
    variance = _covariance(returns, returns) * YEAR
    losses = [each for each in returns if each < 0]
    beta = ratio(_covariance(returns, market), _covariance(market, market))
    excess = annual - RISK_FREE
    apart = [a - b for a, b in zip(returns, market, strict=True)]
    error = math.sqrt(_covariance(apart, apart) * YEAR)
    return {
        "sharpeRatio": ratio(excess, math.sqrt(variance)),
        "probabilisticSharpeRatio": _probabilistic(returns),
        "sortinoRatio": ratio(excess, math.sqrt(_covariance(losses, losses) * YEAR)),
        "alpha": excess - beta * (market_annual - RISK_FREE) if beta else 0.0,
        "beta": beta,
        "annualStandardDeviation": math.sqrt(variance),
        "annualVariance": variance,
        "informationRatio": ratio(annual - market_annual, error),
        "trackingError": error,
        "treynorRatio": ratio(excess, beta),
    }


def _annual(returns: Sequence[float]) -> float:
    mean = fmean(returns)
    return math.expm1(min(math.log1p(mean) * YEAR, 20)) if mean > -1 else -1.0


def _covariance(one: Sequence[float], other: Sequence[float]) -> float:
    return covariance(one, other) if len(one) > 1 else 0.0


def _probabilistic(returns: Sequence[float]) -> float:
    """The probability that the true Sharpe ratio exceeds 1 a year (sample skewness, excess kurtosis)."""
    n, spread = len(returns), math.sqrt(_covariance(returns, returns))
    if spread < 1e-12 or n < 4:
        return 0.0
    mean = fmean(returns)
    second, third, fourth = (fmean((r - mean) ** power for r in returns) for power in (2, 3, 4))
    skew = third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    sharpe = mean / spread
    inside = (1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2) / (n - 1)
    return NormalDist().cdf((sharpe - 1 / math.sqrt(YEAR)) / math.sqrt(inside)) if inside > 0 else 0.0


def performance(run: Run, first: int, last: int) -> dict[str, Any]:
    """An AlgorithmPerformance of some days; its trades are not listed, as the engine clears them."""
    exits = [trade.exit.day for trade in run.account.trades]
    closed = run.account.trades[bisect_left(exits, first) : bisect_right(exits, last)]
    numbers = portfolio_statistics(run, first, last, closed)
    return {
        "tradeStatistics": trade_statistics(closed),
        "portfolioStatistics": {name: decimal(value) for name, value in numbers.items()},
        "closedTrades": [],
    }


def rolling_window(run: Run) -> dict[str, Any]:
    """Performance over the last 1, 3, 6 and 12 months, at each month's end and at the run's."""
    numbered = groupby(enumerate(run.days), key=lambda each: (each[1].year, each[1].month))
    months = [[number for number, _ in group] for _, group in numbered]
    windows: dict[str, Any] = {}
    for length in (1, 3, 6, 12):
        for place, month in enumerate(months):
            day = run.days[month[-1]]
            if place + 1 < len(months):
                day = day.replace(day=monthrange(day.year, day.month)[1])
            first = months[max(place + 1 - length, 0)][0]
            windows[f"M{length}_{day:%Y%m%d}"] = performance(run, first, month[-1])
    return windows
