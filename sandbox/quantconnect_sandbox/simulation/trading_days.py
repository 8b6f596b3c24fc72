"""The days and hours on which markets trade.

Knows: the holidays, early closes and hours of the New York Stock Exchange since 1998. Must not know: prices.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

ROUND_THE_CLOCK: Final = frozenset({"crypto", "cryptofuture"})
"""Kinds of security that trade every day of the year."""
WEEKDAYS: Final = frozenset({"forex", "cfd"})
"""Kinds that trade Monday to Friday, holidays included."""
_NEW_YORK: Final = ZoneInfo("America/New_York")
_ONE_DAY: Final = timedelta(days=1)
_CLOSED_ONCE: Final = frozenset(
    date.fromisoformat(text)
    for text in (
        *("2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14"),
        *("2004-06-11", "2007-01-02", "2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09"),
    )
)
"""After the attacks of 2001, in the storm of 2012, and to mourn four presidents."""


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
    return frozenset(days) | {day for day in _CLOSED_ONCE if day.year == year}


@lru_cache(maxsize=128)
def half_days(year: int) -> frozenset[date]:
    """The days of a year on which the exchange closes at 13:00."""
    days = {_nth(year, 11, 3, 4) + _ONE_DAY, date(year, 12, 24)}
    before, after = date(year, 7, 3), date(year, 7, 5)
    # Until 2012 the Friday after a Thursday the 4th was the short day, since then the Wednesday before it.
    days.add(after if after.weekday() == 4 and year < 2013 else before)
    days |= {day for day in (date(1999, 12, 31), date(2003, 12, 26)) if day.year == year}
    return frozenset(day for day in days if trades_on("equity", day))


def trades_on(kind: str, day: date) -> bool:
    """Whether a kind of security trades on a day."""
    if kind in ROUND_THE_CLOCK:
        return True
    return day.weekday() < 5 and (kind in WEEKDAYS or day not in holidays(day.year))


def days_between(kind: str, start: date, end: date) -> list[date]:
    """The days from start to end, both included, on which a kind of security trades."""
    every = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in every if trades_on(kind, day)]


def opening(kind: str, day: date) -> datetime:
    """When the first bar of a day is complete and orders that wait for the open are filled (UTC)."""
    if kind in ROUND_THE_CLOCK or kind in WEEKDAYS:
        return datetime.combine(day, time(0, 1), UTC)
    return datetime.combine(day, time(9, 31), _NEW_YORK).astimezone(UTC)


def closing(kind: str, day: date) -> datetime:
    """When the day's bar ends (UTC)."""
    if kind in ROUND_THE_CLOCK or kind in WEEKDAYS:
        return datetime.combine(day + _ONE_DAY, time(), UTC)
    hour = 13 if day in half_days(day.year) else 16
    return datetime.combine(day, time(hour), _NEW_YORK).astimezone(UTC)
