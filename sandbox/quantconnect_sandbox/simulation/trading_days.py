"""The days and closing times of the New York Stock Exchange. All that a run holds trades on them, coins too.

Knows: when it closes; holidays and early closes are a library's. Must not know: prices.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import financial_holidays

_NEW_YORK = ZoneInfo("America/New_York")


@lru_cache(maxsize=256)
def _marked(year: int, category: str) -> frozenset[date]:
    return frozenset(financial_holidays("NYSE", years=year, categories=(category,)))


def trading_days(start: date, end: date) -> list[date]:
    """The days from start to end, both included, on which the exchange is open."""
    every = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in every if day.weekday() < 5 and day not in _marked(day.year, "public")]


def closing(day: date) -> datetime:
    """When the day ends and orders are filled (UTC)."""
    hour = 13 if day in _marked(day.year, "half_day") else 16
    return datetime.combine(day, time(hour), _NEW_YORK).astimezone(UTC)
