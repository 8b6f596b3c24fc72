"""A record that is slow, full or unread: it stops what it cannot hold, and nothing else."""

import os
import resource
import signal
import sys

import pytest
from http_site import Site, Sites, call, message, mint
from quantconnect_tools import GROUPS
from runtime_stage import Stub

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.verification import verify

CREATE = call("create_project", {"name": "p", "language": "Py"})


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgai_mcp.audit.journal._WAIT", 0.2)


def test_a_lock_on_the_audit_file_stops_nobody_else(site: Site, stub: Stub) -> None:
    token = mint(scopes=GROUPS["admin"])
    assert site.post(CREATE, token).status_code == 200
    before = len(stub.seen)
    with head_path(site.audit_file).open("rb") as head, heads.locked(head.fileno()):
        assert [site.post(CREATE, token).status_code for _ in range(2)] == [503, 503]
        assert site.request("GET", "/livez").status_code == 200
        assert site.post(CREATE).status_code == 503
    assert len(stub.seen) == before
    site.records()
    assert site.post(CREATE, token).status_code == 200
    assert verify(site.audit_file)[0] == []


@pytest.mark.parametrize(("room", "sent"), [(100, 0), (700, 0), (900, 1), (1500, 1)])
def test_every_write_on_a_nearly_full_disk_stands_in_the_record(
    site: Site, stub: Stub, room: int, sent: int
) -> None:
    """With 700 bytes left 4 of 4 writes were made, and none recorded."""
    token = mint(scopes=["qc:projects:write"])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    site.audit_file.write_bytes(b"")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        for _ in range(4):
            site.post(CREATE, token)
        announced = len(site.records("sending"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (len(stub.seen), announced) == (sent, sent)
    assert site.post(CREATE, token).status_code == 200
    assert "resumed" in {record["event"] for record in site.records()}


def test_a_stderr_that_nobody_reads_refuses_calls_and_stops_nothing_else(
    sites: Sites, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 446 requests without a token nobody was served, /livez included."""
    source, sink = os.pipe()
    os.set_blocking(sink, False)
    with open(source, "rb"), open(sink, "w") as stderr:
        try:
            while True:
                os.write(sink, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(sink, True)
        monkeypatch.setattr(sys, "stderr", stderr)
        site = sites.start(LEDGAI_AUDIT_FILE="")
        assert site.post(message("tools/list")).status_code == 401
        assert [site.post(CREATE, mint(scopes=GROUPS["admin"])).status_code for _ in range(2)] == [503, 503]
        assert site.request("GET", "/livez").status_code == 200
        assert stub.seen == []
