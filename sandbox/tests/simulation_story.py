"""A simulation in figures: what it holds, filled and paid; all that it tells; how much work it was."""

from __future__ import annotations

import sys
from datetime import UTC

import pytest
from quantconnect_sandbox.simulation import Simulation, simulate
from simulation_projects import TRADING, job

every_project = pytest.mark.parametrize("code", TRADING.values(), ids=TRADING)


def open_profit(result: Simulation) -> float:
    return sum(holding.get("u", 0.0) for holding in result.holdings.values())


def fills(result: Simulation) -> list[dict]:
    return [order for order in result.orders if order["status"] == 3]


def fees(result: Simulation) -> float:
    return sum(event.get("orderFeeAmount", 0.0) for order in result.orders for event in order["events"])


def work(code: str) -> int:
    """How many functions a simulation calls: unlike seconds, the same on every machine."""
    counted = [0]

    def count(_: object, event: str, __: object) -> None:
        counted[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        simulate(job(code))
    finally:
        sys.setprofile(None)
    return counted[0]


def told(result: Simulation) -> dict:
    return {
        "orders": result.orders,
        "statistics": result.statistics,
        "performance": result.total_performance,
        "windows": result.rolling_window,
        "charts": result.charts,
        "equity": result.equity,
        "logs": result.logs,
        "insights": result.insights,
        "report": result.report,
        "start": result.start.astimezone(UTC).isoformat(),
    }
