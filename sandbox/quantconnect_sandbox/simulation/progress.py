"""A run that is still under way: what of it has happened by a moment of its own time.

Knows: when each thing in a result happened. Must not know: requests, how long a run takes.
"""

from bisect import bisect_right
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from .simulation import Simulation


def so_far(run: Simulation, share: float) -> Simulation:
    """The run after a share (0..1) of its time, in the same shapes, as of the last close before that.

    Orders show once they are filled. Statistics are those of the whole run: not shown before its end.
    """
    if share >= 1:
        return run
    moment = run.start.timestamp() + share * (run.end - run.start).total_seconds()
    points = bisect_right([at for at, _ in run.equity], moment)
    moment = run.equity[points - 1][0] if points else moment
    closed = run.total_performance["closedTrades"]
    return evolve(
        run,
        # The first point of the equity is from before the first day.
        tradeable_dates=max(points - 1, 0),
        equity=run.equity[:points],
        charts={name: _chart(chart, moment) for name, chart in run.charts.items()},
        orders=[each for each in run.orders if each["events"][-1]["time"] <= moment],
        insights=[each for each in run.insights if each["generatedTime"] <= moment],
        logs=[line for line in run.logs if _seconds(line[:19]) <= moment],
        total_performance=run.total_performance
        | {"closedTrades": [each for each in closed if _seconds(each["exitTime"]) <= moment]},
        holdings={id_: {"p": prices[points - 2]} for id_, prices in run.prices.items() if points > 1},
    )


def _seconds(text: str) -> float:
    """A time of an order (ISO with Z) or of a line of the log (with a space, no zone)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _chart(chart: dict[str, Any], moment: float) -> dict[str, Any]:
    series = {
        name: {**each, "values": [point for point in each["values"] if point[0] <= moment]}
        for name, each in chart["series"].items()
    }
    return {**chart, "series": series}
