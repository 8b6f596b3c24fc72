"""Fifty clients of ten users at once: nothing crosses, nothing is lost, memory is bounded."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from attrs import define, field
from quantconnect_sandbox.endpoints import backtests, compiling, live, optimizations
from sandbox_calls import ALGORITHM, Caller, newcomer

SECONDS = float(os.environ.get("TEST_LOAD_SECONDS", "3"))
USERS, CLIENTS = 10, 5
SHORT = ALGORITHM.replace("2024, 12, 31", "2024, 1, 31")
GROWTH = 120
"""MiB that a sandbox may grow by under load: results that are kept for a while, and the state itself."""


@define
class Process:
    """A sandbox of its own process, which can be killed and started again with its state."""

    state: Path
    process: subprocess.Popen[str] | None = None
    url: str = ""

    def start(self) -> None:
        command = [sys.executable, "-m", "quantconnect_sandbox", "--port", "0", "--speed", "0"]
        self.process = subprocess.Popen(
            [*command, "--state", self.state], stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("Sandbox ready at "):
                self.url = line.split()[-1]
                return
        raise AssertionError("the sandbox did not start")

    def kill(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def memory(self) -> int:
        """MiB that the process holds."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) // 1024


@pytest.fixture
def sandbox_process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path / "state.sqlite")
    process.start()
    yield process
    process.kill()


@define
class Client:
    """One of several clients of a user: works a project of its own and remembers what was acknowledged."""

    caller: Caller
    http: httpx2.AsyncClient
    name: str
    other: list[Client] = field(factory=list, repr=False)
    project: int = 0
    content: str = ""
    runs: list[tuple[str, str]] = field(factory=list)
    """Backtest ids and names."""
    keys: list[str] = field(factory=list)

    async def __call__(self, path: str, /, **arguments: Any) -> dict[str, Any]:
        answer = await self.http.post(
            self.caller.url + path, json=arguments, headers=self.caller.headers(), timeout=60
        )
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.json()

    async def ok(self, path: str, /, **arguments: Any) -> dict[str, Any]:
        body = await self(path, **arguments)
        assert body.get("success", True) is True, (self.name, path, body)
        return body

    async def begin(self) -> None:
        made = await self.ok("/projects/create", name=self.name, language="Py")
        self.project = made["projects"][0]["projectId"]
        assert made["projects"][0]["name"] == self.name

    async def round(self, number: int) -> None:
        """Writes, builds, runs and stores something that nobody else has, and reads it back."""
        mark = f"{self.name} {number}"
        self.content = f"{SHORT}# {mark}\n"
        await self.ok("/files/update", projectId=self.project, name="main.py", content=self.content)
        read = await self.ok("/files/read", projectId=self.project, name="main.py")
        assert read["files"][0]["content"] == self.content
        build = (await self.ok("/compile/create", projectId=self.project))["compileId"]
        read = await self.ok("/compile/read", projectId=self.project, compileId=build)
        assert read["state"] == "BuildSuccess"
        await self.run(mark, build, number)
        key = f"{self.name}/{number}"
        await self.store(key, mark)
        self.keys.append(key)
        found = await self.ok("/object/properties", organizationId=self.caller.organization, key=key)
        assert found["metadata"]["preview"] == mark
        await self.look_around(number)

    async def run(self, mark: str, build: str, number: int) -> None:
        asked = {"projectId": self.project, "compileId": build, "backtestName": mark}
        made = await self.ok("/backtests/create", **asked, parameters={"fast": 2 + number % 9})
        id_ = made["backtest"]["backtestId"]
        self.runs.append((id_, mark))
        read = (await self.ok("/backtests/read", projectId=self.project, backtestId=id_))["backtest"]
        assert (read["name"], read["projectId"], read["completed"]) == (mark, self.project, True)
        assert {key: int(value) for key, value in read["parameterSet"].items()} == {"fast": 2 + number % 9}

    async def store(self, key: str, text: str) -> None:
        answer = await self.http.post(
            self.caller.url + "/object/set",
            data={"organizationId": self.caller.organization, "key": key},
            files={"objectData": ("object", text.encode())},
            headers=self.caller.headers(),
            timeout=60,
        )
        assert answer.json() == {"success": True}

    async def look_around(self, number: int) -> None:
        """Sees what the same user has, and nothing of another."""
        names = {each["name"] for each in (await self.ok("/projects/read"))["projects"]}
        user = self.name.split("/")[0]
        assert names == {f"{user}/{client}" for client in range(CLIENTS)}
        other = self.other[number % len(self.other)]
        refused = await self("/projects/read", projectId=other.project)
        assert refused["success"] is False
        if other.runs:
            id_ = other.runs[-1][0]
            refused = await self("/backtests/read", projectId=other.project, backtestId=id_)
            assert refused["success"] is False
        refused = await self("/object/list", organizationId=other.caller.organization)
        assert refused["success"] is False

    async def check(self) -> None:
        """All that was acknowledged is there, and nothing else."""
        listed = (await self.ok("/backtests/list", projectId=self.project))["backtests"]
        found = [(each["backtestId"], each["name"]) for each in reversed(listed)]
        assert found == self.runs[-backtests.KEPT :]
        read = await self.ok("/files/read", projectId=self.project, name="main.py")
        assert read["files"][0]["content"] == self.content
        held = await self.ok("/object/list", organizationId=self.caller.organization, path=self.name)
        assert {each["key"] for each in held["objects"]} == set(self.keys)


