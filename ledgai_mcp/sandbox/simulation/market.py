"""Prices: a seeded random walk for every ticker, the same for every project.

Knows: tickers, kinds of security, days. Must not know: algorithms, orders.
A ticker's bar on a date depends on the ticker, its kind and the date alone.
"""

from __future__ import annotations

import hashlib
import math
import random
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from attrs import frozen

from .trading_days import ROUND_THE_CLOCK, days_of_year

FIRST_YEAR: Final = 1998
LAST_YEAR: Final = 2040
_REGIMES: Final = ((0.24, 0.75), (0.08, 1.0), (-0.02, 1.1), (-0.28, 1.7))
"""Annual drift and the factor on volatility, from a calm rise to a fall."""
_VOLATILITY: Final = {"crypto": 0.55, "cryptofuture": 0.6, "forex": 0.075, "future": 0.18, "cfd": 0.14}
_LEVELS: Final = {
    "SPY": 97.0,
    "QQQ": 45.0,
    "BTCUSD": 300.0,
    "ETHUSD": 12.0,
    "EURUSD": 1.1,
    "GBPUSD": 1.4,
    "USDJPY": 115.0,
}
_SIDS: Final = {
    "crypto": "2XR",
    "cryptofuture": "18R",
    "forex": "8G",
    "cfd": "8I",
    "future": "VU1EHIDJYLMP",
    "index": "31",
}


@frozen(eq=False)
class Bars:
    """The daily bars of one ticker, oldest first; the lists run in parallel."""

    ticker: str
    kind: str
    days: tuple[date, ...]
    open: array[float]
    high: array[float]
    low: array[float]
    close: array[float]
    volume: array[float]

    def before(self, day: date) -> int:
        """The index of the last bar on or before a day; -1 if there is none."""
        return bisect_right(self.days, day) - 1

    def at(self, day: date) -> int | None:
        """The index of the day's own bar."""
        index = bisect_left(self.days, day)
        return index if index < len(self.days) and self.days[index] == day else None


def symbol_id(ticker: str, kind: str) -> str:
    """A security identifier in LEAN's form: the ticker, then a code for kind, market and first date."""
    return f"{ticker} {_SIDS.get(kind, 'R735QTJ8XC9X')}"


def decimals(kind: str, price: float) -> int:
    """How finely a kind of security is priced."""
    if kind == "forex":
        return 5 if price < 20 else 3
    return 2 if price >= 1 else 6


def _seed(*parts: object) -> int:
    """The same number on every machine and in every process, unlike `hash`."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")


def bars(ticker: str, kind: str, last_year: int) -> Bars:
    """All bars of a ticker from 1998 to the end of a year."""
    return _bars(ticker, kind, min(max(last_year, FIRST_YEAR), LAST_YEAR))


@lru_cache(maxsize=8)
def _shared_moves(round_the_clock: bool, last_year: int) -> array[float]:
    """The move of the whole market on each day, in standard deviations and with its drift added."""
    generator = random.Random(_seed("market", round_the_clock))  # noqa: S311 - prices, not secrets
    moves = array("d")
    days = 365.25 if round_the_clock else 252.0
    for drift, stress in _regimes(generator, round_the_clock, last_year):
        moves.append(generator.gauss(drift / days / 0.0105, stress))
    return moves


def _regimes(
    generator: random.Random, round_the_clock: bool, last_year: int
) -> Iterator[tuple[float, float]]:
    """For each day the drift and stress of the weather the market is in."""
    left, weather = 0, _REGIMES[1]
    kind = "crypto" if round_the_clock else "equity"
    for year in range(FIRST_YEAR, last_year + 1):
        for _ in days_of_year(kind, year):
            if left == 0:
                weather = generator.choices(_REGIMES, (40, 30, 18, 12))[0]
                left = generator.randint(40, 260)
            left -= 1
            yield weather


@lru_cache(maxsize=48)
def _bars(ticker: str, kind: str, last_year: int) -> Bars:
    days = tuple(day for year in range(FIRST_YEAR, last_year + 1) for day in days_of_year(kind, year))
    generator = random.Random(_seed("bars", kind, ticker))  # noqa: S311 - prices, not secrets
    annual = _VOLATILITY.get(kind, 0.12 if ticker in {"SPY", "QQQ"} else generator.uniform(0.16, 0.34))
    per_year = 365.25 if kind in ROUND_THE_CLOCK else 252.0
    daily = annual / math.sqrt(per_year)
    beta = 1.0 if ticker in {"SPY", "QQQ"} else generator.uniform(0.5, 1.3)
    share = 0.0 if kind in {"forex", "cfd"} else (0.97 if ticker == "SPY" else 0.55)
    own = math.sqrt(1 - share * share)
    shared = _shared_moves(kind in ROUND_THE_CLOCK, last_year)
    growth = 0.0 if kind == "forex" else generator.uniform(0.05, 0.1) / per_year
    first = math.log(_LEVELS.get(ticker, 1.2 if kind == "forex" else generator.uniform(15, 140)))
    crowd = 10 ** generator.uniform(6.0, 7.6)
    columns = [array("d") for _ in range(5)]
    level = trend = first
    for index in range(len(days)):
        trend += growth
        market = shared[index] if share and index < len(shared) else 0.0
        move = daily * (beta * share * market + own * generator.gauss(0, 1)) + 0.6 / per_year * (
            trend - level
        )
        gap = generator.gauss(0, 0.25 * daily)
        start, level = level + gap, level + move
        reach = abs(generator.gauss(0, 0.45 * daily)), abs(generator.gauss(0, 0.45 * daily))
        digits = decimals(kind, math.exp(level))
        low, high = min(start, level) - reach[0], max(start, level) + reach[1]
        for column, value in zip(columns, (start, high, low, level), strict=False):
            column.append(round(math.exp(value), digits))
        columns[4].append(float(round(crowd * math.exp(generator.gauss(0, 0.3)) * (1 + 12 * abs(move)))))
    return Bars(ticker, kind, days, *columns)
