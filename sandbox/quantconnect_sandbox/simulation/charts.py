"""The charts that every backtest has, as the API sends them.

Knows: the eight default charts and the shape of a series (api_facts 4.2, 4.3). Must not know: strategies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from .execution import Run, Sample
from .market import symbol_id
from .orders import number

_LINE, _CANDLE, _BAR, _AREA, _TREEMAP = 0, 2, 3, 5, 7
CHARTS: Final = (
    "Strategy Equity",
    "Capacity",
    "Drawdown",
    "Benchmark",
    "Exposure",
    "Assets Sales Volume",
    "Portfolio Turnover",
    "Portfolio Margin",
)
_MAX_POINTS: Final = 4_000
"""Longer series are thinned: a chart of decades would otherwise be megabytes."""


def charts(
    run: Run, returns: Sequence[float], benchmark: Sequence[float], capacity: float
) -> dict[str, dict[str, Any]]:
    """All charts by name. `returns` and `benchmark` have one entry a day."""
    samples = run.samples
    start = run.program.cash
    times = [int(sample.time.timestamp()) for sample in samples]
    equity = [
        [t, *(round(v, 2) for v in (s.open, s.high, s.low, s.close))]
        for t, s in zip(times, samples, strict=True)
    ]
    share = [max(s.close, 1.0) for s in samples]
    bodies = (
        _chart(
            "Strategy Equity",
            _series("Equity", "$", 0, _CANDLE, equity),
            _series("Return", "%", 1, _BAR, _points(times, (r * 100 for r in returns), 4)),
        ),
        _chart("Capacity", _series("Strategy Capacity", "$", 0, _LINE, _weekly(times, capacity))),
        _chart(
            "Drawdown", _series("Equity Drawdown", "%", 0, _LINE, _points(times, _fallen(samples, start), 2))
        ),
        _chart("Benchmark", _series("Benchmark", "$", 0, _LINE, _points(times, benchmark, 4))),
        _chart(
            "Exposure",
            _series(
                "Equity - Long Ratio",
                "",
                0,
                _LINE,
                _points(times, (s.long / d for s, d in zip(samples, share, strict=True)), 4),
            ),
            _series(
                "Equity - Short Ratio",
                "",
                0,
                _LINE,
                _points(times, (-s.short / d for s, d in zip(samples, share, strict=True)), 4),
            ),
        ),
        _chart("Assets Sales Volume", *_volumes(run, times)),
        _chart(
            "Portfolio Turnover",
            _series(
                "Portfolio Turnover",
                "%",
                0,
                _LINE,
                _points(times, (s.traded / d for s, d in zip(samples, share, strict=True)), 4),
            ),
        ),
        _chart("Portfolio Margin", *_margins(run, times)),
    )
    return {body["name"]: body for body in bodies}


def _chart(name: str, *series: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "chartType": 0, "series": {item["name"]: item for item in series}}


def _series(name: str, unit: str, index: int, kind: int, values: list[list[Any]]) -> dict[str, Any]:
    if len(values) > _MAX_POINTS:
        step = -(-len(values) // _MAX_POINTS)
        values = [*values[:-1:step], values[-1]]
    body: dict[str, Any] = {"name": name, "unit": unit, "index": index, "seriesType": kind, "values": values}
    if kind != _CANDLE:
        body |= {"color": "", "scatterMarkerSymbol": "none"}
    return body


def _points(times: Sequence[int], values: Iterable[float], digits: int) -> list[list[Any]]:
    return [[time, number(value, digits)] for time, value in zip(times, values, strict=True)]


def _weekly(times: Sequence[int], capacity: float) -> list[list[Any]]:
    return [[time, number(capacity, 2)] for time in times[::5]]


def _fallen(samples: Sequence[Sample], start: float) -> Iterable[float]:
    peak = start
    for sample in samples:
        peak = max(peak, sample.close)
        yield (sample.close / peak - 1) * 100 if peak > 0 else 0.0


def _volumes(run: Run, times: Sequence[int]) -> list[dict[str, Any]]:
    """One rectangle of the tree map a symbol: its value traded over the run."""
    kinds = {asset.ticker: asset.kind for asset in run.program.assets}
    return [
        _series(symbol_id(ticker, kinds[ticker]), "$", 0, _TREEMAP, [[times[-1], round(value, 2)]])
        for ticker, value in run.account.sales.items()
    ]


def _margins(run: Run, times: Sequence[int]) -> list[dict[str, Any]]:
    kinds = {asset.ticker: asset.kind for asset in run.program.assets}
    found = []
    for ticker in run.account.sales:
        shares = (s.margin.get(ticker, 0.0) / max(s.close, 1.0) * 100 for s in run.samples)
        found.append(_series(symbol_id(ticker, kinds[ticker]), "%", 0, _AREA, _points(times, shares, 2)))
    return found
