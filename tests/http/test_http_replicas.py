"""Two server processes with one Redis, asked in turn: what one knows, both know."""

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from attrs import frozen
from http_process import Process, command
from http_site import OWN, SECRET, call, message, mint, wait_until
from redis_server import RedisServer
from runtime_stage import Stub

pytestmark = pytest.mark.redis


@frozen
class Cluster:
    """Two replicas and what is behind them."""

    redis: RedisServer
    replicas: list[Process]
    turns: Iterator[Process]
    environment: dict[str, str]

    def request(self, method: str, path: str, **rest: Any) -> httpx2.Response:
        """One request; the next one goes to the other replica."""
        with httpx2.Client(timeout=30) as client:
            return client.request(method, next(self.turns).url.replace("/mcp", path), **rest)

    def post(self, body: Any, token: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self.request("POST", "/mcp", json=body, headers=headers)

    def statuses(self, token: str, count: int = 4) -> list[int]:
        return [self.post(message("tools/list"), token).status_code for _ in range(count)]

    def command(self, *arguments: str) -> str:
        done = command(self.environment, *arguments)
        assert done.returncode == 0, done.stderr
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
    environment = {
        "PATH": os.environ["PATH"],
        "JWT_SECRET_KEY": SECRET,
        "LEDGAI_STATE_URL": redis.url,
        "QUANTCONNECT_USER_ID": OWN.user_id,
        "QUANTCONNECT_API_TOKEN": OWN.api_token,
    }
    yield Cluster(redis, replicas, itertools.cycle(replicas), environment)
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
