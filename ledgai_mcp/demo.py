"""The demonstration: an MCP client works a sandboxed QuantConnect account through the real server.

Knows: which processes to start and what a quant would ask first. Must not know: how the server
or the sandbox work inside.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import click
from attrs import frozen
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, TextContent

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


class DemoError(Exception):
    """A step did not go as shown in the README; the text says which."""


@frozen
class Narrator:
    """Calls tools and tells what happened, a few lines each."""

    client: Client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that has to succeed; return its answer as JSON."""
        result = await self._show(tool, arguments)
        if result.is_error:
            raise DemoError(f"{tool} failed: {_text(result)}")
        return result.structured_content or {}

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that has to be refused; return the text that the model reads."""
        result = await self._show(tool, arguments)
        if not result.is_error:
            raise DemoError(f"{tool} was not refused")
        return _text(result)

    async def until(self, ready: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a reading tool until the answer holds `ready`; give up after 60 tries, half a second apart."""
        await self._announce(tool, arguments)
        for _ in range(60):
            result = await self.client.call_tool(tool, arguments)
            answer = result.structured_content or {}
            if not result.is_error and ready in json.dumps(answer):
                return answer
            await asyncio.sleep(0.5)
        raise DemoError(f"{tool} did not come to {ready!r}")

    async def _show(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        await self._announce(tool, arguments)
        return await self.client.call_tool(tool, dict(arguments))

    async def _announce(self, tool: str, arguments: Mapping[str, Any]) -> None:
        short = ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())
        click.secho(f"\n> {tool}({short})", bold=True)


def tell(*lines: str) -> None:
    """Print indented lines."""
    for line in lines:
        click.echo(f"  {line}")


def _text(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def _line(value: object) -> str:
    if not isinstance(value, Mapping):
        return json.dumps(value)
    pairs = ((name, part) for name, part in value.items() if not isinstance(part, (list, dict)))
    return ", ".join(f"{name} {part}" for name, part in pairs)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:36]}..."


def _by_toolset(tools: Iterable[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for tool in tools:
        toolset = (tool.meta or {}).get("ledgai/toolset", "?")
        counts[toolset] = counts.get(toolset, 0) + 1
    return dict(sorted(counts.items()))


@asynccontextmanager
async def sandbox_process() -> AsyncIterator[str]:
    """Start the sandbox on a free port as a process of its own; yield the API's address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ledgai_mcp", "sandbox", "--port", "0", "--speed", "20"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None  # noqa: S101 - asked for above
    try:
        async with asyncio.timeout(20):
            while line := (await process.stderr.readline()).decode():
                address = next((word for word in line.split() if word.startswith("http://")), None)
                if address:
                    yield address.rstrip("/.,")
                    return
        raise DemoError("the sandbox did not start")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def work_an_account(narrator: Narrator) -> None:
    """Create, break, mend, compile, backtest and read: the main job."""
    project = (await narrator.call("create_project", name="Moving average cross", language="Py"))["projects"][
        0
    ]
    project_id = project["projectId"]
    tell(f"project {project_id}: {project['name']}")
    await narrator.call("update_file_contents", projectId=project_id, name="main.py", content=ALGORITHM)
    tell("written, with a bracket missing in line 11")

    build = await narrator.call("create_compile", projectId=project_id)
    build = await narrator.until("Build", "read_compile", projectId=project_id, compileId=build["compileId"])
    tell(build["state"], *build["logs"][:3])
    await narrator.call("patch_file", projectId=project_id, patch=PATCH)
    tell("patched")
    build = await narrator.call("create_compile", projectId=project_id)
    build = await narrator.until("Build", "read_compile", projectId=project_id, compileId=build["compileId"])
    tell(build["state"])

    started = await narrator.call(
        "create_backtest", projectId=project_id, compileId=build["compileId"], backtestName="First run"
    )
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
        tell(*(f"  {toolset:<15}{count}" for toolset, count in _by_toolset(tools).items()))
        narrator = Narrator(client)
        health = await narrator.call("health_check")
        tell(*(f"{name + ':':<8}{_line(value)}" for name, value in health.items() if name != "success"))
        await work_an_account(narrator)


async def run() -> None:
    """Show everything."""
    click.secho("ledgai-mcp: an AI client works a sandboxed QuantConnect account", bold=True)
    async with sandbox_process() as api_url:
        await over_stdio(api_url)
    click.secho("\nDone. Nothing here touched a real account.", bold=True)


@click.command()
def demo() -> None:
    """Show the main job against the sandbox: no account needed."""
    try:
        asyncio.run(run())
    except* DemoError as failures:
        raise click.ClickException(str(_first(failures))) from None


def _first(group: BaseExceptionGroup[DemoError]) -> BaseException:
    """Take the failure out of the groups that task groups wrap it in."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
