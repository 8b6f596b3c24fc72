"""A run that is under way: whatever is shown of it agrees at every moment, and leads to its end."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.endpoints.ledgers import Ledger
from quantconnect_sandbox.endpoints.lifecycle import QUEUED, RUNNING
from quantconnect_sandbox.simulation import Simulation, so_far
from quantconnect_sandbox.transport.serving import built
from sandbox_calls import ALGORITHM, Held, built_project, in_process
from simulation_projects import RUNS, run


def run_of(name: str) -> Simulation:
    return run(RUNS[name])


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@settings(max_examples=40)
@given(st.sampled_from(sorted(RUNS)), st.floats(0, 1))
def test_the_books_of_what_was_filled_are_the_equity_of_that_day(name: str, share: float) -> None:
    whole, part = run_of(name), so_far(run_of(name), share)
    assert part.equity == whole.equity[: len(part.equity)]
    equity = part.equity[-1][1] if part.equity else 100_000
    ledger = Ledger.of_backtest(part)
    assert ledger.equity() == pytest.approx(equity, abs=0.02)
    curve = part.charts["Strategy Equity"]["series"]["Equity"]["values"]
    assert [point[0] for point in curve] == [at for at, _ in part.equity]


@settings(max_examples=40)
@given(st.sampled_from(sorted(RUNS)), st.floats(0, 0.999))
def test_nothing_of_the_future_is_shown(name: str, share: float) -> None:
    whole = run_of(name)
    part = so_far(whole, share)
    now = whole.start.timestamp() + share * (whole.end - whole.start).total_seconds()
    times = [event["time"] for order in part.orders for event in order["events"]]
    times += [seconds(order[key]) for order in part.orders for key in order if key.endswith("Time")]
    times += [seconds(trade["exitTime"]) for trade in part.total_performance["closedTrades"]]
    times += [
        point[0]
        for chart in part.charts.values()
        for each in chart["series"].values()
        for point in each["values"]
    ]
    times += [insight["generatedTime"] for insight in part.insights]
    assert all(at <= now for at in times)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_running_backtest_shows_one_state_in_all_its_answers(share: float) -> None:
    sandbox = built(Configuration(port=0, speed=0))

    async def seen() -> tuple[dict[str, Any], ...]:
        async with in_process(sandbox) as ok:
            project, build = await built_project(ok, ALGORITHM)
            asked = {"projectId": project, "compileId": build, "backtestName": "one"}
            id_ = (await ok("/backtests/create", **asked))["backtest"]["backtestId"]
            sandbox.world.clock = Held(by=QUEUED + RUNNING * share)
            of = {"projectId": project, "backtestId": id_}
            read = (await ok("/backtests/read", **of))["backtest"]
            chart = await ok("/backtests/chart/read", **of, name="Strategy Equity", count=1000)
            orders = await ok("/backtests/orders/read", **of, start=0, end=100)
            return read, chart["chart"]["series"]["Equity"], orders

    read, curve, orders = asyncio.run(seen())
    assert read["status"] == f"Running: {round(share * 100)}%"
    assert read["runtimeStatistics"]["Equity"] == f"${curve['values'][-1][-1]:,.2f}"
    assert read["tradeableDates"] == len(curve["values"]) - 1
    fees = sum(each.get("orderFeeAmount", 0) for order in orders["orders"] for each in order["events"])
    assert read["runtimeStatistics"]["Fees"] == f"-${fees:,.2f}"
