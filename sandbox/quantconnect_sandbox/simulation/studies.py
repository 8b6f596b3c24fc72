"""Indicators over daily bars.

Knows: the arithmetic of each indicator. Must not know: who asks, or why.
A value is NaN until the indicator has seen enough bars.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from .market import Bars

NAN: Final = math.nan


def series(kind: str, periods: Sequence[float], part: str, bars: Bars, first: int, last: int) -> list[float]:
    """An indicator's values for bars `first` to `last` inclusive, warmed up on bars from `first` on."""
    closes = list(bars.close[first : last + 1])
    numbers = [int(p) for p in periods]
    if kind == "macd":
        return _macd(closes, numbers, part)
    if kind == "bb":
        middle, spread = _mean(closes, numbers[0]), _deviation(closes, numbers[0])
        sign = {"upper": 1.0, "lower": -1.0}.get(part, 0.0)
        return [m + sign * periods[1] * s for m, s in zip(middle, spread, strict=True)]
    if kind == "atr":
        return _range(bars, first, last, numbers[0])
    return _SIMPLE[kind](closes, numbers[0])


def _mean(values: list[float], period: int) -> list[float]:
    out, total = [], 0.0
    for index, value in enumerate(values):
        total += value - (values[index - period] if index >= period else 0.0)
        out.append(total / period if index + 1 >= period else NAN)
    return out


def _exponential(values: list[float], period: int) -> list[float]:
    """Seeded with the mean of the first `period` values, which may follow leading NaNs."""
    out, weight, level, seen, total = [], 2 / (period + 1), NAN, 0, 0.0
    for value in values:
        if value != value:
            out.append(NAN)
            continue
        seen += 1
        if seen <= period:
            total += value
            level = total / period if seen == period else NAN
        else:
            level += weight * (value - level)
        out.append(level)
    return out


def _weighted(values: list[float], period: int) -> list[float]:
    total_weight = period * (period + 1) / 2
    out, plain, weighted = [], 0.0, 0.0
    for index, value in enumerate(values):
        # The window slides: every weight falls by one, the newest gets the full one.
        if index >= period:
            weighted += period * value - plain
            plain += value - values[index - period]
        else:
            plain += value
            weighted += (index + 1) * value
        out.append(weighted / total_weight if index + 1 >= period else NAN)
    return out


def _strength(values: list[float], period: int) -> list[float]:
    """Wilder's relative strength index, 0 to 100."""
    out, up, down = [NAN], 0.0, 0.0
    for index in range(1, len(values)):
        change = values[index] - values[index - 1]
        gain, loss = max(change, 0.0), max(-change, 0.0)
        if index <= period:
            up, down = up + gain / period, down + loss / period
        else:
            up, down = up + (gain - up) / period, down + (loss - down) / period
        if index < period:
            out.append(NAN)
        else:
            out.append(100.0 if down == 0 else 100 - 100 / (1 + up / down))
    return out[: len(values)]


def _deviation(values: list[float], period: int) -> list[float]:
    out, total, squares = [], 0.0, 0.0
    base = values[0] if values else 0.0
    for index, raw in enumerate(values):
        # Shifted by the first value: squares of large prices would lose the digits that matter.
        value = raw - base
        gone = values[index - period] - base if index >= period else 0.0
        total += value - gone
        squares += value * value - gone * gone
        mean = total / period
        out.append(math.sqrt(max(squares / period - mean * mean, 0.0)) if index + 1 >= period else NAN)
    return out


def _difference(values: list[float], period: int) -> list[float]:
    return [values[i] - values[i - period] if i >= period else NAN for i in range(len(values))]


def _change(values: list[float], period: int) -> list[float]:
    return [values[i] / values[i - period] - 1 if i >= period else NAN for i in range(len(values))]


def _extreme(values: list[float], period: int, beats: Callable[[float, float], bool]) -> list[float]:
    out: list[float] = []
    window: deque[int] = deque()
    for index, value in enumerate(values):
        while window and not beats(values[window[-1]], value):
            window.pop()
        window.append(index)
        if window[0] <= index - period:
            window.popleft()
        out.append(values[window[0]] if index + 1 >= period else NAN)
    return out


def _macd(closes: list[float], periods: list[int], part: str) -> list[float]:
    fast, slow = _exponential(closes, periods[0]), _exponential(closes, periods[1])
    line = [f - s for f, s in zip(fast, slow, strict=True)]
    if part in {"fast", "slow"}:
        return fast if part == "fast" else slow
    if part == "value":
        return line
    signal = _exponential(line, periods[2])
    return signal if part == "signal" else [m - s for m, s in zip(line, signal, strict=True)]


def _range(bars: Bars, first: int, last: int, period: int) -> list[float]:
    ranges = []
    for index in range(first, last + 1):
        before = bars.close[index - 1] if index > first else bars.open[index]
        ranges.append(max(bars.high[index], before) - min(bars.low[index], before))
    return _mean(ranges, period)


_SIMPLE: Final[dict[str, Callable[[list[float], int], list[float]]]] = {
    "sma": _mean,
    "ema": _exponential,
    "wma": _weighted,
    "rsi": _strength,
    "std": _deviation,
    "mom": _difference,
    "roc": _change,
    "max": lambda values, period: _extreme(values, period, lambda kept, new: kept > new),
    "min": lambda values, period: _extreme(values, period, lambda kept, new: kept < new),
}
