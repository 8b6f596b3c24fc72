"""backtests/create, read, list, update, delete, tags/update.

Knows: a backtest's life (api-facts 4.1) and how it reads. Must not know: how results are simulated.
"""

from typing import Any

from quantconnect_sandbox.endpoints import compiling, nodes
from quantconnect_sandbox.endpoints.access import project_of
from quantconnect_sandbox.endpoints.ledgers import Ledger
from quantconnect_sandbox.endpoints.lifecycle import (
    QUEUED,
    RUNNING,
    SUMMARY,
    backtest_of,
    home,
    job_of,
    keep,
    new_backtest,
    simulation,
    stage,
)
from quantconnect_sandbox.exchange.arguments import scalars
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Cased, Instant, Mapped, Performance, RefusedError, Verbatim
from quantconnect_sandbox.simulation import so_far
from quantconnect_sandbox.state.store import Document

LATE = 6.0
"""Sandbox seconds from completion until statistics arrive, if the switch says so (api-facts 4.1)."""
THROTTLED = 20.0
"""Seconds between two backtests of one user when the throttle is on (api-facts 2.3)."""
KEPT = 300
"""Backtests of one project that are kept; the oldest expire."""
FIRST_CHARTS = ("Strategy Equity", "Capacity", "Drawdown")
MOST_TAGS = 50


async def create(call: Call) -> dict[str, Any]:
    """Starts a backtest of a build; the answer has nulls where results will be (api-facts 4.1)."""
    project = project_of(call, write=True)
    build = compiling.successful(call, project)
    name = call.arguments.text("backtestName")
    given = call.arguments.mapping("parameters")
    parameters = scalars(given, "parameter")
    _throttle(call)
    node = nodes.free_backtest_node(call, project)
    backtest = new_backtest(call, build, name, parameters)
    backtest.update(nodeId=node["id"], nodeName=node["name"])
    keep(call, backtest)
    call.store.expire("backtest", project["projectId"], KEPT)
    call.world.runs.start(backtest["backtestId"], job_of(call, backtest))
    return {"backtest": _created(backtest), "debugging": False}


async def read(call: Call) -> dict[str, Any]:
    """A backtest: nulls while it waits, some figures while it runs, everything once it is done."""
    backtest = backtest_of(call)
    status, progress, completed = await stage(call, backtest)
    if status == "In Queue...":
        return {"backtest": _created(backtest), "debugging": False}
    run = await simulation(call, backtest)
    part = so_far(run, 1.0 if completed else progress)
    figures = Ledger.of_backtest(part).figures() | {"Sandbox": "all figures are invented"}
    if completed:
        figures |= {"Probabilistic Sharpe Ratio": run.statistics["Probabilistic Sharpe Ratio"]}
    shown = _created(backtest)
    shown.update(
        status=status,
        progress=progress,
        completed=completed,
        backtestStart=_date(run.start.timestamp()),
        backtestEnd=_date(run.end.timestamp()),
        tradeableDates=part.tradeable_dates,
        charts=_chart_names(run.charts),
        runtimeStatistics=Mapped(figures),
        statistics=Mapped({}),
    )
    if status == "Runtime Error":
        shown.update(error=run.error, stacktrace=run.stacktrace, hasInitializeError=run.initialize_error)
        return {"backtest": shown, "debugging": False}
    late = call.world.switches.late_statistics == "on"
    if completed and not (late and not call.clock.passed(backtest["created"], QUEUED + RUNNING + LATE)):
        shown.update(
            statistics=Mapped(run.statistics),
            totalPerformance=Performance(run.total_performance),
            rollingWindow=Performance(run.rolling_window) if run.rolling_window else Mapped({}),
            profitLoss=Verbatim(run.profit_loss) if run.profit_loss else Mapped({}),
        )
    elif completed:
        shown["runtimeStatistics"] = None
    return {"backtest": shown, "debugging": False}


async def listed(call: Call) -> dict[str, Any]:
    """The backtests of a project, newest first; figures only with `includeStatistics`."""
    project = project_of(call)
    figures = call.arguments.flag("includeStatistics", False)
    found = list(reversed(call.store.all("backtest", project["projectId"])))
    return {"backtests": [await _summary(call, each, figures) for each in found], "count": len(found)}


