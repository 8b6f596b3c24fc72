"""A file of JSON lines that proves that it is whole: each line holds its number and the SHA-256 of the line
before.

Knows: the chain, its head, and how several processes append. Must not know: what the lines say.

A removed or altered line shows. The last number and hash are kept in a second file beside it, so missing last
lines show as well. Who can write both files can make a new chain: keep a copy of the last hash elsewhere
(`audit verify` prints it), or ship lines off as they come.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

_START = "0" * 64
_HEAD = re.compile(rb"(\d{20}) (\d{20}) ([0-9a-f]{64})\n")


@frozen
class Head:
    """Where a chain stands: its number of lines, its size in bytes, and the hash of its last line."""

    lines: int = 0
    size: int = 0
    last: str = _START

    def after(self, line: bytes) -> Head:
        """Return the head once this line is added."""
        return Head(self.lines + 1, self.size + len(line), hashlib.sha256(line).hexdigest())

    def as_bytes(self) -> bytes:
        """Return the head file's content: of fixed width, so that one small write replaces it whole."""
        return f"{self.lines:020d} {self.size:020d} {self.last}\n".encode()


class Chain:
    """Appends lines, safe for several processes and across restarts.

    A lock on the head file is held from reading the head to replacing it. A process killed between the two
    leaves a line that the head does not know yet: the next writer checks and adopts it. What does not fit the
    chain is never repaired: writing goes on from the head, and `verify` shows the break.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log: int | None = None
        self._head: int | None = None

    def open(self) -> None:
        """Open or create the files now, so that a wrong path shows at start-up. Raises OSError."""
        self._opened()

    def append(self, content: Mapping[str, Any]) -> None:
        """Add one line, in about 0.1 ms. Raises OSError, and then nothing was added."""
        try:
            log, head = self._opened()
            _lock(head)
            try:
                _append(log, head, content)
            finally:
                _unlock(head)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in (self._log, self._head):
            if descriptor is not None:
                os.close(descriptor)
        self._log = self._head = None

    def _opened(self) -> tuple[int, int]:
        if self._log is not None and self._head is not None:
            if _is_same(self._log, self._path) and _is_same(self._head, head_path(self._path)):
                return self._log, self._head
            self.close()  # rotated: both files were moved away, and a new chain starts
        self._log = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._head = os.open(head_path(self._path), os.O_RDWR | os.O_CREAT, 0o600)
        return self._log, self._head


def encode(content: Mapping[str, Any]) -> bytes:
    """Write one line. ASCII: no character of a name can end it or reach a terminal's controls."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def head_path(path: Path) -> Path:
    """Return where a chain's head is kept: beside the file; rotate the two together."""
    return path.with_name(path.name + ".head")


def require_place(path: Path) -> None:
    """Return if a chain can be written there; nothing is made. Raises OSError."""
    for file in (path, head_path(path)):
        try:
            os.close(os.open(file, os.O_RDWR | os.O_APPEND))
        except FileNotFoundError:
            if not os.access(path.parent, os.W_OK | os.X_OK):
                raise


def verify(path: Path) -> tuple[list[str], Head]:
    """Check a chain, also one that is being written to.

    Returns every problem found, by line, and where the chain stands. Raises OSError.
    """
    kept, size = _snapshot(path)
    problems: list[str] = []
    head = Head()
    is_head_met = kept is not None and kept.lines == 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if head.size >= size:
                break  # written since: the snapshot's head does not know it
            problem = _problem(line, head)
            if problem:
                problems.append(f"line {number}: {problem}")
            head = _resumed(line, head)
            is_head_met = is_head_met or (
                kept is not None and (head.lines, head.last) == (kept.lines, kept.last)
            )
    if kept is None and head.lines:
        problems.append(f"{head_path(path).name} is missing or damaged: missing last lines would not show")
    elif kept is not None and not is_head_met:
        problems.append(f"the last line that was written, number {kept.lines}, is missing or altered")
    return problems, head


def _snapshot(path: Path) -> tuple[Head | None, int]:
    """Read the head and the file's size as they belong together: no writer is between its two steps."""
    try:
        descriptor = os.open(head_path(path), os.O_RDONLY)
    except FileNotFoundError:
        return None, path.stat().st_size
    try:
        _lock(descriptor)
        return _parse_head(os.pread(descriptor, 256, 0)), path.stat().st_size
    finally:
        os.close(descriptor)  # which also gives the lock back


def _append(log: int, head_file: int, content: Mapping[str, Any]) -> None:
    size = os.fstat(log).st_size
    kept = _parse_head(os.pread(head_file, 256, 0))
    head = kept or Head()
    if size > head.size:
        for line in _complete_lines(os.pread(log, size - head.size, head.size)):
            if _problem(line, head):
                break
            head = head.after(line)
    if kept is None and size:
        # A chain without a head may have lost its last lines unseen: say so in the chain itself.
        head = _put(log, head, {"event": "chain", "reason": "head_missing"})
    elif size and os.pread(log, 1, size - 1) != b"\n":
        os.write(log, b"\n")  # half a line stands there; it must not swallow the next one too
    head = _put(log, head, content)
    os.pwrite(head_file, Head(head.lines, os.fstat(log).st_size, head.last).as_bytes(), 0)


def _put(log: int, head: Head, content: Mapping[str, Any]) -> Head:
    line = encode({"n": head.lines + 1, "prev": head.last, **content})
    size = os.fstat(log).st_size
    written = os.write(log, line)
    if written != len(line):
        os.ftruncate(log, size)  # a full disk: half a line would read as an altered one
        raise OSError(28, "no space left for a whole line")
    return head.after(line)


def _problem(line: bytes, head: Head) -> str | None:
    entry = _entry(line)
    if entry is None:
        return "is not a record of this log"
    if entry.get("prev") != head.last:
        return "does not follow the line before: one of the two was altered, or lines between were removed"
    if entry.get("n") != head.lines + 1:
        return f"has number {entry.get('n')!r}, {head.lines + 1} was expected"
    if entry.get("event") == "chain":
        return "was written without the head file: lines before it may be missing"
    return None


def _resumed(line: bytes, head: Head) -> Head:
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


def _complete_lines(raw: bytes) -> Iterator[bytes]:
    return (line for line in raw.splitlines(keepends=True) if line.endswith(b"\n"))


def _parse_head(raw: bytes) -> Head | None:
    found = _HEAD.fullmatch(raw)
    return Head(int(found[1]), int(found[2]), found[3].decode()) if found else None


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        status, there = os.fstat(descriptor), path.stat()
    except FileNotFoundError:
        return False
    return (status.st_dev, status.st_ino) == (there.st_dev, there.st_ino)


if os.name == "nt":  # pragma: no cover - no flock there; one process per file

    def _lock(descriptor: int) -> None:
        pass

    def _unlock(descriptor: int) -> None:
        pass

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
