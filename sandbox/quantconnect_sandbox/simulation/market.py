"""Securities and their prices: one seeded random walk for every ticker, the same for every project.

Knows: kinds of security as LEAN numbers and names them, and the days of the New York Stock Exchange, on which
all of them trade, coins too; its holidays and early closes are a library's. Must not know: orders.
A ticker's price on a day depends on the ticker, its kind and the day alone.
"""

import hashlib
import math
import random
from array import array
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from holidays import financial_holidays

FIRST_DAY: Final = date(1998, 1, 2)
LAST_DAY: Final = date(2040, 12, 31)
YEAR: Final = 252
"""Trading days."""
_LEVELS: Final = {"SPY": 97.0, "QQQ": 45.0, "BTCUSD": 300.0, "EURUSD": 1.1, "USDJPY": 115.0}
"""First prices that are not left to chance."""
_NEW_YORK: Final = ZoneInfo("America/New_York")


class Kind(NamedTuple):
    """A kind of security: LEAN's number and identifier ending, and what is invented of it."""

    number: int
    ending: str
    level: float
    volatility: float
    digits: int = 0
    """Of a quantity: whole shares, or a fraction of a coin."""


KINDS: Final = {
    "equity": Kind(1, "R735QTJ8XC9X", 75.0, 0.24),
    "forex": Kind(4, "8G", 1.2, 0.075),
    "future": Kind(5, "VU1EHIDJYLMP", 75.0, 0.18),
    "cfd": Kind(6, "8I", 75.0, 0.14),
    "crypto": Kind(7, "2XR", 75.0, 0.55, digits=6),
    "index": Kind(9, "31", 75.0, 0.16),
    "cryptofuture": Kind(11, "18R", 75.0, 0.6, digits=3),
}


class Security(NamedTuple):
    """One of the things that a run can hold."""

    ticker: str
    kind: Kind = KINDS["equity"]

    @property
    def id(self) -> str:
        """An identifier in LEAN's form: the ticker, then a code for kind, market and first date."""
        return f"{self.ticker} {self.kind.ending}"


def digest(*parts: object) -> str:
    """The same on every machine and in every process, unlike `hash`."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]


def seeded(*parts: object) -> random.Random:
    """Random numbers that follow from these parts."""
    return random.Random(digest(*parts))  # noqa: S311 - prices, not secrets


@lru_cache(maxsize=256)
def _marked(year: int, category: str) -> frozenset[date]:
    return frozenset(financial_holidays("NYSE", years=year, categories=(category,)))


def closing(day: date) -> datetime:
    """When the day ends and orders are filled (UTC)."""
    hour = 13 if day in _marked(day.year, "half_day") else 16
    return datetime.combine(day, time(hour), _NEW_YORK).astimezone(UTC)


@lru_cache(maxsize=1)
def calendar() -> list[date]:
    """All days on which the exchange is open."""
    every = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    return [day for day in every if day.weekday() < 5 and day not in _marked(day.year, "public")]


@lru_cache(maxsize=1)
def _market() -> Sequence[float]:
    """The move of the whole market on each day, in standard deviations."""
    generator = seeded("market")
    return [generator.gauss(0.02, 1.0) for _ in calendar()]


@lru_cache(maxsize=64)
def closes(security: Security) -> Sequence[float]:
    """The price of a security at the close of every day of the calendar."""
    generator = seeded("prices", *security)
    index = security.ticker in ("SPY", "QQQ")
    annual = 0.12 if index else security.kind.volatility * generator.uniform(0.7, 1.4)
    volatility, growth = annual / math.sqrt(YEAR), 0.3 * annual / YEAR
    share = 0.95 if index else generator.uniform(0.3, 0.7)
    shared, own = volatility * share, volatility * math.sqrt(1 - share**2)
    level = _LEVELS.get(security.ticker, security.kind.level * generator.uniform(0.4, 1.6))
    value = trend = math.log(level)
    found = array("d")
    for move in _market():
        trend += growth
        # The pull towards the trend keeps decades of chance within reason.
        value += generator.gauss(0, own) + shared * move + 0.6 / YEAR * (trend - value)
        found.append(round(math.exp(value), 2 if value > 3 else 5))
    return found
