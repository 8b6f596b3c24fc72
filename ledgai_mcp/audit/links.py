"""How one line of a chain follows the other: JSON that holds its number and the SHA-256 of the line before.

Knows: the form of a line, and what may come after which. Must not know: files, and what the lines say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

_START = "0" * 64
_CHAIN = "chain"
_CUT_SHORT = "cut_short"


@frozen
class Head:
    """Where a chain stands: its number of lines, its size in bytes, and the hash of its last line."""

    lines: int = 0
    size: int = 0
    last: str = _START

    def after(self, line: bytes) -> Head:
        """Return the head once this line is added."""
        return Head(self.lines + 1, self.size + len(line), hashlib.sha256(line).hexdigest())


def encode(content: Mapping[str, Any]) -> bytes:
    """Write one line. ASCII: no character of a name can end it or reach a terminal's controls."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def link(content: Mapping[str, Any], head: Head) -> bytes:
    """Write the line that follows the head."""
    return encode({"n": head.lines + 1, "prev": head.last, **content})


def without_head() -> dict[str, Any]:
    """Return the content that tells of a missing head file: lines before it may be missing, unseen."""
    return {"event": _CHAIN, "reason": "head_missing"}


def cut_short(text: bytes) -> dict[str, Any]:
    """Return the content that vouches for the truncated lines before it, whose writers were killed."""
    return {"event": _CUT_SHORT, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}


def vouches(line: bytes, text: bytes) -> bool | None:
    """Return whether this line vouches for these truncated lines; None: it is not there to vouch."""
    entry = _entry(line) if _CUT_SHORT.encode() in line else None
    if entry is None or entry.get("event") != _CUT_SHORT:
        return None
    return cut_short(text).items() <= entry.items()


def is_truncated(line: bytes, head: Head) -> bool:
    """Return whether this is a truncated form of the line that follows the head, ended or not.

    A system may stop between two pages of one write when its process is killed. Who could leave such a text
    could as well have added or removed the whole line: the head did not know it yet.
    """
    text, begin = line.removesuffix(b"\n"), link({}, head).removesuffix(b"}\n")
    return bool(text) and _entry(line) is None and (text.startswith(begin) or begin.startswith(text))


def problem(line: bytes, head: Head) -> str | None:
    """Return why this line does not follow the head, or None."""
    entry = _entry(line)
    if entry is None:
        return "is not a record of this log"
    if entry.get("prev") != head.last:
        return "does not follow the line before: one of the two was altered, or lines between were removed"
    if entry.get("n") != head.lines + 1:
        return f"has number {entry.get('n')!r}, {head.lines + 1} was expected"
    if entry.get("event") == _CHAIN:
        return "was written without the head file: lines before it may be missing"
    return None


def resumed(line: bytes, head: Head) -> Head:
    """Go on after a line, sound or not, so that one break is reported once and not for all that follows."""
    entry = _entry(line)
    number = None if entry is None else entry.get("n")
    lines = number if isinstance(number, int) else head.lines
    after = head.after(line)
    return Head(lines, after.size, after.last) if entry is not None else Head(lines, after.size, head.last)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and line.endswith(b"\n") else None
