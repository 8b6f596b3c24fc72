"""What a list of closed trades adds up to.

Knows: LEAN's 41 trade statistics (api_facts 4.3). Must not know: equity curves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import fmean, median, stdev
from typing import Any

from attrs import frozen

from .market import Bars
from .orders import iso, number, symbol
from .portfolio import Trade

_ZERO = timedelta()


@frozen(eq=False)
class Closed:
    """A trade with its worst and best moment: `mae` is at most 0, `mfe` at least 0 (account currency)."""

    trade: Trade
    mae: float
    mfe: float

    @property
    def duration(self) -> timedelta:
        """How long it was open."""
        return self.trade.exit_time - self.trade.entry_time


def measured(trade: Trade, bars: Bars) -> Closed:
    """A trade with its excursions, from the bars between entry and exit."""
    inside = slice(trade.first, max(trade.last, trade.first + 1))
    low = min(min(bars.low[inside]), trade.exit_price, trade.entry_price)
    high = max(max(bars.high[inside]), trade.exit_price, trade.entry_price)
    if trade.long:
        return Closed(
            trade, (low - trade.entry_price) * trade.quantity, (high - trade.entry_price) * trade.quantity
        )
    return Closed(
        trade, (trade.entry_price - high) * trade.quantity, (trade.entry_price - low) * trade.quantity
    )


def decimal(value: float, digits: int = 4) -> str:
    """A number as the engine writes it: text, rounded (4 decimals), no noise."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return "0" if text in {"-0", ""} else text


def span(value: timedelta) -> str:
    """A duration as `[d.]HH:MM:SS`."""
    seconds = round(value.total_seconds())
    days, rest = divmod(abs(seconds), 86_400)
    text = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return ("-" if seconds < 0 else "") + (f"{days}.{text}" if days else text)


def trade_statistics(closed: Sequence[Closed]) -> dict[str, Any]:
    """The 41 entries: counts are integers, times ISO or null, everything else text."""
    wins = [item for item in closed if item.trade.profit > 0]
    losses = [item for item in closed if item.trade.profit <= 0]
    fall, intra_fall, recovery = _falls(closed)
    win_run, loss_run = _runs([item.trade.profit for item in closed])
    values = {
        **_profits(closed, wins, losses),
        **_risks(closed, losses, fall),
        **_excursions(closed),
        "maximumClosedTradeDrawdown": fall,
        "maximumIntraTradeDrawdown": intra_fall,
        "totalFees": sum(item.trade.fees for item in closed),
    }
    durations = {
        "averageTradeDuration": _mean(closed),
        "averageWinningTradeDuration": _mean(wins),
        "averageLosingTradeDuration": _mean(losses),
        "medianTradeDuration": _median(closed),
        "medianWinningTradeDuration": _median(wins),
        "medianLosingTradeDuration": _median(losses),
        "maximumDrawdownDuration": recovery,
    }
    return {
        "startDateTime": _time(min((item.trade.entry_time for item in closed), default=None)),
        "endDateTime": _time(max((item.trade.exit_time for item in closed), default=None)),
        "totalNumberOfTrades": len(closed),
        "numberOfWinningTrades": len(wins),
        "numberOfLosingTrades": len(losses),
        "maxConsecutiveWinningTrades": win_run,
        "maxConsecutiveLosingTrades": loss_run,
        **{name: decimal(value) for name, value in values.items()},
        **{name: span(value) for name, value in durations.items()},
    }


def _profits(closed: Sequence[Closed], wins: Sequence[Closed], losses: Sequence[Closed]) -> dict[str, float]:
    """What was won and lost; where nothing was lost, the engine writes a ratio of 10."""
    count, gained, lost = len(closed), _profit(wins), _profit(losses)
    average_profit = gained / len(wins) if wins else 0.0
    average_loss = lost / len(losses) if losses else 0.0
    return {
        "totalProfitLoss": _profit(closed),
        "totalProfit": gained,
        "totalLoss": lost,
        "largestProfit": max((item.trade.profit for item in wins), default=0.0),
        "largestLoss": min((item.trade.profit for item in losses), default=0.0),
        "averageProfitLoss": _profit(closed) / count if count else 0.0,
        "averageProfit": average_profit,
        "averageLoss": average_loss,
        "profitLossRatio": average_profit / abs(average_loss) if average_loss else 0.0,
        "winLossRatio": (len(wins) / len(losses) if losses else 10.0) if count else 0.0,
        "winRate": len(wins) / count if count else 0.0,
        "lossRate": len(losses) / count if count else 0.0,
        "profitFactor": (gained / abs(lost) if lost else 10.0) if gained else 0.0,
    }


