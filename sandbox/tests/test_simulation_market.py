"""Days, prices and indicators that simulations stand on."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from statistics import fmean, pstdev, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quantconnect_sandbox.simulation import market, studies, trading_days


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
    ("year", "count"), [(2019, 252), (2020, 253), (2021, 252), (2022, 251), (2023, 250), (2024, 252)]
)
def test_a_year_has_as_many_trading_days_as_it_had(year: int, count: int) -> None:
    assert len(trading_days.days_of_year("equity", year)) == count


def test_coins_trade_every_day_and_currencies_on_weekdays() -> None:
    assert len(trading_days.days_of_year("crypto", 2024)) == 366
    assert len(trading_days.days_of_year("forex", 2023)) == 260


def test_the_open_follows_daylight_saving_time() -> None:
    assert trading_days.opening("equity", date(2024, 1, 5)) == datetime(2024, 1, 5, 14, 31, tzinfo=UTC)
    assert trading_days.opening("equity", date(2024, 7, 5)) == datetime(2024, 7, 5, 13, 31, tzinfo=UTC)


@given(
    ticker=st.sampled_from(["SPY", "AAPL", "X", "ZZZ"]),
    first=st.integers(1998, 2030),
    length=st.integers(0, 4),
)
@settings(max_examples=25)
def test_bars_are_the_same_whatever_years_are_asked_for(ticker: str, first: int, length: int) -> None:
    part = market.bars(ticker, "equity", first, first + length)
    whole = market.bars(ticker, "equity", 1998, 2034)
    start = whole.days.index(part.days[0])
    end = start + len(part.days)
    assert whole.days[start:end] == part.days
    assert whole.close[start:end] == part.close
    assert whole.low[start:end] == part.low
    assert whole.volume[start:end] == part.volume


@pytest.mark.parametrize(
    ("ticker", "kind"), [("SPY", "equity"), ("AAPL", "equity"), ("BTCUSD", "crypto"), ("EURUSD", "forex")]
)
def test_bars_hold_together_and_move_like_their_kind(ticker: str, kind: str) -> None:
    bars = market.bars(ticker, kind, 1998, 2025)
    rows = zip(bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
    assert all(
        0 < low <= min(start, end) and high >= max(start, end) and volume > 0
        for start, high, low, end, volume in rows
    )
    moves = [math.log(b / a) for a, b in zip(bars.close, bars.close[1:], strict=False)]
    volatility = stdev(moves) * math.sqrt(len(moves) / 28)
    low, high = {"SPY": (0.08, 0.25), "AAPL": (0.12, 0.45), "BTCUSD": (0.4, 0.9), "EURUSD": (0.05, 0.12)}[
        ticker
    ]
    assert low < volatility < high


def test_shares_move_with_the_market() -> None:
    spy, other = (market.bars(t, "equity", 2010, 2020) for t in ("SPY", "MSFT"))
    a, b = ([y / x - 1 for x, y in zip(s.close, s.close[1:], strict=False)] for s in (spy, other))
    mean_a, mean_b = fmean(a), fmean(b)
    together = fmean((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    assert 0.3 < together / (pstdev(a) * pstdev(b)) < 0.9


_closes = st.lists(st.floats(1, 1e4, allow_nan=False), min_size=1, max_size=120)


def _bars(closes: list[float]) -> market.Bars:
    from array import array

    column = array("d", closes)
    return market.Bars("T", "equity", (), column, column, column, column, column)


def _series(kind: str, period: float, closes: list[float], part: str = "value", *more: float) -> list[float]:
    return studies.series(kind, (period, *more), part, _bars(closes), 0, len(closes) - 1)


@given(closes=_closes, period=st.integers(1, 40))
@settings(max_examples=60)
def test_windowed_indicators_equal_their_definition(closes: list[float], period: int) -> None:
    mean, weighted = _series("sma", period, closes), _series("wma", period, closes)
    spread, top = _series("std", period, closes), _series("max", period, closes)
    for index in range(len(closes)):
        window = closes[max(index + 1 - period, 0) : index + 1]
        if len(window) < period:
            assert math.isnan(mean[index])
            assert math.isnan(top[index])
            continue
        assert mean[index] == pytest.approx(fmean(window), rel=1e-6)
        weights = range(1, period + 1)
        exact = sum(w * v for w, v in zip(weights, window, strict=True)) / sum(weights)
        assert weighted[index] == pytest.approx(exact, rel=1e-6)
        assert spread[index] == pytest.approx(pstdev(window), rel=1e-3, abs=0.05)
        assert top[index] == max(window)


@given(closes=_closes, period=st.integers(1, 30))
@settings(max_examples=60)
def test_relative_strength_lies_between_0_and_100_once_ready(closes: list[float], period: int) -> None:
    values = _series("rsi", period, closes)
    assert len(values) == len(closes)
    assert all(math.isnan(v) for v in values[:period])
    assert all(0 <= v <= 100 for v in values[period:])


@given(closes=_closes)
@settings(max_examples=30)
def test_exponential_means_stay_within_what_they_saw(closes: list[float]) -> None:
    for value in _series("ema", 5, closes)[4:]:
        assert min(closes) - 1e-6 <= value <= max(closes) + 1e-6


def test_macd_is_the_difference_of_its_means_and_histogram_of_its_signal() -> None:
    closes = [100 + 10 * math.sin(i / 7) for i in range(120)]
    line, signal = _series("macd", 12, closes, "value", 26, 9), _series("macd", 12, closes, "signal", 26, 9)
    histogram = _series("macd", 12, closes, "histogram", 26, 9)
    fast, slow = _series("ema", 12, closes), _series("ema", 26, closes)
    assert line[60] == pytest.approx(fast[60] - slow[60])
    assert histogram[60] == pytest.approx(line[60] - signal[60])
    assert math.isnan(signal[30])
    assert not math.isnan(signal[34])


def test_bands_lie_around_the_mean() -> None:
    closes = [100 + (i * 37 % 11) for i in range(60)]
    upper, lower = (_series("bb", 20, closes, part, 2) for part in ("upper", "lower"))
    middle, spread = _series("sma", 20, closes), _series("std", 20, closes)
    assert upper[40] == pytest.approx(middle[40] + 2 * spread[40])
    assert lower[40] == pytest.approx(middle[40] - 2 * spread[40])
