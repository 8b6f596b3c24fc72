"""A run that is still under way: what of it has happened by a moment of its own time.

Knows: when each thing in a result happened. Must not know: requests, how long a run takes.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from .orders import SUBMITTED, number
from .simulation import Simulation


def so_far(run: Simulation, share: float) -> Simulation:
    """The run after a share (0..1) of its time, in the same shapes, as of the last close before that.

    Statistics are those of the whole run: they are not shown before its end.
    """
    if share >= 1:
        return run
    moment = run.start.timestamp() + share * (run.end - run.start).total_seconds()
    points = bisect_right([at for at, _ in run.equity], moment)
    moment = run.equity[points - 1][0] if points else moment
    charts = {name: _chart(chart, moment) for name, chart in run.charts.items()}
    trades = run.total_performance["closedTrades"]
    return evolve(
        run,
        tradeable_dates=len(charts["Strategy Equity"]["series"]["Return"]["values"]),
        equity=run.equity[:points],
        charts=charts,
        orders=[_order(each, moment) for each in run.orders if _seconds(each["createdTime"]) <= moment],
        insights=[_insight(each, moment) for each in run.insights if each["generatedTime"] <= moment],
        logs=[line for line in run.logs if _seconds(line[:19]) <= moment],
        total_performance={
            **run.total_performance,
            "closedTrades": [each for each in trades if _seconds(each["exitTime"]) <= moment],
        },
        # The first point of the equity is from before the first price.
        holdings={id_: {"p": prices[points - 2]} for id_, prices in run.prices.items() if points > 1},
    )


def _seconds(text: str) -> float:
    """A time of an order (ISO with Z) or of a line of the log (with a space, no zone)."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _chart(chart: dict[str, Any], moment: float) -> dict[str, Any]:
    series = {
        name: {**each, "values": [point for point in each["values"] if point[0] <= moment]}
        for name, each in chart["series"].items()
    }
    return {**chart, "series": series}


def _order(order: dict[str, Any], moment: float) -> dict[str, Any]:
    """An order with the events until then; one that is not filled yet has no price."""
    if order["events"][-1]["time"] <= moment:
        return order
    body = {key: value for key, value in order.items() if key not in ("lastFillTime", "price")}
    value = number(order["quantity"] * order["orderSubmissionData"]["lastPrice"], 4)
    return {**body, "status": SUBMITTED, "value": value, "events": order["events"][:1]}


def _insight(insight: dict[str, Any], moment: float) -> dict[str, Any]:
    """An insight; one that is still open has no score."""
    if insight["closeTime"] <= moment:
        return insight
    return {**insight, "referenceFinal": 0, "scoreFinal": False, "scoreDirection": 0.0}
