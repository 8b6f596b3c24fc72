"""A file of JSON lines that proves that it is whole: each line holds its number and the SHA-256 of the line
before.

Knows: how several processes append. Must not know: what the lines say.

A removed or altered line shows. The last number and hash are kept in a second file beside it, so missing last
lines show as well. Who can write both files can make a new chain: keep a copy of the last hash elsewhere
(`audit verify` prints it), or ship lines off as they come.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.links import Head, cut_short, is_truncated, link, problem, vouches, without_head


class Chain:
    """Appends lines, safe for several processes and across restarts.

    A lock on the head file is held from reading the head to replacing it. A process killed between the two
    leaves a line that the head does not know yet, or a truncated one: the next writer adopts the line, or
    ends the truncated one and vouches for it in a line of its own. Nothing is ever removed. Anything else
    that does not fit the chain is not repaired: writing goes on from the head, and `verify` shows the break.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log: int | None = None
        self._head: int | None = None

    def open(self) -> None:
        """Open or create the files now, so that a wrong path shows at start-up. Raises OSError."""
        self._opened()

    def append(self, *contents: Mapping[str, Any]) -> None:
        """Add lines, in about 0.1 ms, after other writers. Raises OSError, and then nothing was added."""
        try:
            log, head = self._opened()
            with heads.locked(head):
                _append(log, head, contents)
        except OSError:
            self.close()
            raise

    def free(self) -> float:
        """Return how many bytes the disk has left for lines. Raises OSError."""
        if not hasattr(os, "statvfs"):  # Windows
            return float("inf")
        found = os.statvfs(self._path.parent)
        # Some network file systems do not say.
        return found.f_bavail * found.f_frsize if found.f_blocks else float("inf")

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in (self._log, self._head):
            if descriptor is not None:
                os.close(descriptor)
        self._log = self._head = None

    def _opened(self) -> tuple[int, int]:
        if self._log is not None and self._head is not None:
            if _is_same(self._log, self._path) and _is_same(self._head, heads.head_path(self._path)):
                return self._log, self._head
            self.close()  # rotated: both files were moved away, and a new chain starts
        self._log = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._head = os.open(heads.head_path(self._path), os.O_RDWR | os.O_CREAT, 0o600)
        return self._log, self._head


def require_place(path: Path) -> None:
    """Return if a chain can be written there; nothing is made. Raises OSError."""
    for file in (path, heads.head_path(path)):
        try:
            os.close(os.open(file, os.O_RDWR | os.O_APPEND))
        except FileNotFoundError:
            if not os.access(path.parent, os.W_OK | os.X_OK):
                raise


def _append(log: int, head_file: int, contents: Sequence[Mapping[str, Any]]) -> None:
    size = os.fstat(log).st_size
    kept = heads.read(head_file)
    head = kept or Head()
    if not size:
        heads.write(head_file, kept := head)  # before the first line: a kill must not look like a lost head
    cut = b""
    if size > head.size:
        head, cut = _unknown(log, head)
    if size and os.pread(log, 1, size - 1) != b"\n":
        os.write(log, b"\n")  # it must not swallow the next line too
    if kept is None and size:
        # A chain without a head may have lost its last lines unseen: say so in the chain itself.
        head = _put(log, head, without_head())
    elif cut:
        head = _put(log, head, cut_short(cut))
    head = _put(log, head, *contents)
    heads.write(head_file, Head(head.lines, os.fstat(log).st_size, head.last))


def _unknown(log: int, head: Head) -> tuple[Head, bytes]:
    """Read what stands behind the head.

    Returns the head after all lines that fit, and the truncated lines, all ended, that stand behind them;
    none of these if anything stands there that no killed writer leaves.
    """
    cut = b""
    with os.fdopen(os.dup(log), "rb") as file:
        file.seek(head.size)
        for line in file:
            ended = line.removesuffix(b"\n") + b"\n"
            if problem(ended, head) is None and (vouches(ended, cut) or not cut):
                head, cut = head.after(ended), b""
            elif is_truncated(line, head):
                cut += ended
            else:
                return head, b""
    return head, cut


def _put(log: int, head: Head, *contents: Mapping[str, Any]) -> Head:
    lines = b""
    for content in contents:
        line = link(content, head)
        head, lines = head.after(line), lines + line
    size = os.fstat(log).st_size
    if os.write(log, lines) != len(lines):
        os.ftruncate(log, size)  # a full disk: half a line would read as an altered one
        raise OSError(errno.ENOSPC, "no space left for a whole line")
    return head


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        status, there = os.fstat(descriptor), path.stat()
    except FileNotFoundError:
        return False
    return (status.st_dev, status.st_ino) == (there.st_dev, there.st_ino)
