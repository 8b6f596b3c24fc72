"""Days and prices that simulations stand on."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import correlation, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quantconnect_sandbox.simulation import market, trading_days
from simulation_projects import DAILY, run


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2023, 1, 2), "New Year's Day of a Sunday, kept on Monday"),
        (date(2024, 1, 15), "Martin Luther King"),
        (date(2024, 3, 29), "Good Friday"),
        (date(2024, 5, 27), "Memorial"),
        (date(2024, 6, 19), "Juneteenth"),
        (date(2021, 7, 5), "Independence Day of a Sunday"),
        (date(2024, 11, 28), "Thanksgiving"),
        (date(2021, 12, 24), "Christmas of a Saturday"),
        (date(2024, 2, 24), "a Saturday"),
    ],
)
def test_the_exchange_is_closed_on(day: date, name: str) -> None:
    assert not trading_days.trades_on("equity", day), name


@pytest.mark.parametrize(
    "day", [date(2021, 12, 31), date(2021, 6, 18), date(2024, 3, 28), date(2024, 12, 26)]
)
def test_the_exchange_is_open_on(day: date) -> None:
    assert trading_days.trades_on("equity", day)


@pytest.mark.parametrize(
    ("year", "count"),
    [(2001, 248), (2012, 250), (2018, 251), (2020, 253), (2021, 252), (2022, 251), (2025, 250)],
)
def test_a_year_has_as_many_trading_days_as_it_had(year: int, count: int) -> None:
    assert len(trading_days.days_between("equity", date(year, 1, 1), date(year, 12, 31))) == count


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2002, {"2002-07-05", "2002-11-29", "2002-12-24"}),
        (2019, {"2019-07-03", "2019-11-29", "2019-12-24"}),
        (2020, {"2020-11-27", "2020-12-24"}),
        (2021, {"2021-11-26"}),
        (2023, {"2023-07-03", "2023-11-24"}),
        (2025, {"2025-07-03", "2025-11-28", "2025-12-24"}),
    ],
)
def test_half_days_end_at_one_in_new_york(year: int, days: set[str]) -> None:
    assert {f"{day}" for day in trading_days.half_days(year)} == days
    assert all(trading_days.closing("equity", date.fromisoformat(day)).hour in (17, 18) for day in days)


def test_a_run_ends_its_half_days_early_and_skips_holidays() -> None:
    closes = {datetime.fromtimestamp(at, UTC) for at, _ in run(DAILY).equity[1:]}
    assert datetime(2023, 11, 24, 18, tzinfo=UTC) in closes
    assert datetime(2023, 11, 22, 21, tzinfo=UTC) in closes
    assert date(2023, 11, 23) not in {close.date() for close in closes}


def test_coins_trade_every_day_and_currencies_on_weekdays() -> None:
    year = date(2024, 1, 1), date(2024, 12, 31)
    assert len(trading_days.days_between("crypto", *year)) == 366
    assert len(trading_days.days_between("forex", *year)) == 262


def test_the_open_follows_daylight_saving_time() -> None:
    assert trading_days.opening("equity", date(2024, 1, 5)) == datetime(2024, 1, 5, 14, 31, tzinfo=UTC)
    assert trading_days.opening("equity", date(2024, 7, 5)) == datetime(2024, 7, 5, 13, 31, tzinfo=UTC)


@given(ticker=st.sampled_from(["SPY", "X"]), kind=st.sampled_from(["equity", "crypto", "forex"]))
@settings(max_examples=6)
def test_bars_are_the_same_however_far_they_are_asked_for(ticker: str, kind: str) -> None:
    part, whole = market.bars(ticker, kind, 2003), market.bars(ticker, kind, 2011)
    count = len(part.days)
    assert part.days == whole.days[:count]
    assert (part.open, part.close) == (whole.open[:count], whole.close[:count])
    assert part.volume == whole.volume[:count]


@pytest.mark.parametrize(
    ("ticker", "kind", "low", "high"),
    [("SPY", "equity", 0.08, 0.25), ("AAPL", "equity", 0.12, 0.45), ("BTCUSD", "crypto", 0.4, 0.9)],
)
def test_bars_move_like_their_kind(ticker: str, kind: str, low: float, high: float) -> None:
    bars = market.bars(ticker, kind, 2025)
    assert all(0 < price < 1e7 for price in (*bars.open, *bars.close))
    moves = [math.log(after / before) for before, after in pairwise(bars.close)]
    assert low < stdev(moves) * math.sqrt(len(moves) / 28) < high


def test_shares_move_with_the_market() -> None:
    spy, other = (market.bars(ticker, "equity", 2020).close[-2000:] for ticker in ("SPY", "MSFT"))
    moves = [[after / before - 1 for before, after in pairwise(closes)] for closes in (spy, other)]
    assert 0.3 < correlation(*moves) < 0.9
