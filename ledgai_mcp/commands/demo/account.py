"""The main job: one person's AI client works an account over stdio.

Knows: what a quant asks first. Must not know: how the server or the sandbox work inside.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from ledgai_mcp.commands.demo.narrator import Narrator, by_toolset, line, tell

USER = {"QUANTCONNECT_USER_ID": "10001", "QUANTCONNECT_API_TOKEN": "sandbox-token"}
"""The sandbox's documented default user."""

ALGORITHM = """\
from AlgorithmImports import *


class MovingAverageCross(QCAlgorithm):
    def initialize(self) -> None:
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 12, 31)
        self.set_cash(100_000)
        self.symbol = self.add_equity("SPY", Resolution.DAILY).symbol
        self.fast = self.sma(self.symbol, 10)
        self.slow = self.sma(self.symbol, 30

    def on_data(self, data: Slice) -> None:
        if self.fast.current.value > self.slow.current.value:
            self.set_holdings(self.symbol, 1)
        else:
            self.liquidate(self.symbol)
"""
"""A crossover with one bug: a bracket is missing in line 11."""

PATCH = """\
--- a/main.py
+++ b/main.py
@@ -10,2 +10,2 @@
         self.fast = self.sma(self.symbol, 10)
-        self.slow = self.sma(self.symbol, 30
+        self.slow = self.sma(self.symbol, 30)
"""


async def build_a_project(narrator: Narrator, name: str) -> dict[str, Any]:
    """Create, break, fix and compile a project; return what a backtest of it is asked with."""
    project = (await narrator.call("create_project", name=name, language="Py"))["projects"][0]
    project_id = project["projectId"]
    tell(f"project {project_id}: {project['name']}")
    await narrator.call("update_file_contents", projectId=project_id, name="main.py", content=ALGORITHM)
    tell("written, with a bracket missing in line 11")
    build = await _compiled(narrator, project_id)
    tell(build["state"], *build["logs"][1:3])
    await narrator.call("patch_file", projectId=project_id, patch=PATCH)
    tell("patched")
    build = await _compiled(narrator, project_id)
    tell(build["state"])
    return {"projectId": project_id, "compileId": build["compileId"]}


async def _compiled(narrator: Narrator, project_id: int) -> dict[str, Any]:
    build = await narrator.call("create_compile", projectId=project_id)
    return await narrator.until("Build", "read_compile", projectId=project_id, compileId=build["compileId"])


async def work_an_account(narrator: Narrator) -> None:
    """Build, backtest and read: the main job."""
    build = await build_a_project(narrator, "Moving average cross")
    project_id = build["projectId"]
    started = await narrator.call("create_backtest", **build, backtestName="First run")
    which = {"projectId": project_id, "backtestId": started["backtest"]["backtestId"]}
    tell(started["backtest"]["status"])
    done = (await narrator.until('"Completed."', "read_backtest", **which))["backtest"]
    statistics = done["statistics"]
    names = ("Total Orders", "Net Profit", "Sharpe Ratio", "Drawdown", "Total Fees")
    tell(done["status"], *(f"{name + ':':<14}{statistics[name]}" for name in names))
    chart = await narrator.until("series", "read_backtest_chart", **which, name="Strategy Equity", count=100)
    tell(*(f"{name}: {len(series['values'])} points" for name, series in chart["chart"]["series"].items()))
    orders = await narrator.until('"length"', "read_backtest_orders", **which, start=0, end=100)
    tell(f"{orders['length']} orders; the first: {_short_order(orders['orders'][0])}")
    refusal = await narrator.refused("delete_project", projectId=project_id)
    tell(*refusal.splitlines())


def _short_order(order: Mapping[str, Any]) -> str:
    side = "buy" if order.get("quantity", 0) > 0 else "sell"
    return f"{side} {abs(order.get('quantity', 0)):g} {order['symbol']['value']} at {order.get('price', 0):g}"


async def over_stdio(api_url: str) -> None:
    """Drive the server over stdio, as Claude Desktop does, with the rights of a trader."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "ledgai_mcp"],
        env={**USER, "LEDGAI_API_URL": api_url, "LEDGAI_SCOPES": "trader", "LEDGAI_LOG_LEVEL": "warning"},
    )
    async with Client(server) as client:
        tell(f"server over stdio, MCP {client.protocol_version}, API {api_url}")
        tools = (await client.list_tools()).tools
        tell(f"a trader may use {len(tools)} tools:")
        tell(*(f"  {toolset:<15}{count}" for toolset, count in by_toolset(tools).items()))
        narrator = Narrator(client)
        health = await narrator.call("health_check")
        tell(*(f"{name + ':':<8}{line(value)}" for name, value in health.items() if name != "success"))
        await work_an_account(narrator)
