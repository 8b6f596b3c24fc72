"""The charts that every backtest has, and those that the code plots, as the API sends them.

Knows: the eight default charts and the shape of a series (api-facts 4.2, 4.3). Must not know: statistics.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from .account import Run
from .display import number
from .statistics import falls

_LINE, _CANDLE, _BAR, _AREA, _TREEMAP = 0, 2, 3, 5, 7


def charts(run: Run, capacity: float, plotted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """All charts by name. A series that the code plots is the benchmark, for want of anything better."""
    times = [int(time.timestamp()) for time in run.times]
    days, sales = times[1:], run.account.sales
    worth = [max(value, 1.0) for value in run.values[1:]]
    shares = {
        each: [held.get(each, 0.0) / value for held, value in zip(run.held, worth, strict=True)]
        for each in sales
    }
    invested = [sum(held.values()) / value for held, value in zip(run.held, worth, strict=True)]
    turnover = [value / before for value, before in zip(run.traded, worth, strict=True)]
    returns = [after / before - 1 if before > 0 else 0.0 for before, after in pairwise(run.values)]
    bodies = {
        "Strategy Equity": [
            _series("Equity", "$", _CANDLE, _candles(times, run.values)),
            _percent("Return", days, returns, _BAR) | {"index": 1},
        ],
        "Capacity": [_series("Strategy Capacity", "$", _LINE, [[day, capacity] for day in days[::5]])],
        "Drawdown": [_percent("Equity Drawdown", times, falls(run.values))],
        "Benchmark": [_series("Benchmark", "$", _LINE, _points(times, run.benchmark))],
        "Exposure": [
            _series("Equity - Long Ratio", "", _LINE, _points(days, invested)),
            _series("Equity - Short Ratio", "", _LINE, _points(days, [0.0] * len(days))),
        ],
        "Assets Sales Volume": [
            _series(each.id, "$", _TREEMAP, _points(days[-1:], [value])) for each, value in sales.items()
        ],
        "Portfolio Turnover": [_percent("Portfolio Turnover", days, turnover)],
        "Portfolio Margin": [_percent(each.id, days, values, _AREA) for each, values in shares.items()],
    }
    for name, labels in plotted.items():
        invented = _points(days, run.benchmark[1:])
        bodies.setdefault(name, []).extend(_series(label, "", _LINE, invented) for label in labels)
    return {
        name: {"name": name, "chartType": 0, "series": {each["name"]: each for each in series}}
        for name, series in bodies.items()
    }


def _series(name: str, unit: str, kind: int, values: list[list[Any]]) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name, "unit": unit, "index": 0, "seriesType": kind, "values": values}
    return body if kind == _CANDLE else body | {"color": "", "scatterMarkerSymbol": "none"}


def _percent(name: str, times: Sequence[int], shares: Iterable[float], kind: int = _LINE) -> dict[str, Any]:
    return _series(name, "%", kind, _points(times, (each * 100 for each in shares)))


def _points(times: Sequence[int], values: Iterable[float]) -> list[list[Any]]:
    return [[time, number(value)] for time, value in zip(times, values, strict=True)]


def _candles(times: Sequence[int], values: Sequence[float]) -> list[list[Any]]:
    """The first is the cash before the run; each other opens where the one before closed."""
    closes = [round(value, 2) for value in values]
    bodies = zip(times, [closes[0], *closes], closes, strict=False)
    return [[time, first, max(first, last), min(first, last), last] for time, first, last in bodies]
