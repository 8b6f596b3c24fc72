"""Unified diffs: read from text as models and tools write them, and applied to a file.

Knows: the format and how loosely it is written (hunk counts and line numbers may be wrong, api-facts 3.4).
Must not know: projects, requests.
"""

import re
from collections.abc import Iterator

from attrs import frozen

HUNK = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
LOOSE_HUNK = re.compile(r"^@@(?: .*)?$")
MOST_HUNKS = 1000
"""Each may have to be searched in the whole file, and nobody else is answered meanwhile."""
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

    @property
    def base(self) -> int:
        """Where the header places it, 0-based; an insertion's header counts the line before it."""
        start = self.start or 0
        return max(start - 1, 0) if self.old else start


@frozen
class Change:
    """All hunks for one file."""

    path: str
    hunks: tuple[Hunk, ...] = ()


def parsed(text: str) -> list[Change]:
    """The changes of a diff, in order. Raises PatchError."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
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
        raise PatchError("this is not a unified diff: it has no ---/+++ lines")
    if sum(len(change.hunks) for change in changes) > MOST_HUNKS:
        raise PatchError(f"it has more than {MOST_HUNKS} hunks; send several patches")
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
    carriage = "\r" if sum(line.endswith("\r") for line in lines) * 2 > len(lines) else ""
    shift = floor = 0
    for number, hunk in enumerate(change.hunks, 1):
        at = _place(lines, hunk, floor if hunk.start is None else hunk.base + shift, floor)
        if at is None:
            raise PatchError(
                f"hunk {number} does not fit {change.path}: its lines are not there, from "
                f"{next(iter(hunk.old), '')!r} on"
            )
        replaced, there = [], at
        for mark, text in hunk.lines:
            if mark == "+":
                replaced.append(text + carriage)
                continue
            if mark == " ":
                replaced.append(lines[there])
            there += 1
        lines[at:there] = replaced
        floor = at + len(replaced)
        shift = floor - there + (shift if hunk.start is None else at - hunk.base)
        if floor == len(lines):
            final = not hunk.new_ends and (final or hunk.old_ends)
    return "\n".join(lines) + ("\n" if final and lines else "")


def _place(lines: list[str], hunk: Hunk, wanted: int, floor: int) -> int | None:
    """Where the old lines are, nearest to the header's place; exactly, else without trailing blanks."""
    old, first = hunk.old, max(wanted, floor)
    if not old:
        if hunk.start is None:
            raise PatchError("a hunk without context needs line numbers (@@ -1,0 +2,1 @@)")
        return min(first, len(lines))
    if [line.removesuffix("\r") for line in lines[first : first + len(old)]] == old:
        return first
    for exact in (True, False):
        below = [line.removesuffix("\r") if exact else line.rstrip() for line in lines[floor:]]
        found = _places(below, old if exact else [text.rstrip() for text in old])
        nearest = min((floor + at for at in found), key=lambda at: abs(at - wanted), default=None)
        if nearest is not None:
            return nearest
    return None


def _places(lines: list[str], wanted: list[str]) -> Iterator[int]:
    """Everywhere the wanted lines are. As one text, so that the search is linear."""
    text, pattern = "\n".join(["", *lines, ""]), "\n".join(["", *wanted, ""])
    number = last = 0
    at = text.find(pattern)
    while at >= 0:
        number += text.count("\n", last, at)
        yield number
        last, at = at, text.find(pattern, at + 1)


def _names_a_file(lines: list[str], position: int) -> bool:
    following = lines[position + 1] if position + 1 < len(lines) else ""
    return lines[position].startswith("--- ") and following.startswith("+++ ")


def _path(old: str, new: str) -> str:
    """The file's name: the new one, unless it is /dev/null; without a/ or b/, time stamps and quotes."""
    names = [line[4:].split("\t")[0].strip().strip('"') for line in (old, new)]
    path = names[0].removeprefix("a/") if names[1] == "/dev/null" else names[1].removeprefix("b/")
    if path in ("", "/dev/null"):
        raise PatchError("the ---/+++ lines name no file")
    return path


def _hunk(lines: list[str], position: int) -> tuple[Hunk, int]:
    """One hunk: as long as its counts say if they hold, else up to the next header."""
    head = HUNK.match(lines[position])
    body = position + 1
    end = _counted(lines, body, int(head[2] or 1), int(head[3] or 1)) if head else None
    if end is None:
        end = body
        while end < len(lines) and not _ends_hunk(lines, end):
            end += 1
    written = lines[body:end]
    while written and not written[-1]:
        written.pop()  # an empty line that ends a hunk may be none of the file's: models add some
    marked: list[tuple[str, str]] = []
    old_ends = new_ends = False
    for number, line in enumerate(written, body + 1):
        mark, text = line[:1] or " ", line[1:]
        if mark == "\\":
            last = marked[-1][0] if marked else ""
            old_ends, new_ends = old_ends or last in (" ", "-"), new_ends or last in (" ", "+")
        elif mark in " -+":
            marked.append((mark, text))
        else:
            raise PatchError(f"line {number}: a line of a hunk begins with a space, - or +, not {mark!r}")
    if not marked:
        raise PatchError(f"line {position + 1}: the hunk is empty")
    return Hunk(int(head[1]) if head else None, tuple(marked), old_ends, new_ends), end


def _counted(lines: list[str], position: int, old: int, new: int) -> int | None:
    """Where a hunk ends by its counts; None when they are wrong."""
    while (old > 0 or new > 0) and position < len(lines) and lines[position][:1] in ("", *" -+\\"):
        mark = lines[position][:1] or " "
        old -= mark in " -"
        new -= mark in " +"
        position += 1
    while position < len(lines) and lines[position].startswith("\\"):
        position += 1
    after = next((place for place in range(position, len(lines)) if lines[place]), len(lines))
    ended = after == len(lines) or lines[after].startswith(AFTER_HUNK) or _names_a_file(lines, after)
    return position if ended and old == new == 0 else None


def _ends_hunk(lines: list[str], position: int) -> bool:
    return lines[position].startswith(("@@", "diff --git ", "```")) or _names_a_file(lines, position)
