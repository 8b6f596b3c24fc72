"""One call through the server's whole path beside the same request sent with the HTTP client alone.

Knows: how a service is put together. Must not know: MCP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx2
from attrs import frozen

from benchmarks.series import Row, in_turn
from benchmarks.stand_in import running
from ledgai_mcp import assembly
from ledgai_mcp.api.signing import Signer
from ledgai_mcp.audit import records
from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.identity import Credentials, Identity
from ledgai_mcp.settings import read

TOOL, ENDPOINT, ARGUMENTS = "list_projects", "/projects/read", {"start": 0, "end": 100}
CALLER = Identity("benchmark", "nobody", assembly.scopes(), Credentials("1", "none"))
BATCH, TIMES, ROUND = 60, 7, 16


@frozen
class Pair:
    """The two ways to the same answer."""

    service: Service
    client: httpx2.AsyncClient
    url: str

    async def ours(self) -> None:
        """Find, guard, check, sign, send, reply, record."""
        reply = await self.service.call(TOOL, ARGUMENTS, CALLER)
        if reply.failed:
            raise RuntimeError(reply.text)

    async def direct(self) -> None:
        """Sign, send, decode."""
        headers = Signer(Credentials("1", "none")).headers()
        response = await self.client.post(self.url, json=ARGUMENTS, headers=headers)
        if not response.json()["success"]:
            raise RuntimeError("the stand-in refused")


def rows() -> list[Row]:
    """Compare them for a small and a large answer, one at a time and several in flight."""
    found = []
    with running() as host:
        for what, base, flight in (
            ("a call, small answer", f"{host}/api/v2", 1),
            (f"a call, {ROUND} in flight", f"{host}/api/v2", ROUND),
            ("a call, answer of 70 kB", f"{host}/large/api/v2", 1),
        ):
            ours, direct = _compared(base, flight)
            found.append(Row(what, ours, "the request alone", ours / direct))
    return found


def _compared(base: str, flight: int) -> list[float]:
    """Return the seconds for one call of each way."""
    service = assembly.service(read({"LEDGAI_API_URL": base}), records.Nowhere())
    pair = Pair(service, httpx2.AsyncClient(trust_env=False), base + ENDPOINT)
    with asyncio.Runner() as runner:
        times = in_turn(
            [lambda: runner.run(_batch(pair.ours, flight)), lambda: runner.run(_batch(pair.direct, flight))],
            TIMES,
        )
        runner.run(pair.client.aclose())
        runner.run(service.upstream.close())
    return times


async def _batch(way: Callable[[], Awaitable[None]], flight: int) -> float:
    began = time.perf_counter()
    for _ in range(BATCH // flight):
        await asyncio.gather(*(way() for _ in range(flight)))
    return (time.perf_counter() - began) / (BATCH // flight * flight)
