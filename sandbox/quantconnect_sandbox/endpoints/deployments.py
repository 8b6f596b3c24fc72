"""A live deployment over time: starting, running, ended; and what its orders and portfolio are by now.

Knows: how a simulated run is replayed from the moment of launch, and how old snapshots are (api-facts 6).
Must not know: how an answer is laid out.
"""

import math

from attrs import frozen

from quantconnect_sandbox.endpoints import compiling
from quantconnect_sandbox.endpoints.ledgers import Ledger
from quantconnect_sandbox.exchange.call import Call
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.simulation import Job, Simulation, so_far
from quantconnect_sandbox.state.clock import moment
from quantconnect_sandbox.state.store import Document

NONE = "No live deployment found."
STARTING = ((0.0, "InQueue"), (4.0, "Initializing"), (8.0, "LoggingIn"), (12.0, "History"))
START = 16.0
"""Sandbox seconds until it runs (the real one takes up to 3 minutes)."""
REPLAY = 3600.0
"""Sandbox seconds in which the whole simulated run happens again."""
SNAPSHOT, LOG_SNAPSHOT = 600.0, 300.0
"""Sandbox seconds between what is shown of portfolio, orders and insights; and of logs (api-facts 6)."""


@frozen
class State:
    """A deployment by now: how much of the run has been replayed, and the books that come of it."""

    run: Simulation
    """As far as it has been replayed."""
    share: float
    begun: float
    """Unix seconds when it began to run."""
    length: float
    """Real seconds of the whole replay."""
    ledger: Ledger
    message: str

    def then(self, seconds: float) -> float:
        """A moment of the run as a moment of the replay."""
        first, last = self.run.start.timestamp(), self.run.end.timestamp()
        return self.begun + (seconds - first) / max(last - first, 1.0) * self.length


def keep(call: Call, deployment: Document) -> None:
    """Writes a deployment."""
    call.store.put("deployment", deployment["projectId"], deployment["deployId"], deployment)


def begin(call: Call, deployment: Document) -> None:
    """Starts the simulation that will be replayed."""
    call.world.runs.start(deployment["deployId"], _job(call, deployment))


def latest(call: Call, project: Document) -> Document | None:
    """The newest deployment of a project."""
    found = call.store.all("deployment", project["projectId"])
    return found[-1] if found else None


def running(call: Call, project: Document) -> Document | None:
    """The deployment of a project that has not ended."""
    newest = latest(call, project)
    return newest if newest is not None and newest["stopped"] is None else None


def named(call: Call, project: Document, argument: str = "deployId") -> Document:
    """The newest deployment, or the one that the argument names."""
    newest = latest(call, project)
    if newest is None:
        raise RefusedError(NONE)
    if not call.arguments.has(argument):
        return newest
    held = call.store.get("deployment", project["projectId"], call.arguments.text(argument))
    if held is None:
        raise RefusedError("Invalid argument")
    return held


async def status(call: Call, deployment: Document) -> str:
    """One of the API's words; a run that fails ends by itself."""
    if deployment["ended"] is not None:
        return str(deployment["ended"])
    elapsed = call.clock.elapsed(deployment["launched"])
    if elapsed < START:
        return [word for since, word in STARTING if since <= elapsed][-1]
    run = await _run(call, deployment)
    failed = run.error is not None and _of_replay(elapsed - START) >= run.failed_at
    if failed and deployment["stopped"] is None:
        deployment["failure"] = run.error
        await end(call, deployment, "RuntimeError")
    return str(deployment["ended"] or "Running")


async def end(call: Call, deployment: Document, word: str) -> None:
    """Ends a deployment: what it holds by now is flushed into its snapshots."""
    hold(call, deployment)
    deployment.update(stopped=call.clock.now(), ended=word)
    keep(call, deployment)


def hold(call: Call, deployment: Document) -> None:
    """Ends the replay where it is: the algorithm sends no order after this moment."""
    deployment.setdefault("share", _of_replay(call.clock.elapsed(deployment["launched"]) - START))


async def refresh(call: Call, organization: str) -> None:
    """Ends what has failed meanwhile, though nobody looked: its node and its project are free again."""
    for project in call.store.all("project", organization):
        deployment = running(call, project)
        if deployment is not None:
            await status(call, deployment)


async def state(call: Call, deployment: Document, snapshot: float = SNAPSHOT) -> State:
    """What is shown of a deployment by now; `snapshot` says how old that may be."""
    run = await _run(call, deployment)
    share = _share(call, deployment, snapshot)
    if run.error is not None:
        share = min(share, run.failed_at)
    # At once: the replay is over when it begins, so it is laid into the hour before.
    speed = call.clock.speed or 1.0
    run = so_far(run, share)
    return State(
        run=run,
        share=share,
        begun=deployment["launched"] + (START / speed if call.clock.speed else -REPLAY),
        length=REPLAY / speed,
        ledger=Ledger.of_deployment(run, deployment),
        message=deployment.get("failure", ""),
    )


async def close_positions(call: Call, deployment: Document, symbol: str | None) -> int:
    """Sells all positions, or that in one symbol; answers how many were closed."""
    found = await state(call, deployment, 0.0)
    closed = 0
    for id_, position in found.ledger.positions.items():
        if position.quantity and (symbol is None or symbol in (id_, id_.split(" ")[0])):
            fill(call, deployment, id_, -position.quantity, position.price, "Liquidated")
            closed += 1
    return closed


def fill(call: Call, deployment: Document, symbol: str, quantity: float, price: float, tag: str) -> None:
    """Books an order that was not the algorithm's own: it is filled at once at the last price."""
    deployment["fills"] = [
        *deployment["fills"],
        {"symbol": symbol, "quantity": quantity, "price": price, "tag": tag, "time": call.clock.now()},
    ]
    keep(call, deployment)


def note(call: Call, deployment: Document, text: str) -> None:
    """Adds a line to the log of a deployment."""
    deployment["notes"] = [*deployment["notes"], stamped(call.clock.now(), text)]
    keep(call, deployment)


def stamped(seconds: float, text: str) -> str:
    """A line of a log, as those of a run are written."""
    return f"{moment(seconds):%Y-%m-%d %H:%M:%S} [sandbox] {text}"


async def _run(call: Call, deployment: Document) -> Simulation:
    return await call.world.runs.result(deployment["deployId"], _job(call, deployment))


def _job(call: Call, deployment: Document) -> Job:
    return Job(
        language=deployment["language"],
        files=compiling.snapshot_files(call, deployment),
        parameters=deployment["parameters"],
        name=deployment["deployId"],
        created=moment(deployment["launched"]),
        cash=deployment["cash"],
    )


def _share(call: Call, deployment: Document, snapshot: float) -> float:
    """How much of the run is shown: as of the last snapshot, exactly once it ended."""
    if "share" in deployment:
        return float(deployment["share"])
    elapsed = call.clock.elapsed(deployment["launched"]) - START
    if snapshot > 0 and math.isfinite(elapsed):
        elapsed = math.floor(elapsed / snapshot) * snapshot
    return _of_replay(elapsed)


def _of_replay(elapsed: float) -> float:
    return max(0.0, min(1.0, elapsed / REPLAY))
