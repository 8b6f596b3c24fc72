"""Which data set a state file holds, and whether it is the one that was there.

Knows: its name, how often it was written, the file beside it that remembers both, how much time has surely
passed. Must not know: what else the state file keeps.

A file that was emptied, replaced by an older copy or made anew has another name or a lower generation than a
running process or the mark beside it remembers. What it has forgotten nobody can name, so whoever notices
closes it to every token issued until then.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from pathlib import Path

from attrs import frozen

TABLE = """
CREATE TABLE IF NOT EXISTS data_set (name TEXT NOT NULL, generation INTEGER NOT NULL, follows TEXT NOT NULL,
                                     revoked_until INTEGER, moment REAL NOT NULL, ticks REAL NOT NULL)
"""
_ANCESTORS = 40
_FORM = re.compile(rb"([0-9a-f]{16}) (\d{20})\n")


@frozen
class Mark:
    """A data set at some moment."""

    name: str
    generation: int
    """How often it was written; one data set never goes back."""
    follows: str = ""
    """The names of data sets whose loss was answered in this one, and of those that it is the rest of."""
    revoked_until: int | None = None
    """Up to when everything is revoked, because data was lost (Unix seconds)."""

    def has_all_of(self, known: Mark | None) -> bool:
        """Whether nothing is missing that was known, or its loss was answered already."""
        if known is None or known.name in self.follows.split():
            return True
        return self.name == known.name and self.generation >= known.generation


def begin(db: sqlite3.Connection, now: float, ticks: float, revoked_until: int | None) -> None:
    """Begin a data set, inside a transaction."""
    db.execute(TABLE)
    db.execute("DELETE FROM data_set")
    row = (secrets.token_hex(8), revoked_until, now, ticks)
    db.execute("INSERT INTO data_set VALUES (?, 0, '', ?, ?, ?)", row)


def read(db: sqlite3.Connection) -> Mark:
    """Return the mark of what is there. Raises sqlite3.Error."""
    row = db.execute("SELECT name, generation, follows, revoked_until FROM data_set").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("its data set has no name")
    return Mark(*row)


def replace(db: sqlite3.Connection, lost: Mark, revoked_until: int) -> None:
    """Give what is there a new name in place of what was lost, inside a transaction.

    It follows what is there as well: a process that knew this one must not answer the answer.
    """
    here = read(db)
    follows = " ".join([*here.follows.split(), lost.name, here.name][-_ANCESTORS:])
    statement = (
        "UPDATE data_set SET name = ?, follows = ?, revoked_until = max(coalesce(revoked_until, 0), ?)"
    )
    db.execute(statement, (secrets.token_hex(8), follows, revoked_until))


def advance(db: sqlite3.Connection, now: float, ticks: float) -> float:
    """Count a write, inside its transaction, and return a time that is surely over.

    A clock that jumped ahead must not make anything expire. So this time goes on with `ticks` (the machine's
    steady clock, whose difference is never more than what has passed, also after a restart), and never beyond
    `now`. It falls behind while nobody writes: what has expired is kept a while longer.
    """
    before, since = db.execute("SELECT moment, ticks FROM data_set").fetchone()
    moment = min(now, before + max(0.0, ticks - since))
    statement = "UPDATE data_set SET generation = generation + 1, moment = ?, ticks = ?"
    db.execute(statement, (moment, ticks))
    return float(moment)


@frozen
class Witness:
    """The mark in a file beside: it remembers while no process runs."""

    path: Path

    def read(self) -> Mark | None:
        """Return what was there last; None: nothing ever was. Raises OSError."""
        try:
            found, written = _FORM.match(self.path.read_bytes()), self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if found is None:  # whoever reads it now answers once; what cannot be read later is another loss
            return Mark(f"unreadable-{written}", 0)
        return Mark(found[1].decode(), int(found[2]))

    def write(self, mark: Mark) -> None:
        """Remember, before anybody is told that something was written: in one page, down to the disk."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{mark.name} {mark.generation:020d}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
