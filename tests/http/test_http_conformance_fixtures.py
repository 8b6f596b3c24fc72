"""The conformance suite against what it asks for by name, behind the product's own layers, with sessions.

Needs TEST_NODE: the node_modules folder that has `node` and `@modelcontextprotocol/conformance`. The product
itself is held against the suite in test_http_conformance_checks.py.
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
from conformance_fixtures import served
from http_site import wait_until
from runtime_stage import Stub

pytestmark = pytest.mark.conformance

PROMPTS = "the product has no prompts and completes no arguments"
CLIENT = "the product asks the client's model for nothing and does not look at its folders"
PROMPT_SCENARIOS = dict.fromkeys(
    (
        "completion-complete",
        "prompts-list",
        "prompts-get-simple",
        "prompts-get-with-args",
        "prompts-get-embedded-resource",
        "prompts-get-with-image",
    ),
    PROMPTS,
)
NOT_CARRIED: dict[str, dict[str, str]] = {
    "2025-11-25": {
        **PROMPT_SCENARIOS,
        "logging-set-level": "the product logs for its operator, not for clients",
        "tools-call-with-logging": "the same",
        "tools-call-sampling": CLIENT,
        "resources-subscribe": "no resource of the product changes",
        "resources-unsubscribe": "the same",
    },
    "2026-07-28": {
        **PROMPT_SCENARIOS,
        "caching": f"it lists prompts too, and {PROMPTS}",
        "input-required-result-basic-sampling": CLIENT,
        "input-required-result-basic-list-roots": CLIENT,
        "input-required-result-multiple-input-requests": CLIENT,
        "input-required-result-capability-check": CLIENT,
        "input-required-result-non-tool-request": PROMPTS,
    },
}
"""Revision -> scenario -> why it does not apply."""


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_the_transport_carries_whatever_a_tool_may_do(stub: Stub, tmp_path: Path, revision: str) -> None:
    """Progress, questions to a person, every kind of content: what NOT_CARRIED does not name has to pass."""
    bound = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(served(stub.url), log_config=None, lifespan="on", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    expected = tmp_path / "expected.yml"
    expected.write_text(yaml.safe_dump({"server": sorted(NOT_CARRIED[revision])}))
    try:
        done = run(f"http://127.0.0.1:{bound.getsockname()[1]}/mcp", revision, expected, tmp_path)
    finally:
        server.should_exit = True
        thread.join(10)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "tools-call-with-progress: 2 passed, 0 failed" in done.stdout


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
