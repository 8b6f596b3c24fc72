"""Optimizations of a sandbox: what they are asked with, and waiting for their end."""

import time
from typing import Any

from quantconnect_sandbox.endpoints import grids
from sandbox_calls import Caller


def grid(project: int, build: str, last: int = 2, **changes: Any) -> dict[str, Any]:
    """Backtests with `fast` from 1 to `last`."""
    return {
        "projectId": project,
        "compileId": build,
        "name": "sweep",
        "target": grids.TARGETS[0],
        "targetTo": "max",
        "targetValue": None,
        "strategy": grids.STRATEGY,
        "parameters": [{"name": "fast", "min": 1, "max": last, "step": 1}],
        "constraints": [],
        "estimatedCost": 1,
        "nodeType": "O2-8",
        "parallelNodes": 2,
        **changes,
    }


def optimized(caller: Caller, project: int, **changes: Any) -> str:
    """The id of a new optimization."""
    asked = grid(project, caller.compiled(project), **changes)
    return caller.ok("/optimizations/create", **asked)["optimizations"][0]["optimizationId"]


def finished(caller: Caller, id_: str) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        read = caller.ok("/optimizations/read", optimizationId=id_)["optimization"]
        if read["status"] == "completed":
            return read
    raise AssertionError("the optimization does not end")
