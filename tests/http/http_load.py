"""Many people at once: their tokens and projects, what their clients do, and how long."""

import hashlib
import itertools
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
from attrs import define, field, frozen
from http_site import call, message, mint
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from quantconnect_tools import GROUPS

from ledgai_mcp.identity import Credentials, Limits

SECONDS = float(os.environ.get("TEST_LOAD_SECONDS", "0"))
TENANTS, CLIENTS = (25, 100) if SECONDS else (8, 20)
ROUNDS = 6
"""Calls that a client makes at least."""
MARK = 1_000_000
"""A call's projectId is its tenant's number times this, plus a number: it tells whose call the API got."""


@frozen
class Tenant:
    """One person: own token, own credentials, own project."""

    number: int
    api_token: str
    token: str
    limited: str
    """A token of the same person with fewer scopes and a limit."""

    @property
    def user(self) -> int:
        return 20_000 + self.number

    @property
    def secret_name(self) -> str:
        return f"project-of-{self.user}-only"


def tenant(number: int) -> Tenant:
    api_token = f"qc-CANARY-{number:02}-{hashlib.sha256(str(number).encode()).hexdigest()[:40]}"
    own = Credentials(str(20_000 + number), api_token)
    name, limits = f"person-{number}", Limits(projects=frozenset({number * MARK}))
    token = mint(name, GROUPS["trader"], credentials=own, sealed=number % 3 != 0)
    return Tenant(number, api_token, token, mint(name, credentials=own, limits=limits))


@define
class Bench:
    """The server under load, what it was sent, and what came back."""

    url: str
    control: str
    tenants: list[Tenant]
    bodies: list[tuple[Tenant | None, str]] = field(factory=list)
    log: dict[int, dict[str, Any]] = field(factory=dict)
    calls: int = 0
    refused: int = 0

    async def collect(self, client: httpx2.AsyncClient) -> None:
        """Fetch what the sandbox has received since the last time, and again what was not finished then."""
        since = max(max(self.log, default=0) - 1000, 0)
        answer = await client.get(self.control + "/__log", params={"since": since})
        self.log |= {entry["number"]: entry for entry in answer.json()["requests"]}


async def prepare(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=120) as client:
        for one in bench.tenants:
            user = {"id": one.user, "apiToken": one.api_token, "name": f"Person {one.number}"}
            assert (await client.post(bench.control + "/__control/users", json=user)).status_code == 200
            headers = {"Authorization": f"Bearer {one.token}", "Accept": "application/json"}
            body = call("create_project", {"name": one.secret_name, "language": "Py"})
            answer = await client.post(bench.url, json=body, headers=headers)
            assert answer.json()["result"]["isError"] is False, answer.text
        faults = [
            {"kind": "cookies", "path": "/projects/read"},
            {"kind": "latency", "path": "/files/read", "seconds": 0.05},
        ]
        for one in bench.tenants[::4]:
            faults.insert(0, {"kind": "drop", "path": "/backtests/list", "user": one.user})
            faults.insert(0, {"kind": "server_error", "path": "/optimizations/list", "user": one.user})
            faults.insert(0, {"kind": "hang", "path": "/live/list", "user": one.user, "seconds": 1})
        rules = {"faults": faults}
        assert (await client.post(bench.control + "/__control/faults", json=rules)).status_code == 200
        await bench.collect(client)


def chosen(rng: random.Random, one: Tenant) -> dict[str, Any]:
    project = one.number * MARK + rng.randrange(MARK)
    tools: list[tuple[str, dict[str, Any]]] = [
        ("list_projects", {}),
        ("read_file", {"projectId": project}),
        ("list_backtests", {"projectId": project}),
        ("list_optimizations", {"projectId": project}),
        ("read_account", {}),
        ("list_live_algorithms", {}),
        ("create_compile", {"projectId": project}),
        ("delete_project", {"projectId": project}),
        ("health_check", {}),
    ]
    return call(*rng.choice(tools), request_id=project)


def rounds(ends: float) -> Iterator[int]:
    """Count the calls of a client: so many, however slow the machine is, and more until the time is over."""
    for number in itertools.count():
        if number >= ROUNDS and anyio.current_time() >= ends:
            return
        yield number


async def plain(bench: Bench, rng: random.Random, one: Tenant, ends: float) -> None:
    """One client that keeps its connection and sends JSON-RPC as it likes."""
    async with httpx2.AsyncClient(timeout=120) as client:
        for _ in rounds(ends):
            token = rng.choice([one.token] * 6 + [one.limited, one.token[:-6] + "AAAAAA", ""])
            headers = {"Accept": "application/json, text/event-stream"}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            body = rng.choice([message("tools/list"), *[chosen(rng, one)] * 5])
            await anyio.sleep(rng.random() * 0.02)
            with anyio.move_on_after(rng.choice([0.01, 0.1, 30, 30, 30])):
                answer = await client.post(bench.url, json=body, headers=headers)
                bench.bodies.append((one, answer.text + json.dumps(dict(answer.headers))))
                bench.refused += answer.status_code in (401, 403)
                if token not in (one.token, one.limited):
                    assert answer.status_code == 401
            bench.calls += 1


async def spoken(bench: Bench, rng: random.Random, one: Tenant, ends: float, mode: str) -> None:
    """One client of the SDK."""
    headers = {"Authorization": f"Bearer {one.token}"}
    try:
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(bench.url, http_client=http), mode=mode) as client,
        ):
            for _ in rounds(ends):
                body = chosen(rng, one)["params"]
                try:
                    with anyio.move_on_after(rng.choice([0.02, 30, 30, 30])):
                        result = await client.call_tool(body["name"], body["arguments"])
                        bench.bodies.append((one, result.model_dump_json()))
                except MCPError as error:
                    bench.bodies.append((one, str(error)))
                bench.calls += 1
    except* anyio.BrokenResourceError:
        # The SDK's client, closed while an answer to a cancelled call is on its way, writes it to its own
        # closed stream. All calls were made by then.
        pass


async def load(bench: Bench) -> None:
    await prepare(bench)
    ends = anyio.current_time() + SECONDS
    finished = anyio.Event()

    async def keep_collecting() -> None:
        async with httpx2.AsyncClient(timeout=120) as client:
            while not finished.is_set():
                await bench.collect(client)
                with anyio.move_on_after(0.5):
                    await finished.wait()
            await bench.collect(client)

    async with anyio.create_task_group() as around:
        around.start_soon(keep_collecting)
        async with anyio.create_task_group() as clients:
            for number in range(CLIENTS):
                one = bench.tenants[number % TENANTS]
                rng = random.Random(number)  # noqa: S311 - repeatable
                if number % 5 < 3:
                    clients.start_soon(plain, bench, rng, one, ends)
                else:
                    mode = "legacy" if number % 2 else "2026-07-28"
                    clients.start_soon(spoken, bench, rng, one, ends, mode)
        finished.set()
