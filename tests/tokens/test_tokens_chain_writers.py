"""A chain stays whole with several writers, and when they are killed."""

import json
import resource
import signal
from pathlib import Path

import pytest
from chain_writers import append, finished, go, started

from ledgai_mcp.audit.links import link
from ledgai_mcp.audit.verification import verify


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


@pytest.mark.parametrize("length", [0, 1_000_000], ids=["short", "long"])
def test_a_writer_killed_at_any_moment_leaves_a_whole_chain(tmp_path: Path, length: int) -> None:
    """Long lines: the system stops a write of several pages between two of them."""
    path = tmp_path / "audit.log"
    for _ in range(3):
        writer = started(path, "a", 100_000_000 // (length + 100), length)  # 100 MB if it is killed late
        go(writer)
        before = path.stat().st_size if path.exists() else 0
        while not path.exists() or path.stat().st_size < before + 10_000:
            assert writer.poll() is None
        writer.send_signal(signal.SIGKILL)
        finished(writer)
        assert verify(path)[0] == []
        append(path, 1)
        assert verify(path)[0] == []


def left_behind(path: Path, text: bytes) -> None:
    """Add what a killed writer leaves: the head does not know it."""
    with path.open("ab") as file:
        file.write(text)


def test_a_truncated_last_line_is_not_tampering_and_the_next_line_vouches_for_it(path: Path) -> None:
    line = link({"event": "call", "subject": "alice"}, verify(path)[1])
    left_behind(path, line[:-3])
    assert (verify(path)[0], verify(path)[1].lines) == ([], 6)
    append(path, 2)
    assert (verify(path)[0], verify(path)[1].lines) == ([], 9)
    cut, vouching = path.read_bytes().splitlines()[6:8]
    assert cut == line[:-3]
    assert json.loads(vouching)["event"] == "cut_short"


@pytest.mark.parametrize("harm", ["altered", "removed", "doubled", "vouching removed"])
def test_a_text_that_a_line_vouches_for_cannot_be_changed(path: Path, harm: str) -> None:
    left_behind(path, link({"event": "call", "subject": "alice"}, verify(path)[1])[:-3])
    append(path, 2)
    lines = path.read_bytes().splitlines(keepends=True)
    changed = {
        "altered": [lines[6].replace(b"alice", b"mallo"), *lines[7:]],
        "removed": lines[7:],
        "doubled": [lines[6], *lines[6:]],
        "vouching removed": [lines[6], *lines[8:]],
    }
    path.write_bytes(b"".join([*lines[:6], *changed[harm]]))
    assert verify(path)[0]
    append(path, 1)
    assert verify(path)[0]


def test_a_full_disk_during_the_repair_removes_nothing(path: Path) -> None:
    left_behind(path, link({"event": "call", "subject": "alice"}, verify(path)[1])[:-3])
    stood = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room in (0, 1, 20, 160):
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(stood) + room, limits[1]))
            with pytest.raises(OSError, match=r"File too large|no space"):
                append(path, 1)
            assert path.read_bytes().startswith(stood)
            assert verify(path)[0] == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    append(path, 1)
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 8)


def test_text_behind_a_carriage_return_shows_and_stays(path: Path) -> None:
    begin = link({}, verify(path)[1]).removesuffix(b"}\n")
    left_behind(path, begin + b',"subject":"alice"\rEVIDENCE\nSECOND LINE\n')
    assert verify(path)[0]
    append(path, 2)
    assert verify(path)[0]
    assert b"EVIDENCE\nSECOND LINE\n" in path.read_bytes()


@pytest.mark.parametrize("text", [b"x", b"{}", b'{"n":8,"prev":"', b'{"n":7,"prev":"' + b"0" * 64 + b'","'])
def test_a_truncated_line_that_does_not_follow_shows(path: Path, text: bytes) -> None:
    left_behind(path, text)
    assert verify(path)[0] == ["line 7: is not a record of this log"]
    append(path, 2)
    assert verify(path)[0][0].startswith("line 7: ")