async def update(call: Call) -> dict[str, Any]:
    """A new name or note; what is left out stays."""
    backtest = backtest_of(call, write=True)
    name = call.arguments.text("name") if call.arguments.has("name") else backtest["name"]
    note = call.arguments.text("note", "") if call.arguments.has("note") else backtest["note"]
    backtest.update(name=name, note=note)
    keep(call, backtest)
    return {}


async def tags(call: Call) -> dict[str, Any]:
    """Replaces the tags (outside the published document, api-facts 4.2)."""
    backtest = backtest_of(call, write=True)
    given = [tag for tag in call.arguments.items("tags") if isinstance(tag, str) and tag.strip()]
    if len(given) != len(call.arguments.items("tags")) or len(given) > MOST_TAGS:
        raise RefusedError(f"Invalid argument: tags must be at most {MOST_TAGS} texts, none of them blank.")
    backtest["tags"] = list(dict.fromkeys(given))
    keep(call, backtest)
    return {}


async def delete(call: Call) -> dict[str, Any]:
    """Removes a backtest; a running one ends."""
    backtest = backtest_of(call, write=True)
    call.store.remove(*home(backtest), backtest["backtestId"])
    return {}


def _throttle(call: Call) -> None:
    """Refuses a second backtest of a user within some seconds, if the switch is on."""
    if call.world.switches.throttle == "off":
        return
    held = call.store.get("throttle", "", call.user.id)
    if held is not None and not call.clock.passed(held["last"], THROTTLED):
        raise RefusedError("Too many backtest requests, please slow down.")
    call.store.put("throttle", "", call.user.id, {"last": call.clock.now()})


def _date(seconds: float) -> Instant:
    return Instant(seconds, "iso")


def _chart_names(charts: Any) -> Mapped:
    return Mapped({name: Cased({"name": name}) for name in charts})


def _created(backtest: Document) -> dict[str, Any]:
    """A backtest before it runs; results are null, `parameterSet` empty is `[]` (api-facts 4.1)."""
    created = _date(backtest["created"])
    return {
        "note": backtest["note"],
        "name": backtest["name"],
        "organizationId": backtest["organizationId"],
        "projectId": backtest["projectId"],
        "completed": False,
        "optimizationId": backtest["optimizationId"],
        "backtestId": backtest["backtestId"],
        "tradeableDates": 0,
        "researchGuide": {"minutes": 1, "backtestCount": 1, "parameters": len(backtest["parameterSet"])},
        "backtestStart": created,
        "backtestEnd": created,
        "created": created,
        "snapshotId": backtest["snapshotId"],
        "status": "In Queue...",
        "error": None,
        "stacktrace": None,
        "progress": 0,
        "hasInitializeError": False,
        "charts": _chart_names(FIRST_CHARTS),
        "parameterSet": Mapped(backtest["parameterSet"]),
        "profitLoss": None,
        "rollingWindow": None,
        "runtimeStatistics": None,
        "statistics": None,
        "totalPerformance": None,
        "insights": None,
        "nodeName": backtest["nodeName"],
        "outOfSampleMaxEndDate": None,
        "outOfSampleDays": None,
        "tags": backtest["tags"],
    }


async def _summary(call: Call, backtest: Document, figures: bool) -> dict[str, Any]:
    status, progress, completed = await stage(call, backtest)
    shown: dict[str, Any] = {
        "backtestId": backtest["backtestId"],
        "status": status,
        "name": backtest["name"],
        "created": _date(backtest["created"]),
        "progress": progress,
        "optimizationId": backtest["optimizationId"],
        "tradeableDates": backtest.get("summary", {}).get("tradeableDates", 0) if completed else 0,
        "parameterSet": Mapped(backtest["parameterSet"]),
        "snapshotId": backtest["snapshotId"],
        "tags": backtest["tags"],
    }
    if figures:
        known = backtest.get("summary", {}) if completed else {}
        shown.update({key: known.get(key) for key in (*SUMMARY, "securityTypes", "trades")})
        shown["parameters"] = len(backtest["parameterSet"])
    return shown


ROUTES: Routes = {
    "/backtests/create": create,
    "/backtests/read": read,
    "/backtests/list": listed,
    "/backtests/update": update,
    "/backtests/delete": delete,
    "/backtests/tags/update": tags,
}
