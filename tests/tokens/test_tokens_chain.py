"""A chain of lines shows what was done to it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from chain_writers import append, six_lines

from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.links import Head, link, problem
from ledgai_mcp.audit.verification import verify


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return six_lines(tmp_path)


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


def test_a_line_out_of_number_shows_though_its_hash_fits() -> None:
    head = Head(4, 100, "a" * 64)
    assert problem(link({}, head), head) is None
    for lines in (3, 5):
        assert problem(link({}, evolve(head, lines=lines)), head) == f"has number {lines + 1}, 5 was expected"


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


def test_an_empty_chain_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.touch()
    assert verify(path) == ([], Head())
