"""The demonstration: what the product does, shown against the sandbox with real processes and clients.

Knows: the order of what is shown. Must not know: how the server or the sandbox work inside.
"""

from __future__ import annotations

import asyncio

import click

from ledgai_mcp.commands.demo import processes
from ledgai_mcp.commands.demo.account import over_stdio
from ledgai_mcp.commands.demo.narrator import DemoError
from ledgai_mcp.commands.demo.tenants import over_http


async def run() -> None:
    """Show everything."""
    click.secho("1. Over stdio: an AI client works a sandboxed QuantConnect account", bold=True)
    async with processes.sandbox() as api_url:
        await over_stdio(api_url)
    click.secho("\n2. Over HTTP: two people, one server, each with their own rights", bold=True)
    await over_http()
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
