"""The days and hours on which markets trade.

Knows: the holidays of the New York Stock Exchange and its hours in UTC. Must not know: prices, algorithms.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

ROUND_THE_CLOCK: Final = frozenset({"crypto", "cryptofuture"})
"""Kinds of security that trade every day of the year."""
WEEKDAYS: Final = frozenset({"forex", "cfd"})
"""Kinds that trade Monday to Friday, holidays included."""
_ONE_DAY: Final = timedelta(days=1)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth given weekday of a month (Monday 0); nth -1 is the last."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - _ONE_DAY
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _observed(day: date) -> date:
    """A holiday at the weekend is kept on the Friday before or the Monday after."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


@lru_cache(maxsize=128)
def holidays(year: int) -> frozenset[date]:
    """The weekdays of a year on which the exchange is closed."""
    days = {
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        _easter(year) - timedelta(days=2),
        _nth(year, 5, 0, -1),
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    }
    new_year = date(year, 1, 1)
    # A New Year's Day on a Saturday is not made up for: the Friday belongs to the old year's accounts.
    if new_year.weekday() != 5:
        days.add(_observed(new_year))
    if year >= 2022:
        days.add(_observed(date(year, 6, 19)))
    return frozenset(days)


def trades_on(kind: str, day: date) -> bool:
    """Whether a kind of security trades on a day."""
    if kind in ROUND_THE_CLOCK:
        return True
    return day.weekday() < 5 and (kind in WEEKDAYS or day not in holidays(day.year))


@lru_cache(maxsize=64)
def days_of_year(kind: str, year: int) -> tuple[date, ...]:
    """The days of a year on which a kind of security trades."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in every if trades_on(kind, day))


def days_between(kind: str, start: date, end: date) -> list[date]:
    """The days from start to end, both included, on which a kind of security trades."""
    years = range(start.year, end.year + 1)
    return [day for year in years for day in days_of_year(kind, year) if start <= day <= end]


def _summer(day: date) -> bool:
    """Whether New York is on daylight saving time (the rule of 2007, or the one before)."""
    if day.year >= 2007:
        return _nth(day.year, 3, 6, 2) <= day < _nth(day.year, 11, 6, 1)
    return _nth(day.year, 4, 6, 1) <= day < _nth(day.year, 10, 6, -1)


def local(kind: str, moment: datetime) -> datetime:
    """A moment in the algorithm's own time: New York's for what trades there, else UTC."""
    if kind in ROUND_THE_CLOCK or kind in WEEKDAYS:
        return moment
    return moment - timedelta(hours=4 if _summer(moment.date()) else 5)


def opening(kind: str, day: date) -> datetime:
    """When orders that wait for the open are filled (UTC)."""
    if kind in ROUND_THE_CLOCK or kind in WEEKDAYS:
        return datetime.combine(day, time(0, 1), UTC)
    return datetime.combine(day, time(13 if _summer(day) else 14, 31), UTC)


def closing(kind: str, day: date) -> datetime:
    """When the day's bar ends (UTC)."""
    if kind in ROUND_THE_CLOCK or kind in WEEKDAYS:
        return datetime.combine(day + _ONE_DAY, time(), UTC)
    return datetime.combine(day, time(20 if _summer(day) else 21), UTC)


def midday(kind: str, day: date) -> datetime:
    """When orders that wait for a price are filled (UTC)."""
    start = opening(kind, day)
    return start + (closing(kind, day) - start) / 2
