"""Many people at once on one server, with faults, delays and cancellations: nothing crosses, nothing leaks.

A short run by default; TEST_LOAD_SECONDS=60 runs 25 tenants with 100 clients for that long.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from http_load import CLIENTS, MARK, ROUNDS, TENANTS, Bench, load, tenant
from http_process import Process, forms
from http_site import SECRET
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.transport.serving import running


@pytest.fixture
def api() -> Iterator[str]:
    with running(Configuration(port=0, speed=0)) as url:
        yield url


@pytest.mark.thorough
def test_nothing_crosses_and_nothing_leaks(api: str, tmp_path: Path) -> None:
    """Cases C40, C43 and C46."""
    state, audit = tmp_path / "state.sqlite3", tmp_path / "audit.jsonl"
    process = Process(
        api, tmp_path, LEDGAI_STATE_URL=str(state), LEDGAI_AUDIT_FILE=str(audit), LEDGAI_TIMEOUT_SECONDS="20"
    )
    bench = Bench(
        process.url, api.removesuffix("/api/v2"), [tenant(number) for number in range(1, TENANTS + 1)]
    )
    try:
        anyio.run(load, bench)
    finally:
        exit_code = process.end()
    assert exit_code == 0
    _nobody_was_mixed_up(bench)
    _audit_is_true(bench, audit)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file()).decode("latin-1")
    _no_canary(bench, kept)
    assert "Traceback" not in process.err.read_text()
    assert '"crash"' not in process.err.read_text()
    assert process.out.read_bytes() == b""
    assert bench.calls >= CLIENTS * ROUNDS
    assert bench.refused > 0


def _nobody_was_mixed_up(bench: Bench) -> None:
    users = {one.user: one for one in bench.tenants}
    marked = 0
    for entry in bench.log.values():
        assert "cookie" not in entry["headers"], entry
        if entry["user"] is None:
            # A fault, or a client that left, came before anybody looked at the signature.
            assert entry["fault"] is not None or entry["status"] is None, entry
            continue
        project = entry["arguments"].get("projectId")
        if isinstance(project, int) and project >= MARK:
            assert project // MARK == users[entry["user"]].number, entry
            marked += 1
        # delete_project is beyond the traders' scopes: it must never get this far.
        assert entry["path"] != "/projects/delete"
    assert marked > 0
    names = {one.secret_name: one for one in bench.tenants}
    seen = 0
    for one, body in bench.bodies:
        for name, owner in names.items():
            if name in body:
                assert owner is one
                seen += 1
    assert seen > 0


def _audit_is_true(bench: Bench, audit: Path) -> None:
    from ledgai_mcp.audit.verification import verify

    problems, head = verify(audit)
    assert problems == []
    records = [json.loads(line) for line in audit.read_text().splitlines()]
    assert head.lines == len(records)
    sent = [record for record in records if record["event"] == "call" and "status" in record]
    for record in sent:
        assert set(record["needed"]) <= set(record["held"])


def _no_canary(bench: Bench, kept: str) -> None:
    everything = kept + "\n".join(body for _, body in bench.bodies)
    for one in bench.tenants:
        for secret in (one.api_token, one.token, one.limited):
            for form in forms(secret):
                assert form not in everything
    for form in forms(SECRET):
        assert form not in everything
