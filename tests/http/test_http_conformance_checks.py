"""The official MCP conformance suite against the real server, for both revisions, without and with sessions.

Needs TEST_NODE: the node_modules folder that has `node` and `@modelcontextprotocol/conformance`.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from attrs import frozen
from conformance_target import suited
from http_site import Sites
from runtime_stage import Stub

pytestmark = pytest.mark.conformance

EXPECTED = Path(__file__).parent / "conformance-checks.yml"
REVISIONS = ("2025-11-25", "2026-07-28")
MODES = [(revision, sessions) for revision in REVISIONS for sessions in ("false", "true")]

BOTH = {
    "dns-rebinding-protection",
    "json-schema-2020-12",
    "tools-call-error",
    "tools-call-simple-text",
    "tools-list",
}
CLAIMED = {
    ("2025-11-25", "false"): BOTH | {"ping", "server-initialize"},
    ("2025-11-25", "true"): BOTH
    | {"ping", "server-initialize", "server-session-lifecycle", "server-sse-multiple-streams"},
    ("2026-07-28", "false"): BOTH
    | {
        "caching",
        "http-custom-header-server-validation",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "server-sse-multiple-streams",
        "server-stateless",
        "tasks-dispatch-and-envelope",
        "tasks-lifecycle",
        "tasks-request-headers",
    },
}
CLAIMED["2026-07-28", "true"] = CLAIMED["2026-07-28", "false"]
"""Scenarios that must have passed checks of their own."""


@frozen
class Run:
    """What one run of the suite said."""

    exit_code: int
    said: str
    checks: Mapping[str, list[tuple[str, str]]]
    """Scenario -> (check, status)."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Run]]:
    stub = Stub()
    stub.start()
    try:
        yield {mode: run(stub.url, tmp_path_factory.mktemp("suite"), *mode) for mode in MODES}
    finally:
        stub.stop()


def run(api: str, folder: Path, revision: str, sessions: str) -> Run:
    modules = Path(os.environ["TEST_NODE"])
    suite = modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    command = [str(modules / "node" / "bin" / "node"), str(suite), "server", "--requirements", revision]
    sites = Sites(api, folder)
    url = sites.start(suited, LEDGAI_SESSIONS=sessions).served.url
    try:
        done = subprocess.run(
            [*command, "--url", url, "-o", "results", "--expected-failures", str(EXPECTED)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    finally:
        sites.stop()
    return Run(done.returncode, done.stdout[-8000:] + done.stderr[-2000:], results(folder / "results"))


def results(folder: Path) -> dict[str, list[tuple[str, str]]]:
    found = {}
    for path in sorted(folder.glob("*/checks.json")):
        named = re.fullmatch(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z", path.parent.name)
        assert named is not None, path
        found[named[1]] = [(check["id"], check["status"]) for check in json.loads(path.read_text())]
    return found


def expected() -> set[str]:
    entries = yaml.safe_load(EXPECTED.read_text())["server"]
    assert len(entries) == len(set(entries))
    return set(entries)


def failed(run: Run) -> set[str]:
    return {
        f"{scenario}:{check}"
        for scenario, checks in run.checks.items()
        for check, status in checks
        if status in ("FAILURE", "WARNING")
    }


@pytest.mark.parametrize("mode", MODES, ids="-".join)
def test_the_suite_finds_nothing_unexpected_and_checked_what_is_claimed(
    runs: dict[tuple[str, str], Run], mode: tuple[str, str]
) -> None:
    run = runs[mode]
    assert run.exit_code == 0, run.said
    assert "Baseline check passed" in run.said
    assert failed(run) <= expected()
    passed = {
        scenario
        for scenario, checks in run.checks.items()
        if any(status == "SUCCESS" and check != "wire-schema-valid" for check, status in checks)
    }
    assert CLAIMED[mode] <= passed


def test_every_message_the_server_sent_fits_the_protocols_schema(runs: dict[tuple[str, str], Run]) -> None:
    for run in runs.values():
        every = [one for checks in run.checks.values() for one in checks]
        wire = [status for check, status in every if check == "wire-schema-valid"]
        assert len(wire) > 20
        assert set(wire) == {"SUCCESS"}


def test_every_expected_failure_still_happens(runs: dict[tuple[str, str], Run]) -> None:
    """The suite lets an entry stay whose check has gone."""
    assert expected() - set().union(*(failed(run) for run in runs.values())) == set()
