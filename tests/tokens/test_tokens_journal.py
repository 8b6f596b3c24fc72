"""Audit records: what a line holds, and that a file of lines shows what was done to it."""

import json
import logging
import os
import resource
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import asdict, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.chain import Chain
from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.journal import Journal, Stream, file_journal, line
from ledgai_mcp.audit.records import AuditUnavailable, AuthenticationRecord, CallRecord
from ledgai_mcp.audit.verification import verify
from ledgai_mcp.writer import Sampling

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


pytestmark = pytest.mark.anyio
MISSING = AuthenticationRecord(time=0.0, request_id=None, decision="refused", reason="missing")


def journal(path: Path, told: list[str] | None = None) -> Journal:
    return file_journal(path, Stream([].append if told is None else told.append))


def added(path: Path) -> list[dict[str, Any]]:
    """Return what was added to the six lines."""
    return [json.loads(text) for text in path.read_text().splitlines()][6:]


def events(path: Path) -> list[str]:
    return [entry["event"] for entry in added(path)]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file of this process may grow beyond this size."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another writer holds the chain."""
    with head_path(path).open("rb") as head, heads.locked(head.fileno()):
        yield


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


async def test_a_name_can_neither_end_a_line_nor_fill_the_disk(tmp_path: Path) -> None:
    hostile = evolve(CALL, tool='x"}\n{"event":"call"\r\x1b[2J\u2028' + "y" * 10_000, subject="é\0")
    told: list[str] = []
    for written in (Journal(Stream(told.append), Stream(told.append)), journal(tmp_path / "audit.log")):
        await written.keep(hostile)
        await written.close()
    for text in (told[0], (tmp_path / "audit.log").read_text()):
        assert text.count("\n") == 1
        assert text.isascii()
        assert "\x1b" not in text
        assert len(text) < 2000
    assert json.loads(told[0])["audit"]["subject"] == "é\0"


async def test_files_that_were_rotated_away_start_a_new_chain(tmp_path: Path) -> None:
    path, old = tmp_path / "audit.log", tmp_path / "audit.log.1"
    written = journal(path)
    await written.keep(CALL)
    await written.keep(CALL)
    os.rename(path, old)
    os.rename(head_path(path), head_path(old))
    other = journal(path)  # another process, which makes the new file
    await other.keep(CALL)
    await written.keep(CALL)
    for each in (written, other):
        await each.close()
    assert (verify(old)[0], verify(old)[1].lines) == ([], 2)
    assert (verify(path)[0], verify(path)[1].lines) == ([], 2)


def test_a_file_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(AuditUnavailable) as caught:
        journal(tmp_path / "nowhere" / "audit.log")
    assert "cannot be written" in caught.value.why
    assert str(tmp_path) not in str(caught.value)  # callers read this one


async def test_a_full_disk_refuses_the_next_call_and_recovers(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    written = journal(path, told)
    await written.keep(CALL)
    await written.check()
    size = verify(path)[1].size
    with at_most(size + 10), caplog.at_level(logging.ERROR):
        written.note(CALL)
        with pytest.raises(AuditUnavailable):
            await written.keep(CALL)
        with pytest.raises(AuditUnavailable):
            await written.check()
    assert [json.loads(text)["audit"]["subject"] for text in told] == ["alice"]
    assert verify(path)[1].size == size
    await written.check()
    written.note(CALL)
    await written.close()
    assert verify(path)[0] == []
    assert events(path) == ["call", "resumed", "call"]
    assert len(caplog.records) == 1


async def test_lines_written_together_are_a_chain_like_lines_written_one_by_one(tmp_path: Path) -> None:
    together, single = Chain(tmp_path / "a"), Chain(tmp_path / "b")
    together.append(*({"number": number} for number in range(5)))
    for number in range(5):
        single.append({"number": number})
    for chain in (together, single):
        chain.close()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert verify(tmp_path / "a")[0] == []


async def test_what_is_under_way_still_finds_room_when_nothing_more_may_begin(path: Path) -> None:
    written = Journal(Chain(path), Stream([].append), room=2.0**62)
    for begin in (written.keep(CALL), written.check()):
        with pytest.raises(AuditUnavailable) as caught:
            await begin
        assert "bytes are left on its disk" in caught.value.why
    written.note(CALL)
    written.note(MISSING)
    await written.close()
    assert events(path) == ["call"]


async def test_a_lock_that_somebody_holds_refuses_and_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledgai_mcp.audit.journal._WAIT", 0.1)
    written = journal(path)
    with locked(path):
        with pytest.raises(AuditUnavailable) as caught:
            await written.keep(CALL)
        assert "not written in time" in caught.value.why
        waited = evolve(CALL, tool="withdrawn")
        for begin in (written.keep(waited), written.check()):
            with pytest.raises(AuditUnavailable) as caught:
                await begin  # at once: the thread is known to wait
        assert "locked" in caught.value.why
        written.note(evolve(CALL, tool="owed"))
    assert written._writer.settle(60)
    await written.check()
    await written.close()
    assert verify(path)[0] == []
    assert [entry.get("tool") for entry in added(path)] == ["create_backtest", "owed"]


async def test_no_more_lines_gather_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgai_mcp.audit.journal._WAIT", 0.1)
    monkeypatch.setattr("ledgai_mcp.audit.journal._GATHERED", 3)
    read, told = threading.Event(), list[str]()

    def unread(text: str) -> None:
        read.wait(60)
        told.append(text)

    written = Journal(Stream(unread), Stream(unread))
    for _ in range(20):
        written.note(CALL)
    assert written._writer.waiting <= 6
    with pytest.raises(AuditUnavailable):
        await written.keep(CALL)
    read.set()
    await written.close()
    assert 1 <= "".join(told).count("\n") <= 12  # six that gathered while six were being written


async def test_of_strangers_the_first_few_a_minute_are_recorded_and_the_number_of_the_rest(
    path: Path,
) -> None:
    """Whoever has no token must not be able to fill the disk."""
    written = journal(path)
    for _ in range(50):
        written.note(MISSING)
        written.note(evolve(MISSING, subject="alice", reason="reused"))
    written.note(evolve(MISSING, reason="expired"))
    await written.close()
    lines = added(path)
    assert Counter(line["reason"] for line in lines) == {"missing": 11, "reused": 50, "expired": 1}
    (omitted,) = [line for line in lines if line["event"] == "omitted"]
    assert (omitted["decision"], omitted["count"]) == ("refused", 40)
    assert verify(path)[0] == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40)), max_size=60))
@settings(max_examples=25)
def test_what_is_sampled_and_what_is_omitted_are_all(lines: list[tuple[str, int]]) -> None:
    now, written, omitted = [0.0], Counter[str](), Counter[str]()
    sampling = Sampling[str](3, lambda: now[0])
    for kind, seconds in lines:
        now[0] += seconds
        omitted.update(sampling.omitted())
        written.update({kind: sampling.admits(kind)})
    omitted.update(sampling.omitted(at_once=True))
    assert written + omitted == Counter(kind for kind, _ in lines)
    assert all(count <= 3 * (now[0] // 60 + 1) for count in written.values())
