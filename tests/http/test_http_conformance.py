"""The official MCP conformance suite against the HTTP transport; TEST_NODE names a node_modules folder with
node@22 and @modelcontextprotocol/conformance.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import uvicorn
import yaml
from conformance_server import served
from http_site import wait_until
from runtime_stage import Stub

pytestmark = pytest.mark.conformance

EXPECTED = Path(__file__).with_name("conformance-expected.yml")
REVISIONS = ("2025-11-25", "2026-07-28")


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", ["product", "product-sessions", "fixtures-sessions"])
def test_the_suite_finds_what_is_expected_and_nothing_else(
    stub: Stub, tmp_path: Path, kind: str, revision: str
) -> None:
    """A failure that is not in conformance-expected.yml fails, and so does an entry that has become true."""
    what, _, sessions = kind.partition("-")
    _, app = served(what, bool(sessions), stub.url)
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
        done = run(url, revision, expected(kind, revision, tmp_path), tmp_path)
    finally:
        server.should_exit = True
        thread.join(10)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "SUMMARY" in done.stdout


def expected(kind: str, revision: str, folder: Path) -> Path:
    """Write the suite's own file of expected failures; ours has the reasons."""
    reasons: dict[str, dict[str, str]] = yaml.safe_load(EXPECTED.read_text())[kind]
    assert all(reasons[revision].values()), "each expected failure needs a reason"
    path = folder / "expected.yml"
    path.write_text(yaml.safe_dump({"server": sorted(reasons[revision])}))
    return path


def run(url: str, revision: str, expected: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    modules = Path(os.environ["TEST_NODE"])
    suite = modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    command = [
        str(modules / "node" / "bin" / "node"),
        str(suite),
        "server",
        "--url",
        url,
        "--requirements",
        revision,
        "--expected-failures",
        str(expected),
        "-o",
        str(folder / "results"),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)
