"""What a simulated backtest takes: a year of daily data, beside the time it may take, and beside four years.

Knows: a job, the limit. Must not know: how a run is simulated.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from quantconnect_sandbox.simulation import Job, simulate

from benchmarks.series import Row, in_turn

ALLOWED = 0.3
"""Seconds that a year of daily data may take."""
TIMES = 7
CODE = """\
from AlgorithmImports import *


class Crossing(QCAlgorithm):
    def initialize(self):
        self.set_start_date({first}, 1, 1)
        self.set_end_date(2023, 12, 31)
        self.spy = self.add_equity("SPY", Resolution.DAILY).symbol
        self.fast = self.ema(self.spy, 5)
        self.slow = self.ema(self.spy, 20)

    def on_data(self, data):
        if self.fast.current.value > self.slow.current.value:
            self.set_holdings(self.spy, 1)
        else:
            self.liquidate(self.spy)
"""


def rows() -> list[Row]:
    """Compare one year with what is allowed, and four years with one."""
    year, four = in_turn([partial(_simulated, 2023), partial(_simulated, 2020)], TIMES)
    return [
        Row("simulate a year of daily data", year, f"the {ALLOWED} s that it may take", year / ALLOWED),
        Row("  four years", four, "one year", four / year),
    ]


def _simulated(first: int) -> float:
    files = {"main.py": CODE.format(first=first)}
    created = datetime(2024, 1, 2, tzinfo=UTC)
    job = Job(language="Py", files=files, parameters={}, name="a backtest", created=created)
    began = time.perf_counter()
    simulate(job)
    return time.perf_counter() - began
