"""Whether a chain is whole.

Knows: how to read a chain, also one that is being written to. Must not know: how lines are added.
"""

from __future__ import annotations

import os
from pathlib import Path

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.links import Head, is_cut_short, problem, resumed


def verify(path: Path) -> tuple[list[str], Head]:
    """Check a chain, also one that is being written to.

    Returns every problem found, by line, and where the chain stands. The beginning of a line whose writer was
    killed is none: the next writer keeps it in a line of its own. Raises OSError.
    """
    kept, size = _snapshot(path)
    problems: list[str] = []
    head = Head()
    is_head_met = kept is not None and kept.lines == 0
    with path.open("rb") as file:
        for number, whole in enumerate(file, 1):
            line = whole[: size - head.size]  # what was written since, the snapshot's head does not know
            if not line or is_cut_short(line, head):
                break
            found = problem(line, head)
            if found:
                problems.append(f"line {number}: {found}")
            head = resumed(line, head)
            is_head_met = is_head_met or (
                kept is not None and (head.lines, head.last) == (kept.lines, kept.last)
            )
    if kept is None and head.lines:
        name = heads.head_path(path).name
        problems.append(f"{name} is missing or damaged: missing last lines would not show")
    elif kept is not None and not is_head_met:
        problems.append(f"the last line that was written, number {kept.lines}, is missing or altered")
    return problems, head


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
