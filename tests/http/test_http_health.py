"""Probes: open, cheap, silent, and true."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from http_process import Process
from http_site import Site, Sites, mint, wait_until
from runtime_stage import Stub

from ledgai_mcp.state import StateUnavailable


def test_a_probe_needs_no_token_and_leaves_no_trace(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    """Case C57."""
    address = {"Host": "10.1.2.3:8000"}
    for path, says in (("/livez", "live"), ("/readyz", "ready")):
        for method in ("GET", "HEAD"):
            for token in (None, "expired", mint()):
                answer = site.request(method, path, token=token, headers=address)
                assert (answer.status_code, answer.text) == (200, says if method == "GET" else "")
                assert "server" not in answer.headers
    assert capfd.readouterr() == ("", "")
    assert site.records() == []
    for method in ("POST", "PUT", "DELETE"):
        assert site.request(method, "/livez").status_code == 405


def test_no_other_path_is_open(site: Site) -> None:
    """Case C57."""
    host = site.base.removeprefix("http://")
    for path in (
        "/livez/../mcp", "/livez/", "//mcp", "/livez/mcp", "/LIVEZ", "/mcp/", "/%6dcp/x", "/livez;/mcp", "/",
        "/metrics", "/mcp/livez", "/readyz/../mcp", "/docs", "/openapi.json",
    ):  # fmt: skip
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        assert int(site.sent(head.encode()).split()[1]) in (401, 404, 405), path


def test_readiness_follows_the_state(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case C62."""
    monkeypatch.setattr("ledgai_mcp.http.health._REMEMBERED", 0.0)

    async def down() -> Any:
        raise StateUnavailable("The state cannot be asked.")

    with monkeypatch.context() as patch:
        patch.setattr(site.authority.state, "check", down)
        answer = site.request("GET", "/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready")
        assert site.request("GET", "/livez").status_code == 200
    assert site.request("GET", "/readyz").status_code == 200


def test_a_server_that_is_not_ready_says_why_at_its_start(tmp_path: Path, stub: Stub) -> None:
    """A wrong path of the state file was a 503 on every request, and nothing told what is wrong."""
    folder = tmp_path / "no file"
    folder.mkdir()
    process = Process(stub.url, tmp_path, LEDGAI_STATE_URL=f"sqlite:{folder}")
    wait_until(lambda: "readiness" in process.err.read_text())
    assert process.end() == 0
    lines = [json.loads(line) for line in process.err.read_text().splitlines()]
    reason = next(line["reason"] for line in lines if line["event"] == "readiness")
    assert "state file cannot be used" in reason
    assert str(folder) in reason


def test_readiness_does_not_follow_the_api(sites: Sites) -> None:
    """Case C62."""
    site = sites.start(LEDGAI_API_URL="http://127.0.0.1:9/api/v2")
    assert site.request("GET", "/readyz").status_code == 200


def test_readiness_waits_for_another_issuers_keys(sites: Sites) -> None:
    """Case C37: start-up survives, readiness says so."""
    site = sites.start(JWT_SECRET_KEY="", LEDGAI_JWKS_URL="http://127.0.0.1:9/jwks")
    assert site.request("GET", "/livez").status_code == 200
    assert site.request("GET", "/readyz").status_code == 503


def test_a_store_is_asked_once_a_second_at_most(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each probe that came before the first answer asked again, so anybody could keep a slow store busy."""
    asked: list[int] = []
    over = threading.Event()

    async def slow() -> None:
        asked.append(1)
        await asyncio.to_thread(over.wait, 60)

    monkeypatch.setattr("ledgai_mcp.http.health._REMEMBERED", 3600.0)
    monkeypatch.setattr(site.authority.state, "check", slow)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(site.request, "GET", "/readyz")
        wait_until(lambda: asked)
        for _ in range(3):
            assert pool.submit(site.request, "GET", "/readyz").result(60).status_code == 200
        over.set()
        assert first.result(60).status_code == 200
    assert site.request("GET", "/readyz").status_code == 200
    assert len(asked) == 1
