"""The file beside a chain: where the chain stands, and the lock that its writers take.

Knows: its place, its form and its lock. Must not know: the chain's lines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledgai_mcp.audit.links import Head

_FORM = re.compile(rb"(\d{20}) (\d{20}) ([0-9a-f]{64})\n")


def head_path(path: Path) -> Path:
    """Return where a chain's head is kept: beside the file; rotate the two together."""
    return path.with_name(path.name + ".head")


def read(descriptor: int) -> Head | None:
    """Return the head, or None if none stands there."""
    found = _FORM.fullmatch(os.pread(descriptor, 256, 0))
    return Head(int(found[1]), int(found[2]), found[3].decode()) if found else None


def write(descriptor: int, head: Head) -> None:
    """Replace the head: of fixed width and within one page, so that a kill leaves the old one or the new."""
    os.pwrite(descriptor, f"{head.lines:020d} {head.size:020d} {head.last}\n".encode(), 0)


if os.name == "nt":  # pragma: no cover - no flock there; one process per file

    @contextmanager
    def locked(descriptor: int) -> Iterator[None]:
        """Do nothing."""
        yield

else:
    import fcntl

    @contextmanager
    def locked(descriptor: int) -> Iterator[None]:
        """Hold the lock of a chain. It is given back when the process ends, in whatever way."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
