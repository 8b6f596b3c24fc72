"""Whether a chain is whole.

Knows: how to read a chain, also one that is being written to. Must not know: how lines are added.
"""

from __future__ import annotations

import os
from pathlib import Path

from attrs import define, field

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.links import Head, is_truncated, problem, resumed, vouches


def verify(path: Path) -> tuple[list[str], Head]:
    """Check a chain, also one that is being written to.

    Returns every problem found, by line, and where the chain stands. A truncated line, whose writer
    was killed, is not tampering if the next line vouches for it, or if no line was written since.
    Raises OSError.
    """
    kept, size = _snapshot(path)
    found = _Findings()
    with path.open("rb") as file:
        for whole in file:
            # What was written since, the snapshot's head does not know.
            line = whole[: size - found.head.size]
            if not line:
                break
            found.add(line)
            found.note(kept)
    if kept is None:
        found.end_truncated()
    if kept is None and found.head.size:
        name = heads.head_path(path).name
        found.problems.append(f"{name} is missing or damaged: missing last lines would not show")
    elif kept is not None and not found.is_head_met and kept.lines:
        found.problems.append(f"the last line that was written, number {kept.lines}, is missing or altered")
    return found.problems, found.head


@define
class _Findings:
    """What is wrong with the lines so far."""

    problems: list[str] = field(factory=list)
    head: Head = field(factory=Head)
    is_head_met: bool = False
    _number: int = 0
    _cut: bytes = b""
    """Truncated lines that no line has vouched for yet."""
    _cut_at: int = 0

    def add(self, line: bytes) -> None:
        """Check the next line."""
        self._number += 1
        what = problem(line, self.head)
        if what is not None and is_truncated(line, self.head):
            self._cut_at = self._cut_at if self._cut else self._number
            self._cut += line
        else:
            is_vouched = vouches(line, self._cut) if what is None else None
            if is_vouched is None:
                self.end_truncated()
            elif not is_vouched:
                what = "vouches for a text before it that was altered or removed"
            if what is not None:
                self.problems.append(f"line {self._number}: {what}")
            self._cut = b""
        self.head = resumed(line, self.head)

    def end_truncated(self) -> None:
        """Report truncated lines that nothing vouches for."""
        if self._cut:
            self.problems.append(f"line {self._cut_at}: is not a record of this log")

    def note(self, kept: Head | None) -> None:
        """Note whether the last line that is known to have been written is among these."""
        if kept is not None and (self.head.lines, self.head.last) == (kept.lines, kept.last):
            self.is_head_met = True


def _snapshot(path: Path) -> tuple[Head | None, int]:
    """Read the head and the file's size as they belong together: no writer is between its two steps."""
    try:
        descriptor = os.open(heads.head_path(path), os.O_RDONLY)
    except FileNotFoundError:
        return None, path.stat().st_size
    try:
        with heads.locked(descriptor):
            return heads.read(descriptor), path.stat().st_size
    finally:
        os.close(descriptor)
