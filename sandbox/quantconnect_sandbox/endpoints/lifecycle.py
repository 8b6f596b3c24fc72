"""A backtest's life, whoever started it: created, queued, running, done; and its simulation.

Knows: a backtest's document, how time moves it (api-facts 4.1). Must not know: how an answer is laid out.
"""

import math
from typing import Any

from quantconnect_sandbox.endpoints import compiling
from quantconnect_sandbox.endpoints.access import project_of
from quantconnect_sandbox.exchange.call import Call
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.simulation import Job, Simulation, queue_seconds
from quantconnect_sandbox.state.clock import moment
from quantconnect_sandbox.state.identifiers import hex32
from quantconnect_sandbox.state.store import Document

QUEUED = 3.0
"""Sandbox seconds in the queue, then seconds of running."""
RUNNING = 12.0
MOST_EQUITY = 60
"""Points of the equity curve that an optimization keeps of each backtest."""
_ALIKE = ("alpha", "beta", "compoundingAnnualReturn", "drawdown", "lossRate", "sharpeRatio", "winRate")
SUMMARY = {name: name for name in (*_ALIKE, "sortinoRatio", "treynorRatio")}
SUMMARY |= {"netProfit": "totalNetProfit", "psr": "probabilisticSharpeRatio"}
"""Summary key of backtests/list -> key of the portfolio statistics."""


def backtest_of(call: Call, write: bool = False) -> Document:
    """The named backtest of the named project; `write` also needs the right to change the project."""
    project = project_of(call, write)
    id_ = call.arguments.text("backtestId")
    backtest = call.store.get("backtest", project["projectId"], id_) or call.store.find("candidate", id_)
    if backtest is None or backtest["projectId"] != project["projectId"]:
        raise RefusedError("Backtest not found.")
    return backtest


def new_backtest(call: Call, build: Document, name: str, parameters: dict[str, Any]) -> Document:
    """A backtest's document, not yet kept."""
    project = call.store.find("project", build["projectId"]) or {"parameters": {}}
    snapshot = call.store.get("snapshot", build["projectId"], build["snapshot"])
    return {
        "backtestId": hex32(),
        "projectId": build["projectId"],
        "organizationId": project.get("organizationId"),
        "name": name,
        "firstName": name,
        "note": None,
        "created": call.clock.now(),
        "userId": call.user.id,
        "snapshot": build["snapshot"],
        "snapshotId": snapshot["number"] if snapshot else build["projectId"] + 1,
        "language": build["language"],
        "parameterSet": parameters,
        "parameters": {**project["parameters"], **parameters},
        "optimizationId": None,
        "queued": (snapshot and queue_seconds(snapshot["files"])) or QUEUED,
        "length": RUNNING,
        "tags": [],
        "nodeId": None,
        "nodeName": "",
    }


def keep(call: Call, backtest: Document) -> None:
    """Writes a backtest."""
    kind, parent = home(backtest)
    call.store.put(kind, parent, backtest["backtestId"], backtest)


def home(backtest: Document) -> tuple[str, str | int]:
    """Where a backtest is stored: with its project, or with the optimization it is a candidate of."""
    if backtest["optimizationId"] is not None:
        return "candidate", backtest["optimizationId"]
    return "backtest", backtest["projectId"]


async def simulation(call: Call, backtest: Document) -> Simulation:
    """The results of a backtest, and its figures kept for the list."""
    run = await call.world.runs.result(backtest["backtestId"], job_of(call, backtest))
    if "summary" not in backtest:
        backtest["summary"] = _figures(run)
        backtest["failure"] = {"error": run.error, "at": run.failed_at}
        if backtest["optimizationId"] is not None:
            backtest["summary"].update(_sweep_figures(run))
        if call.store.get(*home(backtest), backtest["backtestId"]) is backtest:
            keep(call, backtest)
    return run


def job_of(call: Call, backtest: Document) -> Job:
    """What the simulation is given: nothing that changes after the backtest was created."""
    return Job(
        language=backtest["language"],
        files=compiling.snapshot_files(call, backtest),
        parameters=backtest["parameters"],
        name=backtest["firstName"],
        created=moment(backtest["created"]),
    )


async def stage(call: Call, backtest: Document) -> tuple[str, float, bool]:
    """Status, progress (0..1, the int 1 when done) and whether it is complete."""
    if "failure" not in backtest and not call.clock.passed(backtest["created"], backtest["queued"]):
        return "In Queue...", 0, False
    if "failure" not in backtest:
        await simulation(call, backtest)
    return stage_of(call, backtest)


def stage_of(call: Call, backtest: Document) -> tuple[str, float, bool]:
    """The same, once the simulation is known."""
    if not call.clock.passed(backtest["created"], backtest["queued"]):
        return "In Queue...", 0, False
    elapsed = call.clock.elapsed(backtest["created"]) - backtest["queued"]
    share = 1.0 if math.isinf(elapsed) else min(1.0, elapsed / backtest["length"])
    failure = backtest.get("failure") or {}
    if failure.get("error") and share >= failure["at"]:
        return "Runtime Error", failure["at"], True
    if share >= 1.0:
        return "Completed.", 1, True
    return f"Running: {int(share * 100)}%", round(share, 3), False


def _figures(run: Simulation) -> dict[str, Any]:
    """The figures of one line in the list; text numbers become numbers there (api-facts 4.2)."""
    statistics = (run.total_performance or {}).get("portfolioStatistics") or {}
    trades = (run.total_performance or {}).get("tradeStatistics") or {}
    kinds = sorted({order.get("securityType", 0) for order in run.orders})
    return {
        **{key: _float(statistics.get(source)) for key, source in SUMMARY.items()},
        "securityTypes": ",".join(str(kind) for kind in kinds),
        "trades": trades.get("totalNumberOfTrades", 0),
        "tradeableDates": run.tradeable_dates,
    }


def _sweep_figures(run: Simulation) -> dict[str, Any]:
    """What an optimization shows of one backtest: 21 numbers and an equity curve (api-facts 5)."""
    step = max(1, -(-len(run.equity) // MOST_EQUITY))
    return {
        "numbers": run.optimization_statistics,
        "equity": run.equity[::step],
        "start": run.start.timestamp(),
        "end": run.end.timestamp(),
    }


def _float(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
