"""The files that a new project starts with.

Knows: their texts. Must not know: projects, storage.
"""

import json
from typing import Any

PYTHON = """# region imports
from AlgorithmImports import *
# endregion


class SandboxAlgorithm(QCAlgorithm):

    def initialize(self):
        self.set_start_date(2024, 1, 1)
        self.set_end_date(2024, 12, 31)
        self.set_cash(100_000)
        self.spy = self.add_equity("SPY", Resolution.DAILY).symbol
        self.fast = self.ema(self.spy, int(self.get_parameter("fast", 10)))
        self.slow = self.ema(self.spy, int(self.get_parameter("slow", 30)))

    def on_data(self, data: Slice):
        if not self.slow.is_ready:
            return
        if self.fast > self.slow and not self.portfolio.invested:
            self.set_holdings(self.spy, 1)
        elif self.fast < self.slow and self.portfolio.invested:
            self.liquidate(self.spy)
"""

CSHARP = """#region imports
using System;
using QuantConnect;
using QuantConnect.Algorithm;
using QuantConnect.Data;
using QuantConnect.Indicators;
#endregion

namespace QuantConnect.Algorithm.CSharp
{
    public class SandboxAlgorithm : QCAlgorithm
    {
        private Symbol _spy;
        private ExponentialMovingAverage _fast;
        private ExponentialMovingAverage _slow;

        public override void Initialize()
        {
            SetStartDate(2024, 1, 1);
            SetEndDate(2024, 12, 31);
            SetCash(100000);
            _spy = AddEquity("SPY", Resolution.Daily).Symbol;
            _fast = EMA(_spy, GetParameter("fast", 10));
            _slow = EMA(_spy, GetParameter("slow", 30));
        }

        public override void OnData(Slice data)
        {
            if (!_slow.IsReady) return;
            if (_fast > _slow && !Portfolio.Invested)
            {
                SetHoldings(_spy, 1);
            }
            else if (_fast < _slow && Portfolio.Invested)
            {
                Liquidate(_spy);
            }
        }
    }
}
"""


def of(language: str) -> dict[str, str]:
    """Default files by name (api-facts 3.1)."""
    if language == "C#":
        return {"Main.cs": CSHARP, "Research.ipynb": _notebook("csharp", "var qb = new QuantBook();")}
    return {"main.py": PYTHON, "research.ipynb": _notebook("python3", "qb = QuantBook()")}


def _notebook(kernel: str, first: str) -> str:
    title = {"cell_type": "markdown", "metadata": {}, "source": ["# Research notebook of the sandbox\n"]}
    code: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": [first],
    }
    names = {"display_name": kernel, "language": kernel.rstrip("3"), "name": kernel}
    notebook = {"cells": [title, code], "metadata": {"kernelspec": names}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(notebook, indent=1) + "\n"