def test_fifty_clients_of_ten_users_lose_nothing_and_see_only_their_own(sandbox_process: Process) -> None:
    callers = [newcomer(sandbox_process.url, name=f"user{number}") for number in range(USERS)]
    for caller in callers:
        caller.http.close()
    before, after, clients = anyio.run(_loaded, sandbox_process, callers)
    assert all(client.runs for client in clients)
    assert after - before < GROWTH, f"grew from {before} to {after} MiB"
    _nothing_crossed(sandbox_process, clients)
    # Everything that was acknowledged survives a death without warning.
    sandbox_process.kill()
    sandbox_process.start()
    anyio.run(_checked, sandbox_process, clients)


async def _loaded(process: Process, callers: list[Caller]) -> tuple[int, int, list[Client]]:
    limits = httpx2.Limits(max_connections=USERS * CLIENTS)
    async with httpx2.AsyncClient(limits=limits) as http:
        clients = [
            Client(caller, http, f"user{number}/{client}")
            for number, caller in enumerate(callers)
            for client in range(CLIENTS)
        ]
        for client in clients:
            client.other = [each for each in clients if each.caller is not client.caller]
            await client.begin()
        before = process.memory()
        async with anyio.create_task_group() as group:
            for client in clients:
                group.start_soon(_work, client, time.monotonic() + SECONDS)
        after = process.memory()
        for client in clients:
            await client.check()
    return before, after, clients


async def _work(client: Client, until: float) -> None:
    number = 0
    while time.monotonic() < until or not number:
        await client.round(number)
        number += 1


async def _checked(process: Process, clients: list[Client]) -> None:
    async with httpx2.AsyncClient() as http:
        for client in clients:
            client.http, client.caller.url = http, process.url
            await client.check()


def _nothing_crossed(process: Process, clients: list[Client]) -> None:
    """The sandbox's own log: who was answered about a project is its owner."""
    owners = {client.project: client.caller.user for client in clients}
    with httpx2.Client(timeout=60) as http:
        log = http.get(process.url.removesuffix("/api/v2") + "/__log").json()["requests"]
    answered = [each for each in log if each["success"] and "projectId" in each["arguments"]]
    assert answered
    assert [each for each in answered if owners[each["arguments"]["projectId"]] != each["user"]] == []


def test_old_jobs_expire_so_that_memory_is_bounded(sandbox_process: Process) -> None:
    caller = newcomer(sandbox_process.url)
    project = caller.project(main=SHORT)
    rounds = 2 if SECONDS < 10 else 4
    held = []
    for _ in range(rounds):
        _jobs(caller, project)
        held.append(sandbox_process.memory())
    assert len(caller.ok("/backtests/list", projectId=project)["backtests"]) == backtests.KEPT
    assert len(caller.ok("/optimizations/list", projectId=project)["optimizations"]) == optimizations.KEPT
    assert len(caller.ok("/live/list", projectId=project)["live"]) <= live.KEPT + 1
    caller.http.close()
    assert held[-1] - held[0] < GROWTH / 6, f"MiB after each round: {held}"


def _jobs(caller: Caller, project: int) -> None:
    """More of each kind than are kept."""
    for _ in range(compiling.KEPT + 10):
        build = caller.compiled(project)
    asked = {"projectId": project, "compileId": build}
    for number in range(backtests.KEPT + 10):
        parameters = {"fast": 2 + number % 9}
        caller.send("/backtests/create", {**asked, "backtestName": str(number), "parameters": parameters})
    sweep = {
        **asked,
        "name": "sweep",
        "target": "TotalPerformance.PortfolioStatistics.SharpeRatio",
        "targetTo": "max",
        "strategy": "QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy",
        "parameters": [{"name": "fast", "min": 2, "max": 3, "step": 1}],
        "estimatedCost": 1,
        "nodeType": "O2-8",
        "parallelNodes": 1,
    }
    for _ in range(optimizations.KEPT + 5):
        caller.ok("/optimizations/create", **sweep)
    for _ in range(live.KEPT + 5):
        brokerage = {"id": "QuantConnectBrokerage"}
        node = caller.live_node(project)
        caller.ok("/live/create", **asked, nodeId=node, versionId="-1", brokerage=brokerage)
        caller.ok("/live/update/stop", projectId=project)
