"""Audit records: what a line holds, and that a file of lines shows what was done to it."""

import io
import json
import logging
import os
import resource
import signal
from pathlib import Path

import pytest
from attrs import asdict, evolve

from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.journal import AuditUnavailable, FileJournal, StreamJournal, line
from ledgai_mcp.audit.records import AuthenticationRecord, CallRecord
from ledgai_mcp.audit.verification import verify

CALL = CallRecord(
    time=1_800_000_000.25,
    request_id="r1",
    issuer="ledgai",
    subject="alice",
    token_id="t1",
    token_sha256="a" * 64,
    tool="create_backtest",
    needed=("qc:backtests:write",),
    held=("qc:backtests:read", "qc:backtests:write"),
    decision="allowed",
    reason=None,
    outcome="answered",
    status=200,
    milliseconds=12,
    bytes=345,
)


def journal(path: Path, stream: io.StringIO | None = None) -> FileJournal:
    return FileJournal(path, StreamJournal(lambda: stream or io.StringIO()))


def test_a_line_holds_what_happened_and_leaves_out_what_is_absent() -> None:
    told = asdict(CALL) | {"time": "2027-01-15T08:00:00.250Z", "event": "call"}
    told |= {name: list(told[name]) for name in ("needed", "held")}
    assert line(CALL) == {name: value for name, value in told.items() if value is not None}
    refused = AuthenticationRecord(time=0.0, request_id=None, decision="refused", reason="expired")
    assert line(refused) == {
        "time": "1970-01-01T00:00:00.000Z",
        "event": "authentication",
        "decision": "refused",
        "reason": "expired",
    }


def test_a_name_can_neither_end_a_line_nor_fill_the_disk(tmp_path: Path) -> None:
    hostile = evolve(CALL, tool='x"}\n{"event":"call"\r\x1b[2J\u2028' + "y" * 10_000, subject="é\0")
    stream = io.StringIO()
    StreamJournal(lambda: stream)(hostile)
    written = journal(tmp_path / "audit.log")
    written(hostile)
    written.close()
    for text in (stream.getvalue(), (tmp_path / "audit.log").read_text()):
        assert text.count("\n") == 1
        assert text.isascii()
        assert "\x1b" not in text
        assert len(text) < 2000
    assert json.loads(stream.getvalue())["audit"]["subject"] == "é\0"


def test_a_stream_without_a_reader_does_not_end_a_call() -> None:
    closed = io.StringIO()
    closed.close()
    StreamJournal(lambda: closed)(CALL)


def test_files_that_were_rotated_away_start_a_new_chain(tmp_path: Path) -> None:
    path, old = tmp_path / "audit.log", tmp_path / "audit.log.1"
    written = journal(path)
    written(CALL)
    written(CALL)
    os.rename(path, old)
    os.rename(head_path(path), head_path(old))
    other = journal(path)  # another process, which makes the new file
    other(CALL)
    written(CALL)
    for each in (written, other):
        each.close()
    assert (verify(old)[0], verify(old)[1].lines) == ([], 2)
    assert (verify(path)[0], verify(path)[1].lines) == ([], 2)


def test_a_file_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(AuditUnavailable, match="cannot be written"):
        journal(tmp_path / "nowhere" / "audit.log")


def test_a_full_disk_refuses_the_next_call_and_recovers(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO()
    written = journal(path, stream)
    written(CALL)
    written.check()
    size = path.stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
        with caplog.at_level(logging.ERROR):
            written(CALL)
        with pytest.raises(AuditUnavailable, match="cannot be written"):
            written.check()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert json.loads(stream.getvalue())["audit"]["subject"] == "alice"
    assert path.stat().st_size == size
    written.check()
    written(CALL)
    written.close()
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 9)
    assert len(caplog.records) == 1
