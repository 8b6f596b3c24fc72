"""What a list of closed trades adds up to.

Knows: LEAN's 41 trade statistics (api-facts 4.3). Must not know: equity curves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from statistics import fmean, median, stdev
from typing import Any

from .account import Trade
from .display import decimal, iso, span


def trade_statistics(closed: Sequence[Trade]) -> dict[str, Any]:
    """The 41 entries: counts are integers, times ISO or null, everything else text."""
    wins = [trade for trade in closed if trade.profit > 0]
    losses = [trade for trade in closed if trade.profit <= 0]
    sums = list(accumulate((trade.profit for trade in closed), initial=0.0))
    times = [*(trade.entry.time for trade in closed[:1]), *(trade.exit.time for trade in closed)]
    runs = [(won, len(list(each))) for won, each in groupby(closed, lambda trade: trade.profit > 0)]
    durations = {
        f"{name}{kind}TradeDuration": span(timedelta(seconds=function(trades or [0.0])))
        for name, function in (("average", fmean), ("median", median))
        for kind, trades in zip(("", "Winning", "Losing"), map(_seconds, (closed, wins, losses)), strict=True)
    }
    return {
        "startDateTime": iso(min(trade.entry.time for trade in closed)) if closed else None,
        "endDateTime": iso(max(trade.exit.time for trade in closed)) if closed else None,
        "totalNumberOfTrades": len(closed),
        "numberOfWinningTrades": len(wins),
        "numberOfLosingTrades": len(losses),
        "maxConsecutiveWinningTrades": max((length for won, length in runs if won), default=0),
        "maxConsecutiveLosingTrades": max((length for won, length in runs if not won), default=0),
        **{name: decimal(value) for name, value in _amounts(closed, wins, losses, sums).items()},
        **durations,
        "maximumDrawdownDuration": span(longest_recovery(sums[: len(times)], times)),
    }


def _amounts(
    closed: Sequence[Trade], wins: Sequence[Trade], losses: Sequence[Trade], sums: Sequence[float]
) -> dict[str, float]:
    """What was won and lost; where nothing was lost, the engine writes a ratio of 10."""
    profits = [trade.profit for trade in closed]
    won, lost = [trade.profit for trade in wins], [trade.profit for trade in losses]
    worst, best = [trade.mae for trade in closed], [trade.mfe for trade in closed]
    given_back = [trade.profit - trade.mfe for trade in closed]
    count, total, gained, given = len(closed), sum(profits), sum(won), -sum(lost)
    average, average_won, average_lost = fmean(profits or [0]), fmean(won or [0]), fmean(lost or [0])
    spread, downside = (stdev(each) if len(each) > 1 else 0.0 for each in (profits, lost))
    fall = min(after - peak for after, peak in zip(sums, accumulate(sums, max), strict=True))
    peaks = accumulate((max(before + mfe, 0.0) for before, mfe in zip(sums, best, strict=False)), max)
    inner = [before + mae - peak for before, mae, peak in zip(sums, worst, peaks, strict=False)]
    return {
        "totalProfitLoss": total,
        "totalProfit": gained,
        "totalLoss": -given,
        "largestProfit": max(won, default=0.0),
        "largestLoss": min(lost, default=0.0),
        "averageProfitLoss": average,
        "averageProfit": average_won,
        "averageLoss": average_lost,
        "profitLossRatio": ratio(average_won, -average_lost),
        "winLossRatio": ratio(len(won), len(lost), 10.0 if won else 0.0),
        "winRate": ratio(len(won), count),
        "lossRate": ratio(len(lost), count),
        "profitFactor": ratio(gained, given, 10.0 if won else 0.0),
        "profitLossStandardDeviation": spread,
        "profitLossDownsideDeviation": downside,
        "sharpeRatio": ratio(average, spread),
        "sortinoRatio": ratio(average, downside),
        "profitToMaxDrawdownRatio": ratio(total, -fall, 10.0 if won else 0.0),
        "averageMAE": fmean(worst or [0]),
        "averageMFE": fmean(best or [0]),
        "largestMAE": min(worst, default=0.0),
        "largestMFE": max(best, default=0.0),
        "maximumEndTradeDrawdown": min(given_back, default=0.0),
        "averageEndTradeDrawdown": fmean(given_back or [0]),
        "maximumClosedTradeDrawdown": fall,
        "maximumIntraTradeDrawdown": min(inner, default=0.0),
        "totalFees": sum(trade.fees for trade in closed),
    }


def ratio(above: float, below: float, otherwise: float = 0.0) -> float:
    """A quotient that is something else where there is nothing to divide by."""
    return above / below if abs(below) > 1e-12 else otherwise


def _seconds(trades: Sequence[Trade]) -> list[float]:
    return [(trade.exit.time - trade.entry.time).total_seconds() for trade in trades]


def longest_recovery(values: Sequence[float], times: Sequence[datetime]) -> timedelta:
    """The longest time until values were at an earlier peak again, after they had fallen below it."""
    peak, longest, fell = 0, timedelta(), False
    for place, value in enumerate(values):
        fell = fell or value < values[peak]
        if value >= values[peak]:
            longest = max(longest, times[place] - times[peak]) if fell else longest
            peak, fell = place, False
    return longest
