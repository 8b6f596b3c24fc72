"""A chain of lines shows what was done to it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from chain_writers import append

from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.links import Head, link, problem
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
    "first removed": lambda lines: lines[1:],
    "last removed": lambda lines: lines[:-1],
    "emptied": lambda lines: [],
    "last truncated": lambda lines: [*lines[:-1], lines[-1][:20]],
    "swapped": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "inserted": lambda lines: [*lines[:3], b'{"n":4,"prev":"' + b"0" * 64 + b'","number":3}\n', *lines[3:]],
    "doubled": lambda lines: lines[:3] + lines[2:],
    "rubbish": lambda lines: [*lines[:3], b"\xff\x00\n", *lines[4:]],
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
