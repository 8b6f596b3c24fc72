"""optimizations/estimate, create, read, list, update, abort, delete.

Knows: an optimization's life and how it reads (api-facts 5).
Must not know: how a grid is spanned, how a run is simulated.
"""

import math
from typing import Any

from quantconnect_sandbox.endpoints import account, compiling, grids, lifecycle, sweeps
from quantconnect_sandbox.endpoints.access import membership, project_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Instant, Mapped, RefusedError
from quantconnect_sandbox.state.identifiers import hex32
from quantconnect_sandbox.state.store import Document

KEPT = 20
"""Optimizations of one project; the oldest expire."""


async def estimate(call: Call) -> dict[str, Any]:
    """Seconds that one backtest takes (the LEAN CLI multiplies), and the organization's QCC."""
    project = project_of(call, write=True)
    _asked(call)
    if call.arguments.has("compileId"):
        compiling.compile_of(call, project)
    organization = call.world.people.organizations[project["organizationId"]]
    balance = int(account.balance(organization))
    return {"estimate": {"estimateId": hex32(), "time": int(lifecycle.RUNNING), "balance": balance}}


async def create(call: Call) -> dict[str, Any]:
    """Starts one; the answer is a list of one (api-facts 5)."""
    project = project_of(call, write=True)
    asked, points = _asked(call)
    build = compiling.successful(call, project)
    kind, count = grids.nodes_of(call.arguments)
    call.arguments.number("estimatedCost")
    optimization: Document = {
        "optimizationId": f"O-{hex32()}",
        "projectId": project["projectId"],
        "organizationId": project["organizationId"],
        "created": call.clock.now(),
        "snapshot": build["snapshot"],
        "nodeType": kind,
        "parallelNodes": count,
        "aborted": None,
        **asked,
    }
    sweeps.spread(call, build, optimization, points)
    save(call, optimization)
    for old in call.store.all("optimization", project["projectId"])[:-KEPT]:
        _forget(call, old)
    sweeps.begin(call, optimization)
    return {"optimizations": [_summary(call, optimization)]}


async def read(call: Call) -> dict[str, Any]:
    """One, with what its finished backtests came to."""
    optimization = _named(call)
    sweeps.begin(call, optimization)
    progress = sweeps.progress_of(call, optimization)
    snapshot = call.store.get("snapshot", optimization["projectId"], optimization["snapshot"])
    backtests = {each["backtestId"]: _candidate(each) for each in progress.finished}
    return {
        "optimization": {
            **_settings(optimization, progress),
            "snapshotId": snapshot["number"] if snapshot else None,
            "parallelNodes": optimization["parallelNodes"],
            "runtimeStatistics": Mapped(progress.statistics()),
            "constraints": optimization["constraints"],
            "backtests": Mapped(backtests),
            "strategy": grids.STRATEGY,
            "requested": Instant(optimization["created"]),
            "optimizationTarget": optimization["target"],
            "targetValue": optimization["targetValue"],
            "gridLayout": [],
        }
    }


async def listed(call: Call) -> dict[str, Any]:
    """All of a project, newest first; none is the empty list."""
    project = project_of(call)
    found = list(reversed(call.store.all("optimization", project["projectId"])))
    return {"optimizations": [_summary(call, each) for each in found]}


async def update(call: Call) -> dict[str, Any]:
    """A new name."""
    optimization = _named(call, write=True)
    optimization["name"] = call.arguments.text("name")
    save(call, optimization)
    return {}


async def abort(call: Call) -> dict[str, Any]:
    """Ends a running one; what is done stays. A completed one cannot be aborted (api-facts 5)."""
    optimization = _named(call, write=True)
    status = sweeps.progress_of(call, optimization).status
    if status not in ("new", "running"):
        raise RefusedError(f"The optimization cannot be aborted: it is {status}.")
    optimization["aborted"] = call.clock.now()
    save(call, optimization)
    return {}


