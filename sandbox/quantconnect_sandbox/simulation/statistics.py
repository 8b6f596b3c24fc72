"""How well a run did: from daily returns and closed trades to the numbers that results show.

Knows: the formulas behind LEAN's portfolio statistics and its display formats (api_facts 4.3).
Must not know: how trades came about. The risk-free rate is taken as zero.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import NormalDist, fmean, pvariance, variance
from typing import Any, Final

from attrs import define, field, fields, frozen

from .trade_statistics import Closed, closed_trade, decimal, trade_statistics

TRADING_DAYS: Final = 252
_MONTHS: Final = (1, 3, 6, 12)


@frozen(eq=False)
class Curve:
    """The account and the benchmark, day by day; the first value of each is from before the first day."""

    days: Sequence[date]
    values: Sequence[float]
    benchmark: Sequence[float]
    turnover: Sequence[float]
    """Traded value as a share of the account, one entry a day."""
    returns: list[float] = field(init=False)
    market: list[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Derive the daily returns once: the rolling windows are slices of them."""
        object.__setattr__(self, "returns", _returns(self.values))
        object.__setattr__(self, "market", _returns(self.benchmark))


@define
class PortfolioStatistics:
    """The 25 numbers, as fractions (0.1 is 10 %). Field order is the order of the API's keys."""

    average_win_rate: float = 0.0
    average_loss_rate: float = 0.0
    profit_loss_ratio: float = 0.0
    win_rate: float = 0.0
    loss_rate: float = 0.0
    expectancy: float = 0.0
    start_equity: float = 0.0
    end_equity: float = 0.0
    compounding_annual_return: float = 0.0
    drawdown: float = 0.0
    total_net_profit: float = 0.0
    sharpe_ratio: float = 0.0
    probabilistic_sharpe_ratio: float = 0.0
    sortino_ratio: float = 0.0
    alpha: float = 0.0
    beta: float = 0.0
    annual_standard_deviation: float = 0.0
    annual_variance: float = 0.0
    information_ratio: float = 0.0
    tracking_error: float = 0.0
    treynor_ratio: float = 0.0
    portfolio_turnover: float = 0.0
    value_at_risk_99: float = 0.0
    value_at_risk_95: float = 0.0
    drawdown_recovery: float = 0.0
    """Days from the deepest peak to the next one as high."""

    def rendered(self) -> dict[str, str]:
        """The numbers as the API sends them: text with at most 4 decimals."""
        return {_camel(each.name): decimal(getattr(self, each.name)) for each in fields(type(self))}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def portfolio_statistics(
    curve: Curve, first: int, last: int, profits: Sequence[float]
) -> PortfolioStatistics:
    """The numbers for days `first` to `last` (indices into `curve.days`, both included)."""
    values = curve.values[first : last + 2]
    result = PortfolioStatistics(start_equity=values[0], end_equity=values[-1])
    _trades(result, values[0], profits)
    result.total_net_profit = values[-1] / values[0] - 1 if values[0] else 0.0
    years = max(((curve.days[last] - curve.days[first]).days + 1) / 365, 1 / 365)
    growth = values[-1] / values[0] if values[0] > 0 else 0.0
    result.compounding_annual_return = _capped(growth ** (1 / years) - 1) if growth > 0 else -1.0
    result.drawdown, result.drawdown_recovery = _drawdown(values, curve.days[first : last + 1])
    result.portfolio_turnover = fmean(curve.turnover[first : last + 1])
    returns, market = curve.returns[first : last + 1], curve.market[first : last + 1]
    if len(returns) > 1:
        _ratios(result, returns, market)
    return result


def _returns(values: Sequence[float]) -> list[float]:
    return [after / before - 1 if before > 0 else 0.0 for before, after in pairwise(values)]


def _capped(value: float) -> float:
    """A rate extrapolated from a few days can be astronomic; keep it a number that fits everywhere."""
    return min(value, 1e9)


def _trades(result: PortfolioStatistics, capital: float, profits: Sequence[float]) -> None:
    won = lost = 0.0
    wins = losses = 0
    running = capital
    for profit in profits:
        rate = profit / running if running > 0 else 0.0
        if profit > 0:
            won, wins = won + rate, wins + 1
        else:
            lost, losses = lost + rate, losses + 1
        running += profit
    result.average_win_rate = won / wins if wins else 0.0
    result.average_loss_rate = lost / losses if losses else 0.0
    result.profit_loss_ratio = (
        result.average_win_rate / abs(result.average_loss_rate) if result.average_loss_rate else 0.0
    )
    result.win_rate = wins / len(profits) if profits else 0.0
    result.loss_rate = losses / len(profits) if profits else 0.0
    result.expectancy = result.win_rate * result.profit_loss_ratio - result.loss_rate if profits else 0.0


def _drawdown(values: Sequence[float], days: Sequence[date]) -> tuple[float, int]:
    """The deepest fall from a peak, as a positive fraction, and the longest time below a peak, in days."""
    peak, deepest, longest = values[0], 0.0, 0
    peak_day, below = days[0], False
    for value, day in zip(values[1:], days, strict=False):
        if value >= peak:
            if below:
                longest = max(longest, (day - peak_day).days)
            peak, peak_day, below = value, day, False
        else:
            below = True
            deepest = max(deepest, 1 - value / peak if peak > 0 else 0.0)
    return deepest, longest


