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


def bars(ticker: str, kind: str, first_year: int, last_year: int) -> Bars:
    """The bars of a ticker for whole years. Which years are asked for changes nothing in them."""
    last = min(max(last_year, FIRST_YEAR), LAST_YEAR)
    return _bars(ticker, kind, min(max(first_year, FIRST_YEAR), last), last)


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


@frozen
class _Character:
    """What makes one ticker's walk different from another's. Rates are per day."""

    volatility: float
    beta: float
    share: float
    """How much of its movement is the market's."""
    growth: float
    pull: float
    """How strongly the price returns to its trend: keeps decades of chance within reason."""
    first: float
    """The logarithm of the first price."""
    crowd: float
    """The usual volume."""


def _character(ticker: str, kind: str, generator: random.Random) -> _Character:
    per_year = 365.25 if kind in ROUND_THE_CLOCK else 252.0
    index = ticker in {"SPY", "QQQ"}
    annual = _VOLATILITY.get(kind, 0.12 if index else generator.uniform(0.16, 0.34))
    level = _LEVELS.get(ticker, 1.2 if kind == "forex" else generator.uniform(15, 140))
    return _Character(
        volatility=annual / math.sqrt(per_year),
        beta=1.0 if index else generator.uniform(0.5, 1.3),
        share=0.0 if kind in {"forex", "cfd"} else (0.97 if ticker == "SPY" else 0.55),
        growth=0.0 if kind == "forex" else generator.uniform(0.05, 0.1) / per_year,
        pull=0.6 / per_year,
        first=math.log(level),
        crowd=10 ** generator.uniform(6.0, 7.6),
    )


@lru_cache(maxsize=64)
def _levels(ticker: str, kind: str, last_year: int) -> tuple[_Character, array[float]]:
    """The logarithm of every close from 1998 on."""
    generator = random.Random(_seed("levels", kind, ticker))  # noqa: S311 - prices, not secrets
    character = _character(ticker, kind, generator)
    own = character.volatility * math.sqrt(1 - character.share**2)
    shared = character.volatility * character.share * character.beta
    level = trend = character.first
    levels = array("d")
    moves = _shared_moves(kind in ROUND_THE_CLOCK, last_year)
    for index in range(_count(kind, last_year)):
        # Kinds without a share in the market have a calendar of their own, maybe a longer one.
        market = moves[index] if shared else 0.0
        trend += character.growth
        level += shared * market + generator.gauss(0, own) + character.pull * (trend - level)
        levels.append(level)
    return character, levels


def _count(kind: str, last_year: int) -> int:
    return sum(len(days_of_year(kind, year)) for year in range(FIRST_YEAR, last_year + 1))


@lru_cache(maxsize=64)
def _bars(ticker: str, kind: str, first_year: int, last_year: int) -> Bars:
    character, levels = _levels(ticker, kind, last_year)
    columns = [array("d") for _ in range(5)]
    days: list[date] = []
    at = _count(kind, first_year - 1)
    for year in range(first_year, last_year + 1):
        # A generator for each year, so that a year's bars do not depend on which years are asked for.
        generator = random.Random(_seed("bars", kind, ticker, year))  # noqa: S311 - prices, not secrets
        for day in days_of_year(kind, year):
            before = levels[at - 1] if at else character.first
            _bar(columns, kind, before, levels[at], character, generator)
            days.append(day)
            at += 1
    return Bars(ticker, kind, tuple(days), *columns)


def _bar(
    columns: list[array[float]],
    kind: str,
    before: float,
    level: float,
    character: _Character,
    generator: random.Random,
) -> None:
    """Append one day: from yesterday's and today's close to open, high, low, close and volume."""
    daily = character.volatility
    start = before + generator.gauss(0, 0.25 * daily)
    low = min(start, level) - abs(generator.gauss(0, 0.45 * daily))
    high = max(start, level) + abs(generator.gauss(0, 0.45 * daily))
    digits = decimals(kind, math.exp(level))
    for column, value in zip(columns, (start, high, low, level), strict=False):
        column.append(round(math.exp(value), digits))
    busy = math.exp(generator.gauss(0, 0.3)) * (1 + 12 * abs(level - before))
    columns[4].append(float(round(character.crowd * busy)))