async def delete(call: Call) -> dict[str, Any]:
    """Removes one with its backtests."""
    _forget(call, _named(call, write=True))
    return {}


def save(call: Call, optimization: Document) -> None:
    """Writes an optimization."""
    call.store.put("optimization", optimization["projectId"], optimization["optimizationId"], optimization)


def _asked(call: Call) -> tuple[Document, list[dict[str, str]]]:
    """What create and estimate share, checked, and the grid's points."""
    given = call.arguments
    name = given.text("name")
    target = given.choice("target", grids.TARGETS)
    extremum = given.choice("targetTo", ("min", "max"))
    given.choice("strategy", (grids.STRATEGY,))
    value = given.number("targetValue") if given.raw("targetValue") not in (None, "") else None
    ranges, fixed = grids.parameters_of(given.rows("parameters"))
    points = grids.points(ranges, fixed)
    described = [each.described() for each in ranges]
    return {
        "name": name,
        "target": target,
        "targetTo": extremum,
        "targetValue": value,
        "parameters": described + [{"name": key, "value": text} for key, text in fixed.items()],
        "constraints": grids.constraints_of(given.rows("constraints")),
    }, points


def _named(call: Call, write: bool = False) -> Document:
    """The named optimization, if the caller may see its project."""
    optimization = call.store.find("optimization", call.arguments.text("optimizationId"))
    project = call.store.find("project", optimization["projectId"]) if optimization else None
    member = membership(project, call.user.id) if project else None
    if optimization is None or member is None:
        raise RefusedError("Optimization not found.")
    if write and not member["write"]:
        raise RefusedError("You do not have write permission for this project.")
    return optimization


def _forget(call: Call, optimization: Document) -> None:
    call.store.remove("optimization", optimization["projectId"], optimization["optimizationId"])
    call.store.clear("candidate", optimization["optimizationId"])


def _summary(call: Call, optimization: Document) -> dict[str, Any]:
    progress = sweeps.progress_of(call, optimization)
    best = progress.best(optimization) if progress.status in ("completed", "aborted") else None
    figures = best["summary"] if best else {}
    return {
        **_settings(optimization, progress),
        "created": Instant(optimization["created"]),
        "psr": figures.get("psr"),
        "sharpeRatio": figures.get("sharpeRatio"),
        "trades": figures.get("trades"),
    }


def _settings(optimization: Document, progress: sweeps.Progress) -> dict[str, Any]:
    """What a line of the list and the whole have in common."""
    return {
        "optimizationId": optimization["optimizationId"],
        "projectId": optimization["projectId"],
        "name": optimization["name"],
        "status": progress.status,
        "nodeType": optimization["nodeType"],
        "criterion": {
            "target": optimization["target"],
            "extremum": optimization["targetTo"],
            "targetValue": optimization["targetValue"],
        },
        "cloneId": None,
        "outOfSampleDays": 0,
        "outOfSampleMaxEndDate": None,
        "parameters": optimization["parameters"],
    }


def _candidate(backtest: Document) -> dict[str, Any]:
    summary = backtest["summary"]
    return {
        "name": backtest["name"],
        "id": backtest["backtestId"],
        "progress": 1,
        "exitCode": 1 if backtest["failure"]["error"] else 0,
        "statistics": [0.0 if not math.isfinite(each) else each for each in summary["numbers"]],
        "parameterSet": Mapped(backtest["parameterSet"]),
        "equity": summary["equity"],
        "startDate": Instant(summary["start"]),
        "endDate": Instant(summary["end"]),
        "outOfSampleDays": 0,
        "outOfSampleMaxEndDate": None,
    }


ROUTES: Routes = {
    "/optimizations/estimate": estimate,
    "/optimizations/create": create,
    "/optimizations/read": read,
    "/optimizations/list": listed,
    "/optimizations/update": update,
    "/optimizations/abort": abort,
    "/optimizations/delete": delete,
}
