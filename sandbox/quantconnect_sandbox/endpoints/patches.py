"""Unified diffs: read from text as models and tools write them, and applied to a file.

Knows: the format and how loosely it is written (hunk counts and line numbers may be wrong, api_facts 3.4).
Must not know: projects, requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from attrs import field, frozen

HUNK = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
LOOSE_HUNK = re.compile(r"^@@(?: .*)?$")
MOST_SEARCHED = 2_000_000
"""Lines that are looked through for hunks that are elsewhere than their headers say."""
MOST_BLANKS = 20
"""Blank lines at the end of a hunk that may be no context."""
AFTER_HUNK = ("@@", "diff ", "index ", "```")


class PatchError(ValueError):
    """A patch that cannot be read or applied. The text says where."""


@frozen
class Hunk:
    """One place: lines marked " " (there and kept), "-" (there and gone), "+" (new)."""

    start: int | None
    """1-based line in the old file; a hint. None when the header has no numbers."""
    lines: tuple[tuple[str, str], ...]
    old_ends: bool = False
    """The last old line has no newline."""
    new_ends: bool = False

    @property
    def old(self) -> list[str]:
        """The lines that must be in the file."""
        return [text for mark, text in self.lines if mark != "+"]

    def shorter(self) -> Iterator[Hunk]:
        """This hunk, then without the blank lines that end it: models add some that are no context."""
        hunk = self
        yield hunk
        for _ in range(MOST_BLANKS):
            if len(hunk.lines) < 2 or hunk.lines[-1] != (" ", ""):
                return
            hunk = Hunk(hunk.start, hunk.lines[:-1], hunk.old_ends, hunk.new_ends)
            yield hunk


@frozen
class Change:
    """All hunks for one file."""

    path: str
    hunks: tuple[Hunk, ...] = field(default=())


def parsed(text: str) -> list[Change]:
    """The changes of a diff, in order. Raises PatchError."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    changes: list[Change] = []
    position = 0
    while position < len(lines):
        if _names_a_file(lines, position):
            changes.append(Change(_path(lines[position], lines[position + 1])))
            position += 2
        elif LOOSE_HUNK.match(lines[position]):
            if not changes:
                raise PatchError(
                    f"line {position + 1}: a hunk comes before the ---/+++ lines that name its file"
                )
            hunk, position = _hunk(lines, position)
            changes[-1] = Change(changes[-1].path, (*changes[-1].hunks, hunk))
        else:
            position += 1
    if not changes:
        raise PatchError("it is no unified diff: no ---/+++ lines were found")
    empty = next((change for change in changes if not change.hunks), None)
    if empty is not None:
        raise PatchError(f"there is no hunk for {empty.path}")
    return changes


def applied(change: Change, content: str) -> str:
    """The content with all hunks of a change applied, or PatchError. Line ends of untouched lines stay."""
    lines = content.split("\n")
    final = lines[-1] == ""
    if final:
        lines.pop()
    return_ = "\r" if lines and sum(line.endswith("\r") for line in lines) * 2 > len(lines) else ""
    shift, floor, searched = 0, 0, 0
    for number, whole in enumerate(change.hunks, 1):
        hunk, at = _fitted(whole, lines, shift, floor)
        searched += len(lines) if at != max(_base(whole) + shift, floor) else 0
        if searched > MOST_SEARCHED:
            raise PatchError(f"too many hunks of {change.path} are not where their headers say")
        if at is None:
            wanted = next(iter(whole.old), "")
            raise PatchError(
                f"hunk {number} does not fit {change.path}: its lines are not there, from {wanted!r} on"
            )
        replaced, there = [], at
        for mark, text in hunk.lines:
            if mark == "+":
                replaced.append(text + return_)
                continue
            if mark == " ":
                replaced.append(lines[there])
            there += 1
        lines[at:there] = replaced
        floor = at + len(replaced)
        shift = floor - there + (shift if whole.start is None else at - _base(whole))
        if floor == len(lines):
            final = not hunk.new_ends and (final or hunk.old_ends)
    return "\n".join(lines) + ("\n" if final and lines else "")


def _base(hunk: Hunk) -> int:
    """Where a hunk's header places it, 0-based; an insertion's header counts the line before it."""
    start = hunk.start or 0
    return start if not hunk.old else max(start - 1, 0)


def _fitted(whole: Hunk, lines: list[str], shift: int, floor: int) -> tuple[Hunk, int | None]:
    for hunk in whole.shorter():
        at = _place(lines, hunk, floor if hunk.start is None else _base(hunk) + shift, floor)
        if at is not None:
            return hunk, at
    return whole, None


