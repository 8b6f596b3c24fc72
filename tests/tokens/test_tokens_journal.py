"""Audit records: what a line holds, and that a file of lines shows what was done to it."""

from __future__ import annotations

import io
import json
import logging
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgai_mcp.audit.chain import Chain, Head, head_path, verify
from ledgai_mcp.audit.journal import AuditUnavailable, FileJournal, StreamJournal, line
from ledgai_mcp.audit.records import AuthenticationRecord, CallRecord

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
WRITER = """
import sys
from pathlib import Path
from ledgai_mcp.audit.chain import Chain
chain = Chain(Path(sys.argv[1]))
print(flush=True)
sys.stdin.read(1)  # so that all of them start at once
for number in range(int(sys.argv[3])):
    chain.append({"who": sys.argv[2], "number": number})
chain.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "audit.log"
    append(file, 6)
    return file


def append(path: Path, lines: int) -> None:
    chain = Chain(path)
    for number in range(lines):
        chain.append({"number": number})
    chain.close()


def started(path: Path, name: str, lines: int) -> subprocess.Popen[bytes]:
    """Start a process that waits for `go` and then writes."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(lines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    return writer


def go(writer: subprocess.Popen[bytes]) -> None:
    assert writer.stdin is not None
    writer.stdin.write(b"x")
    writer.stdin.flush()


def finished(writer: subprocess.Popen[bytes]) -> int:
    with writer:
        return writer.wait(60)


def journal(path: Path, stream: io.StringIO | None = None) -> FileJournal:
    return FileJournal(path, StreamJournal(lambda: stream or io.StringIO()))


def test_a_line_holds_what_happened_and_leaves_out_what_is_absent() -> None:
    assert line(CALL) == {
        "time": "2027-01-15T08:00:00.250Z",
        "event": "call",
        "request_id": "r1",
        "issuer": "ledgai",
        "subject": "alice",
        "token_id": "t1",
        "token_sha256": "a" * 64,
        "tool": "create_backtest",
        "needed": ["qc:backtests:write"],
        "held": ["qc:backtests:read", "qc:backtests:write"],
        "decision": "allowed",
        "outcome": "answered",
        "status": 200,
        "milliseconds": 12,
        "bytes": 345,
    }
    refused = AuthenticationRecord(time=0.0, request_id=None, decision="refused", reason="expired")
    assert line(refused) == {
        "time": "1970-01-01T00:00:00.000Z",
        "event": "authentication",
        "decision": "refused",
        "reason": "expired",
    }


def test_a_name_can_neither_end_a_line_nor_fill_the_disk(tmp_path: Path) -> None:
    from attrs import evolve

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


def test_a_whole_file_verifies(path: Path) -> None:
    problems, head = verify(path)
    assert problems == []
    assert head.lines == 6
    assert head.size == path.stat().st_size
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def altered(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b'"number":2', b'"number":9')


def removed(lines: list[bytes]) -> None:
    del lines[2]


def removed_first(lines: list[bytes]) -> None:
    del lines[0]


def removed_last(lines: list[bytes]) -> None:
    del lines[-1]


def emptied(lines: list[bytes]) -> None:
    lines.clear()


def altered_last(lines: list[bytes]) -> None:
    lines[-1] = lines[-1].replace(b'"number":5', b'"number":7')


def cut(lines: list[bytes]) -> None:
    lines[-1] = lines[-1][:20]


def swapped(lines: list[bytes]) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def inserted(lines: list[bytes]) -> None:
    lines.insert(3, b'{"n":4,"prev":"' + b"0" * 64 + b'","number":3}\n')


def doubled(lines: list[bytes]) -> None:
    lines.insert(3, lines[2])


def rubbish(lines: list[bytes]) -> None:
    lines[3] = b"\xff\x00\n"


HARMS = pytest.mark.parametrize(
    "harm",
    [
        altered,
        removed,
        removed_first,
        removed_last,
        emptied,
        altered_last,
        cut,
        swapped,
        inserted,
        doubled,
        rubbish,
    ],
)


@HARMS
@pytest.mark.parametrize("goes_on", [False, True], ids=["at rest", "written to afterwards"])
def test_what_was_done_to_a_file_shows(
    path: Path, harm: Callable[[list[bytes]], None], goes_on: bool
) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    harm(lines)
    path.write_bytes(b"".join(lines))
    if goes_on:
        append(path, 3)
        assert path.read_bytes().endswith(b"\n")
    problems, _ = verify(path)
    assert problems
    assert len(problems) <= 4


def test_a_missing_head_shows_also_after_writing_went_on(path: Path) -> None:
    head_path(path).unlink()
    assert verify(path)[0]
    append(path, 2)
    problems, head = verify(path)
    assert any("without the head file" in problem for problem in problems)
    assert head.lines == 9


def test_a_damaged_head_shows(path: Path) -> None:
    head_path(path).write_bytes(b"rubbish")
    assert verify(path)[0]
    append(path, 1)
    assert verify(path)[0]


def test_a_chain_goes_on_across_restarts(path: Path) -> None:
    for _ in range(3):
        append(path, 2)
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 12)


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    writers = [started(path, name, 1000) for name in ("a", "b", "c")]
    for writer in writers:
        go(writer)
    assert [finished(writer) for writer in writers] == [0, 0, 0]
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 3000)
    assert {json.loads(text)["who"] for text in path.read_text().splitlines()} == {"a", "b", "c"}


def test_a_file_that_is_being_written_verifies(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    append(path, 1)
    writer = started(path, "a", 2000)
    go(writer)
    while writer.poll() is None:
        assert verify(path)[0] == []
    assert finished(writer) == 0
    assert verify(path)[1].lines == 2001


def test_a_writer_killed_at_any_moment_leaves_a_whole_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    for _ in range(3):
        writer = started(path, "a", 10_000_000)
        go(writer)
        before = path.stat().st_size if path.exists() else 0
        while not path.exists() or path.stat().st_size < before + 10_000:
            assert writer.poll() is None
        writer.send_signal(signal.SIGKILL)
        finished(writer)
        append(path, 1)
        assert verify(path)[0] == []


def test_a_line_that_the_head_does_not_know_yet_is_adopted(path: Path) -> None:
    """What a kill between the two writes leaves behind."""
    kept = head_path(path).read_bytes()
    append(path, 1)
    head_path(path).write_bytes(kept)
    assert verify(path)[0] == []
    append(path, 1)
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 8)


def test_files_that_were_rotated_away_start_a_new_chain(tmp_path: Path) -> None:
    path, old = tmp_path / "audit.log", tmp_path / "audit.log.1"
    written = journal(path)
    written(CALL)
    written(CALL)
    os.rename(path, old)
    os.rename(head_path(path), head_path(old))
    written(CALL)
    written.close()
    assert (verify(old)[0], verify(old)[1].lines) == ([], 2)
    assert (verify(path)[0], verify(path)[1].lines) == ([], 1)


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


def test_an_empty_chain_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.touch()
    assert verify(path) == ([], Head())
