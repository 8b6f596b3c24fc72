"""Two server processes with one Redis behind a round-robin: what one knows, both know."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from attrs import define, field, frozen
from http_process import Process
from http_site import OWN, SECRET, call, message, mint, wait_until
from quantconnect_tools import GROUPS
from redis_server import RedisServer
from runtime_stage import Stub

from ledgai_mcp.identity import Limits

pytestmark = pytest.mark.redis

BACKTEST = {"projectId": 7, "compileId": "c", "backtestName": "b"}


@define
class Balancer:
    """Forwards each connection to the next replica."""

    ports: list[int]
    port: int = 0
    started: threading.Event = field(factory=threading.Event)
    stop: Callable[[], object] = field(init=False)

    def run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        over = asyncio.Event()
        self.stop = partial(asyncio.get_running_loop().call_soon_threadsafe, over.set)
        turns = itertools.cycle(self.ports)
        writers: list[asyncio.StreamWriter] = []
        links: list[asyncio.Future[Any]] = []

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            with contextlib.suppress(OSError):
                answers, there = await asyncio.open_connection("127.0.0.1", next(turns))
                writers.append(there)
                links.append(asyncio.gather(_pump(reader, there), _pump(answers, writer)))

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.started.set()
        await over.wait()
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*links, *(writer.wait_closed() for writer in writers), return_exceptions=True)
        await server.wait_closed()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await source.read(65536):
            sink.write(part)
            await sink.drain()
    sink.close()


@frozen
class Cluster:
    """Two replicas and what is before and behind them."""

    redis: RedisServer
    replicas: list[Process]
    balancer: Balancer
    environment: dict[str, str]

    def request(self, method: str, path: str, **rest: Any) -> httpx2.Response:
        """One request on a connection of its own: the next one goes to the other replica."""
        with httpx2.Client(timeout=30) as client:
            return client.request(method, f"http://127.0.0.1:{self.balancer.port}{path}", **rest)

    def post(self, body: Any, token: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self.request("POST", "/mcp", json=body, headers=headers)

    def statuses(self, token: str, count: int = 4) -> list[int]:
        return [self.post(message("tools/list"), token).status_code for _ in range(count)]

    def command(self, *arguments: str) -> str:
        """Run `ledgai-mcp`, as an operator does beside the servers."""
        command = [sys.executable, "-m", "ledgai_mcp", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, check=True, text=True)
        return done.stdout

    def renew(self, refresh_token: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.request("POST", "/token", data=form)

    def pair(self) -> dict[str, str]:
        return dict(json.loads(self.command("token", "mint", "--sub", "alice", "-g", "trader", "--refresh")))


@pytest.fixture
def cluster(stub: Stub, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    redis = RedisServer(tmp_path, keeps=getattr(request, "param", True))
    redis.start()
    replicas = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        replicas.append(Process(stub.url, tmp_path / name, LEDGAI_STATE_URL=redis.url))
    balancer = Balancer([int(one.url.rpartition(":")[2].removesuffix("/mcp")) for one in replicas])
    thread = threading.Thread(target=balancer.run)
    thread.start()
    assert balancer.started.wait(60)
    environment = {
        "PATH": os.environ["PATH"],
        "JWT_SECRET_KEY": SECRET,
        "LEDGAI_STATE_URL": redis.url,
        "QUANTCONNECT_USER_ID": OWN.user_id,
        "QUANTCONNECT_API_TOKEN": OWN.api_token,
    }
    yield Cluster(redis, replicas, balancer, environment)
    balancer.stop()
    thread.join(10)
    for one in replicas:
        assert one.end() == 0
        assert "Traceback" not in one.err.read_text()
    redis.kill()


@pytest.mark.parametrize("by", ["sub", "http"])
def test_a_revocation_holds_on_both_at_once(cluster: Cluster, by: str) -> None:
    token = cluster.command("token", "mint", "--sub", "alice", "-g", "readonly").strip()
    assert cluster.statuses(token) == [200] * 4
    for one in cluster.replicas:
        assert one.err.read_text().count('"decision":"allowed"') == 2
    if by == "http":
        assert cluster.request("POST", "/revoke", data={"token": token}).status_code == 200
    else:
        cluster.command("token", "revoke", "--sub", "alice")
    assert cluster.statuses(token) == [401] * 4


def test_a_count_is_one_count(cluster: Cluster, stub: Stub) -> None:
    stub.script("/backtests/create", {"backtest": {}, "success": True})
    token = mint("alice", GROUPS["trader"], limits=Limits(backtests_per_day=5))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: cluster.post(call("create_backtest", BACKTEST), token), range(20)))
    made = [answer for answer in answers if answer.json()["result"]["isError"] is False]
    assert len(made) == 5
    assert stub.paths() == ["/backtests/create"] * 5


def test_a_refresh_family_is_one_family(cluster: Cluster) -> None:
    first = cluster.pair()
    second = cluster.renew(first["refresh_token"]).json()
    third = cluster.renew(second["refresh_token"]).json()
    assert cluster.statuses(third["access_token"], 2) == [200, 200]
    assert cluster.renew(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert cluster.renew(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert cluster.statuses(third["access_token"], 2) == [401, 401]


def test_without_redis_nothing_is_allowed_and_it_recovers_by_itself(cluster: Cluster, stub: Stub) -> None:
    """Case C62: fail closed; alive throughout; ready again without a restart."""
    good, revoked = mint(), mint("bob")
    assert cluster.request("POST", "/revoke", data={"token": revoked}).status_code == 200
    pair = cluster.pair()
    cluster.redis.kill()
    assert cluster.statuses(good, 2) == [503, 503]
    assert cluster.statuses(revoked, 2) == [503, 503]
    assert cluster.statuses("a.b.c", 2) == [401, 401]
    assert cluster.post(call("list_projects"), good).status_code == 503
    assert cluster.renew(pair["refresh_token"]).status_code == 503
    assert cluster.request("POST", "/revoke", data={"token": good}).status_code == 503
    assert stub.seen == []
    for _ in range(2):
        assert cluster.request("GET", "/livez").status_code == 200
    wait_until(lambda: {cluster.request("GET", "/readyz").status_code for _ in range(2)} == {503})
    cluster.redis.start()
    wait_until(lambda: cluster.statuses(good) == [200] * 4)
    wait_until(lambda: {cluster.request("GET", "/readyz").status_code for _ in range(2)} == {200})
    assert cluster.statuses(revoked) == [401] * 4
    assert cluster.renew(pair["refresh_token"]).status_code == 200


@pytest.mark.parametrize("cluster", [False], indirect=True)
def test_a_redis_that_lost_its_data_gives_nobody_revoked_rights_back(cluster: Cluster) -> None:
    """Nobody restarts anything: old tokens are refused on both replicas, and a new one is good."""
    revoked, other = mint("bob"), mint("carol")
    assert cluster.statuses(revoked) == [200] * 4
    cluster.command("token", "revoke", "--sub", "bob")
    assert cluster.statuses(revoked) == [401] * 4
    cluster.redis.kill()
    cluster.redis.start()
    wait_until(lambda: 503 not in cluster.statuses(revoked))
    for token in (revoked, other):
        assert cluster.statuses(token) == [401] * 4
    fresh = cluster.command("token", "mint", "--sub", "carol", "-g", "readonly").strip()
    wait_until(lambda: cluster.statuses(fresh) == [200] * 4)
    told = [one.err.read_text().count("Redis has lost its data") for one in cluster.replicas]
    assert told == [1, 1]
