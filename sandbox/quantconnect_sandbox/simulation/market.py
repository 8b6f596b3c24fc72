"""Prices: one seeded random walk for every ticker, the same for every project.

Knows: tickers, kinds of security, days. Must not know: algorithms, orders.
A ticker's price at a moment depends on the ticker, its kind and the moment alone.
"""

from __future__ import annotations

import hashlib
import math
import random
from array import array
from bisect import bisect_right
from datetime import date
from functools import lru_cache
from typing import Final

from attrs import frozen

from .trading_days import ROUND_THE_CLOCK, days_between

FIRST_DAY: Final = date(1998, 1, 2)
LAST_DAY: Final = date(2040, 12, 31)
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
    """The days of one ticker, oldest first; the lists run in parallel."""

    kind: str
    days: tuple[date, ...]
    open: array[float]
    close: array[float]
    volume: array[float]

    def before(self, day: date) -> int:
        """The index of the last bar on or before a day; the first bar if there is none."""
        return max(bisect_right(self.days, day) - 1, 0)

    def price(self, index: int, share: float) -> float:
        """The price when a share of the day has passed: within a day it moves evenly."""
        if share >= 1:
            return self.close[index]
        start, end = self.open[index], self.close[index]
        return round(start + share * (end - start), _decimals(self.kind, start))


def symbol_id(ticker: str, kind: str) -> str:
    """A security identifier in LEAN's form: the ticker, then a code for kind, market and first date."""
    return f"{ticker} {_SIDS.get(kind, 'R735QTJ8XC9X')}"


def seeded(*parts: object) -> random.Random:
    """The same random numbers on every machine and in every process, unlike `hash`."""
    text = "\x1f".join(map(str, parts))
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - prices, not secrets


def bars(ticker: str, kind: str, last_year: int) -> Bars:
    """The bars of a ticker from 1998 on. How far they are asked for changes nothing in them."""
    return _bars(ticker, kind, min(max(last_year, FIRST_DAY.year), LAST_DAY.year))


def _decimals(kind: str, price: float) -> int:
    """How finely a kind of security is priced."""
    if kind == "forex":
        return 5 if price < 20 else 3
    return 2 if price >= 1 else 6


@lru_cache(maxsize=8)
def _market(round_the_clock: bool, last_year: int) -> tuple[tuple[date, ...], array[float]]:
    """The move of the whole market on each day, in standard deviations, its drift included."""
    days = days_between("crypto" if round_the_clock else "equity", FIRST_DAY, date(last_year, 12, 31))
    generator = seeded("market", round_the_clock)
    moves = array("d")
    left, drift, stress = 0, 0.0, 1.0
    for _ in days:
        if left == 0:
            drift, stress = generator.choices(_REGIMES, (40, 30, 18, 12))[0]
            left = generator.randint(40, 260)
        left -= 1
        moves.append(generator.gauss(drift / (365.25 if round_the_clock else 252.0) / 0.0105, stress))
    return tuple(days), moves


@lru_cache(maxsize=64)
def _bars(ticker: str, kind: str, last_year: int) -> Bars:
    """One generator that is asked the same things day by day: a longer walk begins like a shorter one."""
    days, moves = _market(kind in ROUND_THE_CLOCK, last_year)
    if kind in ("forex", "cfd"):
        days = tuple(days_between(kind, FIRST_DAY, date(last_year, 12, 31)))
    generator = seeded("bars", kind, ticker)
    year = 365.25 if kind in ROUND_THE_CLOCK else 252.0
    index = ticker in ("SPY", "QQQ")
    annual = _VOLATILITY.get(kind, 0.12 if index else generator.uniform(0.16, 0.34))
    volatility = annual / math.sqrt(year)
    share = 0.0 if kind in ("forex", "cfd") else 0.97 if ticker == "SPY" else 0.55
    shared = volatility * share * (1.0 if index else generator.uniform(0.5, 1.3))
    own = volatility * math.sqrt(1 - share**2)
    growth = 0.0 if kind == "forex" else generator.uniform(0.05, 0.1) / year
    level = _LEVELS.get(ticker, 1.2 if kind == "forex" else generator.uniform(15, 140))
    crowd = 10 ** generator.uniform(6.0, 7.6)
    before = trend = math.log(level)
    columns = [array("d") for _ in range(3)]
    for place in range(len(days)):
        start = before + generator.gauss(0, 0.25 * volatility)
        trend += growth
        # The pull towards the trend keeps decades of chance within reason.
        after = before + generator.gauss(0, own) + 0.6 / year * (trend - before)
        after += shared * moves[place] if shared else 0.0
        digits = _decimals(kind, math.exp(after))
        busy = math.exp(generator.gauss(0, 0.3)) * (1 + 12 * abs(after - before))
        values = (round(math.exp(start), digits), round(math.exp(after), digits), float(round(crowd * busy)))
        for column, value in zip(columns, values, strict=True):
            column.append(value)
        before = after
    return Bars(kind, days, *columns)
