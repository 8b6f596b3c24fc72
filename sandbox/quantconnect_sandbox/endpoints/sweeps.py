"""The backtests of an optimization: spread over a grid, run one after the other, counted.

Knows: waves of parallel nodes, simulated in the background. Must not know: how an answer is laid out.
"""

import asyncio
import operator

from attrs import frozen

from quantconnect_sandbox.endpoints import lifecycle
from quantconnect_sandbox.exchange.call import Call
from quantconnect_sandbox.state.store import Document

NUMBERS = {"CompoundingAnnualReturn": 6, "Drawdown": 7, "ProbabilisticSharpeRatio": 13, "SharpeRatio": 15}
"""Name of a target -> its place in the 21 numbers of a backtest; the first three are percentages."""
COMPARISONS = {
    "Less": operator.lt,
    "LessOrEqual": operator.le,
    "Greater": operator.gt,
    "GreaterOrEqual": operator.ge,
    "Equals": operator.eq,
    "NotEqual": operator.ne,
}
RUN = 6.0
"""Sandbox seconds of one backtest of an optimization."""


@frozen
class Progress:
    """Where an optimization is: new, running, completed or aborted, and its finished backtests."""

    status: str
    finished: list[Document]
    running: int
    total: int

    def statistics(self) -> dict[str, str]:
        """Counts as text (api-facts 5)."""
        if self.status == "new":
            return {}
        failed = sum(1 for each in self.finished if each["failure"]["error"])
        waiting = self.total - len(self.finished) - self.running
        return {
            "Completed": str(len(self.finished) - failed),
            "Failed": str(failed),
            "Running": str(self.running),
            "In Queue": str(waiting),
            "Average Length": _duration(RUN if self.finished else 0),
            "Total Runtime": _duration(RUN * len(self.finished)),
            "Total": str(self.total),
            "Consumed": f"{0.01 * len(self.finished):.2f}",
        }

    def best(self, optimization: Document) -> Document | None:
        """The finished backtest that reaches the target best, of those that meet every constraint."""
        target, sign = optimization["target"], 1 if optimization["targetTo"] == "max" else -1
        good = [
            each
            for each in self.finished
            if not each["failure"]["error"] and _meets(each, optimization["constraints"])
        ]
        return max(good, key=lambda each: sign * _number(each, target), default=None)


def _number(backtest: Document, target: str) -> float:
    """What a backtest came to, by the name of a target: one of its 21 numbers."""
    return float(backtest["summary"]["numbers"][NUMBERS[target.rsplit(".", 1)[-1]]])


def _meets(backtest: Document, constraints: list[Document]) -> bool:
    return all(
        COMPARISONS[each["operator"]](_number(backtest, each["target"]), each["targetValue"])
        for each in constraints
    )


def spread(call: Call, build: Document, optimization: Document, points: list[dict[str, str]]) -> None:
    """Makes one backtest for each point of the grid."""
    for place, point in enumerate(points):
        candidate = lifecycle.new_backtest(call, build, f"{optimization['name']} {place + 1}", dict(point))
        wave = place // optimization["parallelNodes"]
        candidate.update(
            optimizationId=optimization["optimizationId"],
            created=optimization["created"],
            queued=lifecycle.QUEUED + wave * RUN,
            length=RUN,
        )
        lifecycle.keep(call, candidate)


def begin(call: Call, optimization: Document) -> None:
    """Simulates what is not simulated yet, in the background; does nothing when that is going on already."""
    id_ = optimization["optimizationId"]
    task = call.world.tasks.get(id_)
    if (task is not None and not task.done()) or optimization["aborted"] is not None:
        return
    if any("summary" not in each for each in call.store.all("candidate", id_)):
        call.world.tasks[id_] = asyncio.get_running_loop().create_task(_run(call, optimization))


async def _run(call: Call, optimization: Document) -> None:
    id_ = optimization["optimizationId"]
    try:
        for candidate in call.store.all("candidate", id_):
            if optimization["aborted"] is not None or call.store.find("optimization", id_) is None:
                return
            if "summary" not in candidate:
                await lifecycle.simulation(call, candidate)
        call.store.settled()
    finally:
        call.world.tasks.pop(id_, None)


def progress_of(call: Call, optimization: Document) -> Progress:
    """What has happened by now: a backtest is done when its time is over and it is simulated."""
    candidates = call.store.all("candidate", optimization["optimizationId"])
    total = len(candidates)
    finished: list[Document] = []
    running = 0
    for candidate in candidates:
        start = candidate["queued"]
        if _passed(call, optimization, start + RUN) and "summary" in candidate:
            finished.append(candidate)
        elif _passed(call, optimization, start) and running < optimization["parallelNodes"]:
            running += 1
    if optimization["aborted"] is not None:
        return Progress("aborted", finished, 0, total)
    if len(finished) == total:
        return Progress("completed", finished, 0, total)
    if not _passed(call, optimization, lifecycle.QUEUED):
        return Progress("new", [], 0, total)
    return Progress("running", finished, running, total)


def _passed(call: Call, optimization: Document, seconds: float) -> bool:
    """Whether so many sandbox seconds passed before now or before it was aborted."""
    return call.clock.passed(optimization["created"], seconds, optimization["aborted"])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"
