"""Days and prices that simulations stand on."""

import math
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import correlation, stdev

import pytest
from quantconnect_sandbox.simulation import market
from simulation_projects import DAILY, run


@pytest.mark.parametrize(("year", "count"), [(2001, 248), (2012, 250), (2018, 251), (2020, 253), (2021, 252)])
def test_a_year_has_as_many_trading_days_as_it_had(year: int, count: int) -> None:
    assert len([day for day in market.calendar() if day.year == year]) == count


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2002, {"07-05", "11-29", "12-24"}),
        (2019, {"07-03", "11-29", "12-24"}),
        (2021, {"11-26"}),
        (2023, {"07-03", "11-24"}),
    ],
)
def test_half_days_end_at_one_in_new_york(year: int, days: set[str]) -> None:
    closes = [market.closing(day) for day in market.calendar() if day.year == year]
    summer = [close for close in closes if close.hour in (20, 21)]
    assert {f"{close:%m-%d}" for close in closes if close not in summer} == days


def test_a_run_ends_its_half_days_early_and_skips_holidays() -> None:
    closes = {datetime.fromtimestamp(at, UTC) for at, _ in run(DAILY).equity[1:]}
    assert datetime(2023, 11, 24, 18, tzinfo=UTC) in closes
    assert datetime(2023, 11, 22, 21, tzinfo=UTC) in closes
    assert datetime(2023, 8, 22, 20, tzinfo=UTC) in closes
    closed = {date(2023, 11, 23), date(2023, 1, 2), date(2023, 4, 7), date(2023, 6, 19), date(2023, 2, 25)}
    assert closed.isdisjoint(close.date() for close in closes)


@pytest.mark.parametrize(
    ("ticker", "kind", "low", "high"),
    [("SPY", "equity", 0.08, 0.25), ("AAPL", "equity", 0.12, 0.45), ("BTCUSD", "crypto", 0.3, 0.9)],
)
def test_prices_move_like_their_kind(ticker: str, kind: str, low: float, high: float) -> None:
    prices = market.closes(market.Security(ticker, market.KINDS[kind]))
    assert all(0 < price < 1e7 for price in prices)
    moves = [math.log(after / before) for before, after in pairwise(prices)]
    assert low < stdev(moves) * math.sqrt(market.YEAR) < high


def test_shares_move_with_the_market() -> None:
    spy, other = (market.closes(market.Security(ticker)) for ticker in ("SPY", "MSFT"))
    moves = [[after / before - 1 for before, after in pairwise(closes)] for closes in (spy, other)]
    assert 0.2 < correlation(*moves) < 0.9
