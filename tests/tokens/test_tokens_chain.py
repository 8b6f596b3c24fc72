"""A chain of lines shows what was done to it; what killed writers leave is whole and stays."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from chain_writers import append, six_lines
from hypothesis import given
from hypothesis import strategies as st

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.chain import _unknown
from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.links import Head, cut_short, link, problem
from ledgai_mcp.audit.verification import verify


def test_a_whole_file_verifies(path: Path) -> None:
    problems, head = verify(path)
    assert problems == []
    assert head.lines == 6
    assert head.size == path.stat().st_size
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


HARMS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "altered": lambda lines: [line.replace(b'"number":2', b'"number":9') for line in lines],
    "last altered": lambda lines: [line.replace(b'"number":5', b'"number":7') for line in lines],
    "removed": lambda lines: lines[:2] + lines[3:],
    "last removed": lambda lines: lines[:-1],
    "emptied": lambda lines: [],
    "last truncated": lambda lines: [*lines[:-1], lines[-1][:20]],
    "swapped": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "inserted": lambda lines: [*lines[:3], b'{"n":4,"prev":"' + b"0" * 64 + b'","number":3}\n', *lines[3:]],
}
"""What somebody does to the six lines."""


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("goes_on", [False, True], ids=["at rest", "written to afterwards"])
def test_tampering_shows(path: Path, harm: str, goes_on: bool) -> None:
    path.write_bytes(b"".join(HARMS[harm](path.read_bytes().splitlines(keepends=True))))
    if goes_on:
        append(path, 3)
        assert path.read_bytes().endswith(b"\n")
    problems, _ = verify(path)
    assert problems
    assert len(problems) <= 4


def test_a_line_out_of_number_shows_though_its_hash_fits() -> None:
    head = Head(4, 100, "a" * 64)
    assert problem(link({}, head), head) is None
    for lines in (3, 5):
        assert problem(link({}, evolve(head, lines=lines)), head) == f"has number {lines + 1}, 5 was expected"


def test_a_missing_or_damaged_head_shows_also_after_writing_went_on(path: Path) -> None:
    head_path(path).write_bytes(b"rubbish")
    assert verify(path)[0]
    head_path(path).unlink()
    assert verify(path)[0]
    append(path, 2)
    problems, head = verify(path)
    assert any("without the head file" in problem for problem in problems)
    assert head.lines == 9


def test_an_empty_chain_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.touch()
    assert verify(path) == ([], Head())


CONTENTS = st.dictionaries(
    st.sampled_from(["who", "event"]), st.one_of(st.integers(), st.text(max_size=20)), max_size=2
)
KILLS = st.lists(st.tuples(CONTENTS, st.floats(0, 1), st.booleans()), max_size=4)
"""Each: what was to be written, how much of it was, and whether somebody wrote afterwards."""


def leave(path: Path, content: dict[str, object], share: float) -> None:
    """Write a part of what the next writer would write, and nothing of the head: it is killed."""
    raw = path.read_bytes()
    with head_path(path).open("rb") as kept, path.open("rb+", buffering=0) as log:
        known = heads.read(kept.fileno())
        assert known is not None
        head, cut = _unknown(log.fileno(), known)
        end = b"" if raw.endswith(b"\n") else b"\n"
        planned = end + link(cut_short(cut) if cut else content, head)
        log.seek(0, os.SEEK_END)
        log.write(planned[: int(share * len(planned))])


@given(KILLS)
def test_what_killed_writers_leave_is_whole(kills: list[tuple[dict[str, object], float, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = six_lines(Path(folder))
        for content, share, goes_on in kills:
            before = path.read_bytes()
            leave(path, content, share)
            assert verify(path)[0] == []
            if goes_on:
                append(path, 1)
                assert verify(path)[0] == []
            assert path.read_bytes().startswith(before)
        append(path, 1)
        assert verify(path)[0] == []


@given(st.data())
def test_no_byte_of_a_chain_can_be_changed_removed_or_added_unseen(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = six_lines(Path(folder))
        with path.open("ab") as file:
            file.write(link({"event": "call", "who": "alice"}, verify(path)[1])[:-4])
        append(path, 2)
        raw = path.read_bytes()
        place = data.draw(st.integers(0, len(raw) - 1))
        removed = data.draw(st.integers(0, min(40, len(raw) - place)))
        added = data.draw(st.binary(min_size=0 if removed else 1, max_size=3))
        changed = raw[:place] + added + raw[place + removed :]
        path.write_bytes(changed)
        assert bool(verify(path)[0]) == (changed != raw)
        append(path, 1)
        mended = changed if changed.endswith(b"\n") else changed + b"\n"  # so the last end of line comes back
        assert bool(verify(path)[0]) == (mended != raw)