def _place(lines: list[str], hunk: Hunk, wanted: int, floor: int) -> int | None:
    """Where the old lines are, nearest to where the header says; first exactly,
    then without trailing blanks.
    """
    old = hunk.old
    if not old:
        if hunk.start is None:
            raise PatchError("a hunk without context needs line numbers (@@ -1,0 +2,1 @@)")
        return min(max(wanted, floor), len(lines))
    first = max(wanted, floor)
    if first <= len(lines) - len(old) and _same(lines, old, first, _ended):
        return first
    exact = _nearest(lines, old, wanted, floor, _ended)
    return _nearest(lines, old, wanted, floor, str.rstrip) if exact is None else exact


def _nearest(
    lines: list[str], old: list[str], wanted: int, floor: int, key: Callable[[str], str]
) -> int | None:
    places = _places([key(line) for line in lines[floor:]], [key(text) for text in old])
    return min((floor + at for at in places), key=lambda at: abs(at - wanted), default=None)


def _places(lines: list[str], wanted: list[str]) -> Iterator[int]:
    """Everywhere the wanted lines are. As one text, so that the search is linear."""
    text, pattern = "\n".join(["", *lines, ""]), "\n".join(["", *wanted, ""])
    number = last = 0
    at = text.find(pattern)
    while at >= 0:
        number += text.count("\n", last, at)
        yield number
        last, at = at, text.find(pattern, at + 1)


def _same(lines: list[str], old: list[str], at: int, key: Callable[[str], str]) -> bool:
    return all(key(lines[at + index]) == key(text) for index, text in enumerate(old))


def _ended(line: str) -> str:
    return line.removesuffix("\r")


def _names_a_file(lines: list[str], position: int) -> bool:
    following = lines[position + 1] if position + 1 < len(lines) else ""
    return lines[position].startswith("--- ") and following.startswith("+++ ")


def _path(old: str, new: str) -> str:
    """The file's name: the new one, unless it is /dev/null; without a/ or b/, time stamps and quotes."""
    names = []
    for line, prefix in ((old, "a/"), (new, "b/")):
        name = line[4:].split("\t")[0].strip().strip('"')
        names.append(name.removeprefix(prefix))
    path = names[0] if names[1] == "/dev/null" else names[1]
    if path in ("", "/dev/null"):
        raise PatchError("the ---/+++ lines name no file")
    return path


def _hunk(lines: list[str], position: int) -> tuple[Hunk, int]:
    """One hunk: as long as its counts say if they hold, else up to the next header."""
    head = HUNK.match(lines[position])
    start = int(head[1]) if head else None
    body = position + 1
    end = _counted(lines, body, int(head[2] or 1), int(head[3] or 1)) if head else None
    if end is None:
        end = body
        while end < len(lines) and not _ends_hunk(lines, end):
            end += 1
    marked: list[tuple[str, str]] = []
    old_ends = new_ends = False
    for number, line in enumerate(lines[body:end], body + 1):
        mark, text = (line[0], line[1:]) if line else (" ", "")
        if mark == "\\":
            last = marked[-1][0] if marked else ""
            old_ends, new_ends = old_ends or last in (" ", "-"), new_ends or last in (" ", "+")
        elif mark in " -+":
            marked.append((mark, text))
        else:
            raise PatchError(f"line {number}: a line of a hunk begins with a space, - or +, not {mark!r}")
    if not marked:
        raise PatchError(f"line {position + 1}: the hunk is empty")
    return Hunk(start, tuple(marked), old_ends, new_ends), end


def _counted(lines: list[str], position: int, old: int, new: int) -> int | None:
    """Where a hunk ends by its counts; None when they are wrong."""
    while (old or new) and position < len(lines):
        mark = lines[position][:1] or " "
        if mark not in " -+\\":
            return None
        old -= mark in " -"
        new -= mark in " +"
        position += 1
        if old < 0 or new < 0:
            return None
    if old or new:
        return None
    while position < len(lines) and lines[position].startswith("\\"):
        position += 1
    after = position
    while after < len(lines) and not lines[after]:
        after += 1
    ended = after >= len(lines) or lines[after].startswith(AFTER_HUNK) or _names_a_file(lines, after)
    return position if ended else None


def _ends_hunk(lines: list[str], position: int) -> bool:
    return lines[position].startswith(("@@", "diff --git ", "```")) or _names_a_file(lines, position)