def _risks(closed: Sequence[Closed], losses: Sequence[Closed], fall: float) -> dict[str, float]:
    """How far profits spread, and what they are worth against that and against the deepest fall."""
    profits, total = [item.trade.profit for item in closed], _profit(closed)
    average = total / len(closed) if closed else 0.0
    spread = stdev(profits) if len(closed) > 1 else 0.0
    downside = stdev([item.trade.profit for item in losses]) if len(losses) > 1 else 0.0
    return {
        "profitLossStandardDeviation": spread,
        "profitLossDownsideDeviation": downside,
        "sharpeRatio": average / spread if spread else 0.0,
        "sortinoRatio": average / downside if downside else 0.0,
        "profitToMaxDrawdownRatio": (total / abs(fall) if fall else 10.0) if total else 0.0,
    }


def _excursions(closed: Sequence[Closed]) -> dict[str, float]:
    """The worst and best moments of the trades, and what was given back of the best."""
    given_back = [item.trade.profit - item.mfe for item in closed]
    return {
        "averageMAE": fmean(item.mae for item in closed) if closed else 0.0,
        "averageMFE": fmean(item.mfe for item in closed) if closed else 0.0,
        "largestMAE": min((item.mae for item in closed), default=0.0),
        "largestMFE": max((item.mfe for item in closed), default=0.0),
        "maximumEndTradeDrawdown": min(given_back, default=0.0),
        "averageEndTradeDrawdown": fmean(given_back) if closed else 0.0,
    }


def closed_trade(number_: int, item: Closed) -> dict[str, Any]:
    """A trade as `closedTrades` lists it (api_facts 4.3: the newer engine's keys)."""
    trade = item.trade
    return {
        "id": f"{trade.orders[0]:08x}{trade.orders[1]:08x}{number_:016x}",
        "symbols": [symbol(trade.ticker, trade.kind)],
        "entryTime": iso(trade.entry_time),
        "entryPrice": number(trade.entry_price),
        "direction": 0 if trade.long else 1,
        "quantity": number(trade.quantity),
        "exitTime": iso(trade.exit_time),
        "exitPrice": number(trade.exit_price),
        "profitLoss": number(trade.profit, 4),
        "totalFees": number(trade.fees, 4),
        "mae": number(item.mae, 4),
        "mfe": number(item.mfe, 4),
        "duration": span(item.duration),
        "endTradeDrawdown": number(trade.profit - item.mfe, 4),
        "isWin": trade.profit > 0,
        "orderIds": list(trade.orders),
    }


def _time(value: datetime | None) -> str | None:
    return iso(value) if value is not None else None


def _profit(items: Sequence[Closed]) -> float:
    return sum(item.trade.profit for item in items)


def _mean(items: Sequence[Closed]) -> timedelta:
    return sum((item.duration for item in items), _ZERO) / len(items) if items else _ZERO


def _median(items: Sequence[Closed]) -> timedelta:
    return timedelta(seconds=median(item.duration.total_seconds() for item in items)) if items else _ZERO


def _runs(profits: Sequence[float]) -> tuple[int, int]:
    """The longest runs of wins and of losses."""
    longest = {True: 0, False: 0}
    length, last = 0, None
    for profit in profits:
        won = profit > 0
        length = length + 1 if won == last else 1
        last = won
        longest[won] = max(longest[won], length)
    return longest[True], longest[False]


def _falls(closed: Sequence[Closed]) -> tuple[float, float, timedelta]:
    """The deepest fall from a peak of summed profit, without and with excursions; the longest recovery."""
    total = peak = intra_peak = fall = intra_fall = 0.0
    peak_time = closed[0].trade.entry_time if closed else None
    longest, falling = _ZERO, False
    for item in closed:
        intra_peak = max(intra_peak, total + item.mfe)
        intra_fall = min(intra_fall, total + item.mae - intra_peak)
        total += item.trade.profit
        fall = min(fall, total - peak)
        if item.trade.profit <= 0:
            falling = True
        elif total > peak:
            if falling and peak_time is not None:
                longest = max(longest, item.trade.exit_time - peak_time)
            peak, peak_time, falling = total, item.trade.exit_time, False
    return fall, intra_fall, longest
