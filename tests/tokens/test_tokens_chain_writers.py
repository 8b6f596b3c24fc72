"""A chain stays whole with several writers, and when they are killed."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from chain_writers import append, finished, go, six_lines, started

from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.links import link
from ledgai_mcp.audit.verification import verify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return six_lines(tmp_path)


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


@pytest.mark.parametrize("length", [0, 3_000, 1_000_000], ids=["short", "a page", "long"])
def test_a_writer_killed_at_any_moment_leaves_a_whole_chain(tmp_path: Path, length: int) -> None:
    """Long lines: the system stops a write of several pages between two of them."""
    path = tmp_path / "audit.log"
    for _ in range(5):
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


def test_a_line_that_the_head_does_not_know_yet_is_adopted(path: Path) -> None:
    """What a kill between the two writes leaves behind."""
    kept = head_path(path).read_bytes()
    append(path, 1)
    head_path(path).write_bytes(kept)
    assert verify(path)[0] == []
    append(path, 1)
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 8)


def test_the_beginning_of_a_line_is_kept_in_a_line_of_its_own(path: Path) -> None:
    """What a kill in the midst of a write leaves behind, cut at any place."""
    whole, stood = path.read_bytes(), head_path(path).read_bytes()
    last = verify(path)[1]
    line = link({"event": "call", "subject": "alice"}, last)
    for length in range(1, len(line)):
        path.write_bytes(whole + line[:length])
        head_path(path).write_bytes(stood)
        assert verify(path) == ([], last), length
        append(path, 1)
        problems, head = verify(path)
        assert (problems, head.lines) == ([], 8), length
        kept = json.loads(path.read_bytes().splitlines()[6])
        assert (kept["event"], kept["text"]) == ("cut_short", line[:length].decode())


def test_a_whole_line_and_the_beginning_of_the_next_are_both_kept(path: Path) -> None:
    stood, last = head_path(path).read_bytes(), verify(path)[1]
    line = link({"number": 6}, last)
    with path.open("ab") as file:
        file.write(line + link({"number": 7}, last.after(line))[:-9])
    assert head_path(path).read_bytes() == stood
    assert verify(path)[0] == []
    append(path, 1)
    problems, head = verify(path)
    assert (problems, head.lines) == ([], 9)


@pytest.mark.parametrize("text", [b"x", b"{}", b'{"n":8,"prev":"', b'{"n":7,"prev":"' + b"0" * 64 + b'","'])
def test_half_a_line_that_follows_nothing_shows(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)
    assert verify(path)[0] == ["line 7: is not a record of this log"]
    append(path, 2)
    assert verify(path)[0][0].startswith("line 7: ")


def test_a_known_line_that_was_cut_is_not_taken_for_one_whose_writer_was_killed(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])
    assert verify(path)[0] == ["the last line that was written, number 6, is missing or altered"]
    append(path, 2)
    assert verify(path)[0]
