"""A run that is still under way: what of it has happened by a moment of its own time.

Knows: when each thing in a result happened. Must not know: requests, how long a run takes.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import Any, Final

from attrs import evolve

from . import market
from .orders import FILLED, SECURITY_TYPES, STATUSES, SUBMITTED, number
from .simulation import Simulation

_KINDS: Final = {code: kind for kind, code in SECURITY_TYPES.items()}
_CODES: Final = {word: code for code, word in STATUSES.items()}


def so_far(run: Simulation, share: float) -> Simulation:
    """The run after a share (0..1) of its time, in the same shapes, as of the last close before that.

    Statistics are those of the whole run: they are not shown before its end.
    """
    if share >= 1:
        return run
    moment = run.start.timestamp() + share * (run.end - run.start).total_seconds()
    closes = bisect_right([int(at) for at, _ in run.equity], moment)
    moment = run.equity[closes - 1][0] if closes else moment
    orders = [_order(each, moment) for each in run.orders if _seconds(each["createdTime"]) <= moment]
    trades = run.total_performance.get("closedTrades", [])
    return evolve(
        run,
        equity=run.equity[:closes],
        charts={name: _chart(chart, moment) for name, chart in run.charts.items()},
        orders=orders,
        insights=[_insight(each, moment) for each in run.insights if each["generatedTime"] <= moment],
        logs=[line for line in run.logs if _seconds(line[:19]) <= moment],
        total_performance={
            **run.total_performance,
            "closedTrades": [each for each in trades if _seconds(each["exitTime"]) <= moment],
        },
        holdings=_prices(orders, moment) if closes else {},
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
    events = [event for event in order["events"] if event["time"] <= moment]
    if len(events) == len(order["events"]):
        return order
    status = _CODES[events[-1]["status"]] if events else SUBMITTED
    body = {**order, "events": events, "status": status}
    gone = ("canceledTime",) if status == FILLED else ("canceledTime", "lastFillTime", "price")
    for name in gone:
        body.pop(name, None)
    if status != FILLED:
        reference = (
            body.get("limitPrice") or body.get("stopPrice") or body["orderSubmissionData"]["lastPrice"]
        )
        body["value"] = number(body["quantity"] * reference, 4)
    return body


def _insight(insight: dict[str, Any], moment: float) -> dict[str, Any]:
    """An insight; one that is still open has no score."""
    if insight["closeTime"] <= moment:
        return insight
    return {**insight, "referenceFinal": 0, "scoreFinal": False, "scoreDirection": 0.0}


def _prices(orders: list[dict[str, Any]], moment: float) -> dict[str, dict[str, float]]:
    """The last close of everything that was ordered, by symbol id."""
    # A day that ends at midnight is the day before.
    day = datetime.fromtimestamp(moment - 1, UTC).date()
    found: dict[str, dict[str, float]] = {}
    for order in orders:
        symbol = order["symbol"]
        if symbol["id"] not in found:
            book = market.bars(symbol["value"], _KINDS[order["securityType"]], day.year - 1, day.year)
            found[symbol["id"]] = {"p": book.close[max(book.before(day), 0)]}
    return found
