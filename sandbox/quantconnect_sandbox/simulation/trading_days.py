"""The days and hours on which markets trade.

Knows: the hours of the New York Stock Exchange; its holidays and early closes are a library's. No prices.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from holidays import financial_holidays

ROUND_THE_CLOCK: Final = frozenset({"crypto", "cryptofuture"})
"""Kinds of security that trade every day of the year."""
WEEKDAYS: Final = frozenset({"forex", "cfd"})
"""Kinds that trade Monday to Friday, holidays included."""
NEVER_CLOSED: Final = ROUND_THE_CLOCK | WEEKDAYS
_NEW_YORK: Final = ZoneInfo("America/New_York")


@lru_cache(maxsize=256)
def _exchange(year: int, category: str) -> frozenset[date]:
    return frozenset(financial_holidays("NYSE", years=year, categories=(category,)))


def half_days(year: int) -> frozenset[date]:
    """The days of a year on which the exchange closes at 13:00."""
    return _exchange(year, "half_day")


def trades_on(kind: str, day: date) -> bool:
    """Whether a kind of security trades on a day."""
    if kind in ROUND_THE_CLOCK:
        return True
    return day.weekday() < 5 and (kind in WEEKDAYS or day not in _exchange(day.year, "public"))


def days_between(kind: str, start: date, end: date) -> list[date]:
    """The days from start to end, both included, on which a kind of security trades."""
    every = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in every if trades_on(kind, day)]


def opening(kind: str, day: date) -> datetime:
    """When the first bar of a day is complete and orders that wait for the open are filled (UTC)."""
    if kind in NEVER_CLOSED:
        return datetime.combine(day, time(0, 1), UTC)
    return datetime.combine(day, time(9, 31), _NEW_YORK).astimezone(UTC)


def closing(kind: str, day: date) -> datetime:
    """When the day's bar ends (UTC)."""
    if kind in NEVER_CLOSED:
        return datetime.combine(day + timedelta(days=1), time(), UTC)
    hour = 13 if day in half_days(day.year) else 16
    return datetime.combine(day, time(hour), _NEW_YORK).astimezone(UTC)
