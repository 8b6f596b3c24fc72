"""Simulated runs: started in the background, kept for a while, made again when needed.

Knows: jobs, threads, a bounded cache. Must not know: endpoints, what a result means.
A run is a pure function of its job, so nothing of it needs to be stored.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from attrs import define, field

from quantconnect_sandbox.simulation import Job, Simulation, simulate


@define
class Runs:
    """Simulations by key; the last `kept` that were asked for stay in memory. They run in two threads."""

    function: Callable[[Job], Simulation] = simulate
    kept: int = 32
    _tasks: OrderedDict[str, asyncio.Future[Simulation]] = field(factory=OrderedDict, init=False)
    _threads: ThreadPoolExecutor = field(factory=lambda: ThreadPoolExecutor(2, "sandbox-run"), init=False)

    def start(self, key: str, job: Job) -> asyncio.Future[Simulation]:
        """The run of a job, begun if it is not there. Needs a running event loop."""
        held = self._tasks.get(key)
        if held is not None and not held.cancelled():
            self._tasks.move_to_end(key)
            return held
        future = asyncio.get_running_loop().run_in_executor(self._threads, self.function, job)
        self._tasks[key] = future
        # Nobody may ever ask for this run: its failure must not become "exception was never retrieved".
        future.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        while len(self._tasks) > self.kept:
            self._tasks.popitem(last=False)
        return future

    async def result(self, key: str, job: Job) -> Simulation:
        """The finished run. Shielded: one caller that goes away does not stop it for the others."""
        return await asyncio.shield(self.start(key, job))

    def close(self) -> None:
        """Drops what has not begun; what runs ends on its own."""
        self._threads.shutdown(wait=True, cancel_futures=True)
