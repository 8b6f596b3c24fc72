"""The charts that every backtest has, and those that the code plots, as the API sends them.

Knows: the eight default charts and the shape of a series (api-facts 4.2, 4.3). Must not know: statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from .account import LEVERAGE
from .execution import Run
from .market import seeded, symbol_id
from .orders import number
from .statistics import Curve

_LINE, _CANDLE, _BAR, _AREA, _TREEMAP = 0, 2, 3, 5, 7
_MAX_POINTS: Final = 4_000
"""Longer series are thinned: a chart of decades would otherwise be megabytes."""


def charts(
    run: Run, curve: Curve, capacity: float, plotted: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """All charts by name."""
    times = [int(sample.time.timestamp()) for sample in run.samples]
    days = _seconds(curve.times)
    worth = [max(sample.value, 1.0) for sample in run.samples]
    invested = [sum(sample.held.values()) / value for sample, value in zip(run.samples, worth, strict=True)]
    bodies = {
        "Strategy Equity": [
            _series("Equity", "$", 0, _CANDLE, _candles(run, days[0], times)),
            _series("Return", "%", 1, _BAR, _points(days[1:], (each * 100 for each in curve.returns), 4)),
        ],
        "Capacity": [_line("Strategy Capacity", "$", _points(days[1::5], [capacity] * len(days[1::5]), 2))],
        "Drawdown": [_line("Equity Drawdown", "%", _points([days[0], *times], _fallen(run), 2))],
        "Benchmark": [_line("Benchmark", "$", _points(days, curve.benchmark, 6))],
        "Exposure": [
            _line("Equity - Long Ratio", "", _points(times, invested, 4)),
            _line("Equity - Short Ratio", "", _points(times, [0.0] * len(times), 4)),
        ],
        "Assets Sales Volume": [
            _series(
                symbol_id(ticker, run.books[ticker].kind), "$", 0, _TREEMAP, [[times[-1], round(value, 2)]]
            )
            for ticker, value in run.sales().items()
        ],
        "Portfolio Turnover": [_line("Portfolio Turnover", "%", _points(days[1:], curve.turnover, 4))],
        "Portfolio Margin": [_margin(run, ticker, times, worth) for ticker in run.sales()],
    }
    for name, labels in plotted.items():
        bodies[name] = [*bodies.get(name, []), *(_invented(run, name, label, times) for label in labels)]
    return {
        name: {"name": name, "chartType": 0, "series": {each["name"]: each for each in series}}
        for name, series in bodies.items()
    }


def _series(name: str, unit: str, index: int, kind: int, values: list[list[Any]]) -> dict[str, Any]:
    if len(values) > _MAX_POINTS:
        step = -(-len(values) // _MAX_POINTS)
        values = [*values[:-1:step], values[-1]]
    body: dict[str, Any] = {"name": name, "unit": unit, "index": index, "seriesType": kind, "values": values}
    if kind != _CANDLE:
        body |= {"color": "", "scatterMarkerSymbol": "none"}
    return body


def _line(name: str, unit: str, values: list[list[Any]]) -> dict[str, Any]:
    return _series(name, unit, 0, _LINE, values)


def _seconds(times: Iterable[datetime]) -> list[int]:
    return [int(time.timestamp()) for time in times]


def _points(times: Sequence[int], values: Iterable[float], digits: int) -> list[list[Any]]:
    return [[time, number(value, digits)] for time, value in zip(times, values, strict=True)]


def _candles(run: Run, start: int, times: Sequence[int]) -> list[list[Any]]:
    """The first is the cash before the run; each other opens where the one before closed."""
    values = [round(value, 2) for value in (run.cash, *(sample.value for sample in run.samples))]
    found = [[start, *[values[0]] * 4]]
    for time, before, after in zip(times, values, values[1:], strict=False):
        found.append([time, before, max(before, after), min(before, after), after])
    return found


def _fallen(run: Run) -> Iterable[float]:
    peak = run.cash
    for value in (run.cash, *(sample.value for sample in run.samples)):
        peak = max(peak, value)
        yield (value / peak - 1) * 100 if peak > 0 else 0.0


def _margin(run: Run, ticker: str, times: Sequence[int], worth: Sequence[float]) -> dict[str, Any]:
    kind = run.books[ticker].kind
    shares = [
        sample.held.get(ticker, 0.0) / LEVERAGE[kind] / value * 100
        for sample, value in zip(run.samples, worth, strict=True)
    ]
    return _series(symbol_id(ticker, kind), "%", 0, _AREA, _points(times, shares, 2))


def _invented(run: Run, chart: str, label: str, times: Sequence[int]) -> dict[str, Any]:
    """A series that the code plots: near the first security's price, for want of anything better."""
    prices = next(iter(run.history.values()), [100.0] * len(times))
    scale = seeded("plot", chart, label).uniform(0.95, 1.05)
    return _line(label, "", _points(times, (price * scale for price in prices), 4))
