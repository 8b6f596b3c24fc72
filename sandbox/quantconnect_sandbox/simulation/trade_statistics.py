"""What a list of closed trades adds up to.

Knows: LEAN's 41 trade statistics (api-facts 4.3). Must not know: equity curves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from statistics import fmean, median, stdev
from typing import Any

from .account import Trade
from .orders import iso, number, symbol


def decimal(value: float, digits: int = 4) -> str:
    """A number as the engine writes it: text, rounded (4 decimals), no noise."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def span(value: timedelta) -> str:
    """A duration as `[d.]HH:MM:SS`."""
    days, rest = divmod(round(value.total_seconds()), 86_400)
    text = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}.{text}" if days else text


def trade_statistics(closed: Sequence[Trade]) -> dict[str, Any]:
    """The 41 entries: counts are integers, times ISO or null, everything else text."""
    wins = [trade for trade in closed if trade.profit > 0]
    losses = [trade for trade in closed if trade.profit <= 0]
    fall, inner_fall, recovery = _falls(closed)
    runs = [(won, len(list(each))) for won, each in groupby(closed, lambda trade: trade.profit > 0)]
    values = {
        **_profits(closed, wins, losses, fall),
        **_excursions(closed),
        "maximumClosedTradeDrawdown": fall,
        "maximumIntraTradeDrawdown": inner_fall,
        "totalFees": sum(trade.fees for trade in closed),
    }
    durations = {
        "averageTradeDuration": _of_durations(fmean, closed),
        "averageWinningTradeDuration": _of_durations(fmean, wins),
        "averageLosingTradeDuration": _of_durations(fmean, losses),
        "medianTradeDuration": _of_durations(median, closed),
        "medianWinningTradeDuration": _of_durations(median, wins),
        "medianLosingTradeDuration": _of_durations(median, losses),
        "maximumDrawdownDuration": recovery,
    }
    return {
        "startDateTime": iso(min(trade.entry.filled for trade in closed)) if closed else None,
        "endDateTime": iso(max(trade.exit.filled for trade in closed)) if closed else None,
        "totalNumberOfTrades": len(closed),
        "numberOfWinningTrades": len(wins),
        "numberOfLosingTrades": len(losses),
        "maxConsecutiveWinningTrades": max((length for won, length in runs if won), default=0),
        "maxConsecutiveLosingTrades": max((length for won, length in runs if not won), default=0),
        **{name: decimal(value) for name, value in values.items()},
        **{name: span(value) for name, value in durations.items()},
    }


def _profits(
    closed: Sequence[Trade], wins: Sequence[Trade], losses: Sequence[Trade], fall: float
) -> dict[str, float]:
    """What was won and lost; where nothing was lost, the engine writes a ratio of 10."""
    profits = [trade.profit for trade in closed]
    won, lost = [trade.profit for trade in wins], [trade.profit for trade in losses]
    count, total, gained, given = len(profits), sum(profits), sum(won), sum(lost)
    average, average_won, average_lost = fmean(profits or [0]), fmean(won or [0]), fmean(lost or [0])
    spread = stdev(profits) if count > 1 else 0.0
    downside = stdev(lost) if len(lost) > 1 else 0.0
    return {
        "totalProfitLoss": total,
        "totalProfit": gained,
        "totalLoss": given,
        "largestProfit": max(won, default=0.0),
        "largestLoss": min(lost, default=0.0),
        "averageProfitLoss": average,
        "averageProfit": average_won,
        "averageLoss": average_lost,
        "profitLossRatio": average_won / abs(average_lost) if average_lost else 0.0,
        "winLossRatio": (len(won) / len(lost) if lost else 10.0) if count else 0.0,
        "winRate": len(won) / count if count else 0.0,
        "lossRate": len(lost) / count if count else 0.0,
        "profitFactor": (gained / abs(given) if given else 10.0) if gained else 0.0,
        "profitLossStandardDeviation": spread,
        "profitLossDownsideDeviation": downside,
        "sharpeRatio": average / spread if spread else 0.0,
        "sortinoRatio": average / downside if downside else 0.0,
        "profitToMaxDrawdownRatio": (total / abs(fall) if fall else 10.0) if total else 0.0,
    }


def _excursions(closed: Sequence[Trade]) -> dict[str, float]:
    """The worst and best moments of the trades, and what was given back of the best."""
    worst, best = [trade.mae for trade in closed], [trade.mfe for trade in closed]
    given_back = [trade.profit - trade.mfe for trade in closed]
    return {
        "averageMAE": fmean(worst or [0]),
        "averageMFE": fmean(best or [0]),
        "largestMAE": min(worst, default=0.0),
        "largestMFE": max(best, default=0.0),
        "maximumEndTradeDrawdown": min(given_back, default=0.0),
        "averageEndTradeDrawdown": fmean(given_back or [0]),
    }


def closed_trade(place: int, trade: Trade) -> dict[str, Any]:
    """A trade as `closedTrades` lists it (api-facts 4.3: the newer engine's keys)."""
    return {
        "id": f"{trade.entry.id:08x}{trade.exit.id:08x}{place:016x}",
        "symbols": [symbol(trade.entry.ticker, trade.entry.kind)],
        "entryTime": iso(trade.entry.filled),
        "entryPrice": number(trade.entry.price),
        "direction": 0,
        "quantity": number(trade.quantity),
        "exitTime": iso(trade.exit.filled),
        "exitPrice": number(trade.exit.price),
        "profitLoss": number(trade.profit, 4),
        "totalFees": number(trade.fees, 4),
        "mae": number(trade.mae, 4),
        "mfe": number(trade.mfe, 4),
        "duration": span(trade.duration),
        "endTradeDrawdown": number(trade.profit - trade.mfe, 4),
        "isWin": trade.profit > 0,
        "orderIds": [trade.entry.id, trade.exit.id],
    }


def _of_durations(function: Callable[[list[float]], float], trades: Sequence[Trade]) -> timedelta:
    return timedelta(seconds=function([trade.duration.total_seconds() for trade in trades] or [0]))


def _falls(closed: Sequence[Trade]) -> tuple[float, float, timedelta]:
    """The deepest fall from a peak of summed profit, without and with excursions; the longest recovery."""
    total = peak = inner_peak = fall = inner_fall = 0.0
    peak_time = closed[0].entry.filled if closed else None
    longest = timedelta()
    for trade in closed:
        inner_peak = max(inner_peak, total + trade.mfe)
        inner_fall = min(inner_fall, total + trade.mae - inner_peak)
        fell = total < peak
        total += trade.profit
        fall = min(fall, total - peak)
        if total > peak:
            if fell and peak_time is not None:
                longest = max(longest, trade.exit.filled - peak_time)
            peak, peak_time = total, trade.exit.filled
    return fall, inner_fall, longest
