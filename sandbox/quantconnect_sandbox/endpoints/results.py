"""What a backtest left: backtests/chart/read, orders/read, read/insights, read/log, read/report, trades/read.

Knows: pages, loading answers, sampling (api-facts 4.2). Must not know: how results are simulated.
"""

from typing import Any

from quantconnect_sandbox.endpoints import lifecycle
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Cased, RefusedError, Verbatim
from quantconnect_sandbox.simulation import Simulation, addressed, so_far
from quantconnect_sandbox.state.store import Document

LOADING = 2.0
"""Sandbox seconds that charts, orders and logs take to load when first asked for."""
REPORT = 8.0
LARGEST_PAGE = 100
LARGEST_LOG = 200
MOST_POINTS = 100_000


async def chart(call: Call) -> dict[str, Any]:
    """One chart, sampled down to `count` points between two times (Unix seconds; 0 or none = all)."""
    backtest = lifecycle.backtest_of(call)
    name = call.arguments.text("name")
    window = chart_window(call)
    run = await _run(call, backtest)
    if run is None:
        raise RefusedError("The backtest has not begun: there is no chart yet.")
    return loading(call, backtest, f"chart {name}") or {"chart": sampled(run.charts, name, *window)}


async def orders(call: Call) -> dict[str, Any]:
    """A page of at most 100 orders; `length` is how many there are in all (api-facts 10)."""
    backtest = lifecycle.backtest_of(call)
    first, last = call.arguments.window(LARGEST_PAGE)
    run = await _run(call, backtest)
    found = run.orders if run else []
    page = addressed(found[first:last], backtest["backtestId"])
    first_answer = loading(call, backtest, "orders") if run else None
    return first_answer or {"orders": Cased(page), "length": len(found)}


async def insights(call: Call) -> dict[str, Any]:
    """A page of at most 100 insights."""
    backtest = lifecycle.backtest_of(call)
    first, last = call.arguments.window(LARGEST_PAGE)
    run = await _run(call, backtest)
    found = run.insights if run else []
    return {"insights": Verbatim(found[first:last]), "length": len(found)}


async def log(call: Call) -> dict[str, Any]:
    """A page of at most 200 log lines; `query` keeps the lines that hold it, blank keeps all."""
    backtest = lifecycle.backtest_of(call)
    first, last = call.arguments.window(LARGEST_LOG)
    query = call.arguments.text("query", "").strip().lower()
    run = await _run(call, backtest)
    lines = run.logs if run else []
    found = [line for line in lines if query in line.lower()]
    first_answer = loading(call, backtest, "log") if run else None
    return first_answer or {"logs": found[first:last], "length": len(found)}


async def report(call: Call) -> dict[str, Any]:
    """`generating` first, then the report as HTML."""
    backtest = lifecycle.backtest_of(call)
    status, progress, completed = await lifecycle.stage(call, backtest)
    if not completed:
        return {"generating": True, "progress": round(progress, 3), "report": None}
    if status == "Runtime Error":
        raise RefusedError("There is no report of a backtest that failed.")
    share = _prepared(call, backtest, "report", REPORT)
    if share < 1:
        return {"generating": True, "progress": round(share, 3), "report": None}
    return {"report": (await lifecycle.simulation(call, backtest)).report}


async def trades(call: Call) -> dict[str, Any]:
    """A page of at most 100 closed trades (outside the published description, api-facts 4.2)."""
    backtest = lifecycle.backtest_of(call)
    first, last = call.arguments.window(LARGEST_PAGE)
    run = await _run(call, backtest)
    found = run.total_performance.get("closedTrades", []) if run else []
    return {"trades": Verbatim(found[first:last]), "length": len(found)}


def chart_window(call: Call) -> tuple[int, int, int]:
    """Points, first and last second. Refused when the times are inverted (api-facts 4.2)."""
    count = call.arguments.integer("count", 100)
    start, end = call.arguments.integer("start", 0), call.arguments.integer("end", 0)
    if count < 1 or count > MOST_POINTS:
        raise RefusedError(f"Invalid argument: count must be from 1 to {MOST_POINTS}.")
    if start < 0 or start > end:
        raise RefusedError("Invalid argument: start must be at least 0 and not later than end.")
    return count, start, end or 2**62


def sampled(charts: dict[str, Any], name: str, count: int, start: int, end: int) -> Cased:
    """A chart with at most `count` points a series; first and last point stay."""
    whole = charts.get(name)
    if whole is None:
        raise RefusedError(f"There is no chart named {name!r}. The charts are {', '.join(charts)}.")
    series = {}
    for key, each in whole.get("series", {}).items():
        points = [point for point in each["values"] if start <= _second(point) <= end]
        if len(points) > count:
            step = (len(points) - 1) / (count - 1) if count > 1 else 0.0
            points = [points[round(index * step)] for index in range(count)]
        series[key] = {**each, "values": points}
    return Cased({**whole, "series": series})


def _second(point: Any) -> float:
    return float(point["x"] if isinstance(point, dict) else point[0])


async def _run(call: Call, backtest: Document) -> Simulation | None:
    """The results by now; None while the backtest waits."""
    status, progress, completed = await lifecycle.stage(call, backtest)
    if status == "In Queue...":
        return None
    return so_far(await lifecycle.simulation(call, backtest), 1.0 if completed else progress)


def _prepared(call: Call, backtest: Document, what: str, seconds: float) -> float:
    """How far (0..1) something is that begins to be made when it is first asked for."""
    asked = backtest.setdefault("asked", {})
    return call.clock.share(asked.setdefault(what, call.clock.now()), seconds)


def loading(call: Call, run: Document, what: str) -> dict[str, Any] | None:
    """The first answer of a backtest or a deployment: a success and no result yet (api-facts 1.9)."""
    share = _prepared(call, run, what, LOADING)
    return None if share >= 1 else {"status": "loading", "progress": round(share, 2)}


ROUTES: Routes = {
    "/backtests/chart/read": chart,
    "/backtests/orders/read": orders,
    "/backtests/read/insights": insights,
    "/backtests/insights/read": insights,
    "/backtests/read/log": log,
    "/backtests/read/report": report,
    "/backtests/trades/read": trades,
}
