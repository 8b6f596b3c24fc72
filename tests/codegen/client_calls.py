"""Calls of the generated client, blocking or not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest


def run(things: Any, module: str, how: str, url: str, **arguments: Any) -> Any:
    """Call one operation, blocking or not; return its answer with status."""
    operation = things(f"api.things.{module}")
    if how == "sync":
        with things().Client(url) as client:
            return operation.sync_detailed(client=client, **arguments)

    async def call() -> Any:
        async with things().Client(url) as client:
            return await operation.asyncio_detailed(client=client, **arguments)

    return asyncio.run(call())


both = pytest.mark.parametrize("how", ["sync", "asyncio"])