def _ratios(result: PortfolioStatistics, returns: Sequence[float], market: Sequence[float]) -> None:
    mean, market_mean = fmean(returns), fmean(market)
    daily_variance, market_variance = variance(returns, mean), variance(market, market_mean)
    deviation = math.sqrt(daily_variance)
    annual, market_annual = _annual(mean), _annual(market_mean)
    result.annual_variance = daily_variance * TRADING_DAYS
    result.annual_standard_deviation = math.sqrt(result.annual_variance)
    result.sharpe_ratio = _ratio(annual, result.annual_standard_deviation)
    downside = math.sqrt(fmean(min(r, 0.0) ** 2 for r in returns) * TRADING_DAYS)
    result.sortino_ratio = _ratio(annual, downside)
    together = sum((r - mean) * (m - market_mean) for r, m in zip(returns, market, strict=True)) / (
        len(returns) - 1
    )
    result.beta = _ratio(together, market_variance)
    result.alpha = annual - result.beta * market_annual if result.beta else 0.0
    result.treynor_ratio = _ratio(annual, result.beta)
    differences = [r - m for r, m in zip(returns, market, strict=True)]
    result.tracking_error = math.sqrt(variance(differences) * TRADING_DAYS)
    result.information_ratio = _ratio(annual - market_annual, result.tracking_error)
    result.probabilistic_sharpe_ratio = _probabilistic(returns, mean)
    year = returns[-TRADING_DAYS:]
    if deviation > 0 and (spread := math.sqrt(variance(year))) > 0:
        normal = NormalDist(fmean(year), spread)
        result.value_at_risk_99, result.value_at_risk_95 = (
            round(normal.inv_cdf(tail), 3) for tail in (0.01, 0.05)
        )


def _annual(mean: float) -> float:
    return _capped((1 + mean) ** TRADING_DAYS - 1) if mean > -1 else -1.0


def _ratio(above: float, below: float) -> float:
    """A quotient that is zero where there is nothing to divide by."""
    return above / below if abs(below) > 1e-12 else 0.0


def _probabilistic(returns: Sequence[float], mean: float) -> float:
    """The probability that the true Sharpe ratio exceeds 1 a year (Bailey and Lopez de Prado, 2012)."""
    count = len(returns)
    spread = math.sqrt(pvariance(returns, mean))
    if spread < 1e-12 or count < 3:
        return 0.0
    scaled = [(r - mean) / spread for r in returns]
    skew, kurtosis = fmean(s**3 for s in scaled), fmean(s**4 for s in scaled)
    sharpe = mean / spread
    inside = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if inside <= 0:
        return 0.0
    return NormalDist().cdf((sharpe - 1 / math.sqrt(TRADING_DAYS)) * math.sqrt((count - 1) / inside))


def performance(
    curve: Curve, closed: Sequence[Closed], first: int, last: int, with_trades: bool
) -> dict[str, Any]:
    """An AlgorithmPerformance: rolling windows come without their trades, as the engine clears them."""
    result = portfolio_statistics(curve, first, last, [item.trade.profit for item in closed])
    return {
        "tradeStatistics": trade_statistics(closed),
        "portfolioStatistics": result.rendered(),
        "closedTrades": [closed_trade(n, item) for n, item in enumerate(closed, 1)] if with_trades else [],
    }


def rolling_window(curve: Curve, closed: Sequence[Closed]) -> dict[str, Any]:
    """Performance over the last 1, 3, 6 and 12 months, at each month's end and at the run's."""
    windows: dict[str, Any] = {}
    ends = list(_month_ends(curve.days))
    # A coin's day ends at midnight, which is the next date: trades are not quite in order.
    closed = sorted(closed, key=lambda item: item.trade.exit_time.date())
    exits = [item.trade.exit_time.date() for item in closed]
    for months in _MONTHS:
        for end in ends:
            first = _month_before(curve.days[end], months)
            start = next(
                (i for i in range(max(end - 23 * months * 2, 0), end + 1) if curve.days[i] >= first), 0
            )
            inside = closed[bisect_left(exits, first) : bisect_right(exits, curve.days[end])]
            label = _label(curve.days[end], end == len(curve.days) - 1)
            windows[f"M{months}_{label}"] = performance(curve, inside, start, end, with_trades=False)
    return windows


def _month_ends(days: Sequence[date]) -> Iterator[int]:
    for index, day in enumerate(days):
        if index + 1 == len(days) or days[index + 1].month != day.month:
            yield index


def _month_before(day: date, months: int) -> date:
    """The first day of a window of months that ends with the day's month."""
    number = day.year * 12 + day.month - months
    return date(number // 12, number % 12 + 1, 1)


def _label(day: date, last: bool) -> str:
    if last:
        return f"{day:%Y%m%d}"
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return f"{following - timedelta(days=1):%Y%m%d}"


def profit_loss(closed: Sequence[Closed]) -> dict[str, float]:
    """Profit by exit time; trades that share a time are a millisecond apart, so that each has an entry."""
    found: dict[str, float] = {}
    before: Counter[datetime] = Counter()
    for item in closed:
        time: datetime = item.trade.exit_time
        key = f"{time:%Y-%m-%dT%H:%M:%SZ}"
        if before[time]:
            # Counted, not tried: a margin call can close thousands of lots at once.
            later = time + timedelta(milliseconds=before[time])
            key = f"{later:%Y-%m-%dT%H:%M:%S}.{later.microsecond // 1000:03}Z"
        before[time] += 1
        found[key] = round(item.trade.profit, 4)
    return found
