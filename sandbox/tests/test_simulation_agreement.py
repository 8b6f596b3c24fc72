"""Every part of a simulation tells the same story, and the same one anywhere."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict, deque
from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quantconnect_sandbox.simulation import Simulation, market, simulate
from simulation_projects import CREATED, DAILY, LONG, MINUTE, RUNS, every_run, fees, job, run, told

LINE = re.compile(
    r"(\S+ \S+) \[sandbox\] Order (\d+): (bought|sold) ([\d.]+) (\S+) at ([\d.]+), fee ([\d.]+)"
)


def traded(result: Simulation) -> tuple[float, list[list[float]], dict[str, float]]:
    """Cash, closed trades (first in, first out) and holdings after all fills, from the orders alone."""
    cash, trades = 100_000.0, []
    lots: dict[str, deque[list[float]]] = defaultdict(deque)
    for order in result.orders:
        cash -= order["quantity"] * order["price"] + order["events"][-1].get("orderFeeAmount", 0.0)
        queue, left = lots[order["symbol"]["id"]], -order["quantity"]
        if left < 0:
            queue.append([-left, order["price"], order["id"]])
        while left > 0:
            size = min(left, queue[0][0])
            trades.append([size, queue[0][1], order["price"], queue[0][2], order["id"]])
            queue[0][0] = round(queue[0][0] - size, 6)
            left = round(left - size, 6)
            if not queue[0][0]:
                queue.popleft()
    return cash, trades, {id_: sum(lot[0] for lot in queue) for id_, queue in lots.items() if queue}


@every_run
def test_orders_alone_give_the_trades_the_holdings_and_the_final_equity(code: str) -> None:
    result = run(code)
    cash, trades, held = traded(result)
    assert set(result.holdings) == set(held)
    worth = cash + sum(quantity * result.holdings[id_]["p"] for id_, quantity in held.items())
    assert result.equity[-1][1] == pytest.approx(worth, abs=0.01)
    closed = result.total_performance["closedTrades"]
    assert [each["orderIds"] for each in closed] == [trade[3:] for trade in trades]
    for each, (size, entry, exit_price, *_) in zip(closed, trades, strict=True):
        assert (each["quantity"], each["entryPrice"], each["exitPrice"]) == pytest.approx(
            (size, entry, exit_price)
        )
        assert each["profitLoss"] == pytest.approx(size * (exit_price - entry), abs=0.001)
        assert each["mae"] <= min(each["profitLoss"], 0) + 1e-3
        assert each["mfe"] >= max(each["profitLoss"], 0) - 1e-3
    assert sum(each["totalFees"] for each in closed) <= fees(result) + 0.01
    assert sum(result.profit_loss.values()) == pytest.approx(
        sum(each["profitLoss"] for each in closed), abs=0.01
    )
    assert set(result.profit_loss) == {each["exitTime"] for each in closed}


@every_run
def test_no_line_of_the_log_contradicts_an_order_and_each_says_that_it_is_invented(code: str) -> None:
    result = run(code)
    assert all("[sandbox]" in line for line in result.logs)
    assert "invented" in result.logs[0]
    found = [LINE.fullmatch(line) for line in result.logs if "Order " in line]
    assert len(found) == len(result.orders)
    for match, order in zip(found, result.orders, strict=True):
        assert match is not None
        at, id_, did, quantity, ticker, price, fee = match.groups()
        assert datetime.fromisoformat(at + "+00:00") == datetime.fromisoformat(order["lastFillTime"])
        assert (int(id_), ticker) == (order["id"], order["symbol"]["value"])
        assert float(quantity) * (1 if did == "bought" else -1) == order["quantity"]
        assert (float(price), float(fee)) == (order["price"], order["events"][-1].get("orderFeeAmount", 0.0))


@every_run
def test_charts_draw_the_equity_its_fall_and_what_was_traded(code: str) -> None:
    result = run(code)
    equity = result.charts["Strategy Equity"]["series"]["Equity"]["values"]
    assert [[at, close] for at, *_, close in equity] == result.equity
    assert all(low <= min(first, last) and high >= max(first, last) for _, first, high, low, last in equity)
    assert [first for _, first, *_ in equity[1:]] == [last for *_, last in equity[:-1]]
    fallen = [y for _, y in result.charts["Drawdown"]["series"]["Equity Drawdown"]["values"]]
    peak = 0.0
    for (_, value), fall in zip(result.equity, fallen, strict=True):
        peak = max(peak, value)
        assert fall == pytest.approx((value / peak - 1) * 100, abs=0.006)
    volume = sum(abs(order["value"]) for order in result.orders)
    sales = result.charts["Assets Sales Volume"]["series"].values()
    assert sum(each["values"][0][1] for each in sales) == pytest.approx(volume, abs=0.1)


def test_orders_and_the_benchmark_have_the_prices_of_their_closes() -> None:
    days, prices = market.calendar(), market.closes(market.Security("SPY"))
    for order in run(DAILY).orders:
        filled = datetime.fromisoformat(order["lastFillTime"])
        assert filled == market.closing(filled.date())
        assert order["price"] == prices[days.index(filled.date())]
    assert len(run(DAILY).orders) > 10
    assert len(run(MINUTE).orders) > 200
    insights = run(MINUTE).insights
    assert len(insights) == len(run(MINUTE).orders)
    assert all(each["closeTime"] == each["generatedTime"] + each["period"] for each in insights)
    assert run(DAILY).insights == []
    code = DAILY.replace("self.fast =", 'self.set_benchmark("QQQ")\n        self.fast =', 1)
    values = [y for _, y in run(code).charts["Benchmark"]["series"]["Benchmark"]["values"]]
    first = days.index(date(2023, 1, 3))
    assert values == list(market.closes(market.Security("QQQ"))[first - 1 : first + 250])


def test_parameters_move_the_result_over_one_smooth_hill() -> None:
    assert told(run(DAILY, {"slow": 20})) == told(run(DAILY, {"slow": "20"})) | {
        "logs": run(DAILY, {"slow": 20}).logs
    }
    sharpe = [float(run(DAILY, {"slow": n}).statistics["Sharpe Ratio"]) for n in range(5, 205, 5)]
    assert len(set(sharpe)) > 30
    top = sharpe.index(max(sharpe))
    assert all(after > before - 0.01 for before, after in pairwise(sharpe[: top + 1]))
    assert all(after < before + 0.01 for before, after in pairwise(sharpe[top:]))
    assert max(abs(after - before) for before, after in pairwise(sharpe)) < 0.8
    orders = [[each["quantity"] for each in run(DAILY, {"slow": n}).orders] for n in (20, 200)]
    assert orders[0] != orders[1]
    assert told(run(DAILY, {"unread": 3})) == told(run(DAILY))


def test_name_and_moment_change_nothing_but_the_reports_title() -> None:
    one = told(simulate(job(DAILY, name="a")))
    two = told(simulate(job(DAILY, name="b", created=CREATED.replace(year=2024))))
    assert one.pop("report") != two.pop("report")
    assert one == two


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    script = (
        "import json, simulation_projects as p\n"
        "print(json.dumps([p.told(p.run(code)) for code in (p.DAILY, p.COINS)]))"
    )
    outputs = []
    for seed in ("1", "2"):
        path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        outputs.append(subprocess.check_output([sys.executable, "-c", script], env=environment))
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0])[0] == json.loads(json.dumps(told(run(DAILY))))


def test_the_work_grows_with_the_days_and_no_faster() -> None:
    counted = []
    for code in (DAILY, LONG):
        calls = [0]
        sys.setprofile(lambda *_, calls=calls: calls.__setitem__(0, calls[0] + 1))
        simulate(job(code))
        sys.setprofile(None)
        counted.append(calls[0])
    assert counted[1] < 8 * counted[0], "five times the days; a square would be twenty-five times the work"


@given(
    ticker=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5),
    year=st.integers(2021, 2023),
    cash=st.one_of(st.floats(0, 1e9), st.integers(0, 5000)),
    code=st.sampled_from(sorted(RUNS)),
    value=st.one_of(st.integers(), st.floats(), st.text(max_size=9)),
)
@settings(max_examples=15)
def test_any_variation_agrees_with_itself(
    ticker: str, year: int, cash: float, code: str, value: object
) -> None:
    varied = RUNS[code].replace('"SPY"', f'"{ticker}"').replace("100000", repr(cash))
    result = simulate(job(re.sub(r"start_date\(\d+", f"start_date({year}", varied), {"slow": value}))
    assert result.error is None
    left, _, held = traded(result)
    worth = left - 100_000 + cash + sum(held[id_] * result.holdings[id_]["p"] for id_ in held)
    assert result.equity[-1][1] == pytest.approx(worth, abs=0.02, rel=1e-9)
    json.dumps(told(result), allow_nan=False)
