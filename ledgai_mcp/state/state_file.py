"""The file of the SQLite store: made whole, and opened if nobody else can write it.

Knows: its tables and version, permissions. Must not know: what the rows mean, what was there before.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from ledgai_mcp.state import data_set
from ledgai_mcp.state.store import tell_loss

_VERSION = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS cuts (key TEXT PRIMARY KEY, until INTEGER NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS spends (counter TEXT, ticket TEXT, expires_at INTEGER NOT NULL,
                                   PRIMARY KEY (counter, ticket)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS families (id TEXT PRIMARY KEY, current TEXT NOT NULL, content TEXT NOT NULL,
                                     expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS used (family TEXT, digest TEXT, expires_at INTEGER NOT NULL,
                                 PRIMARY KEY (family, digest)) WITHOUT ROWID;
"""
_WAIT = 2.0
"""Seconds that a step waits for another process's transaction."""


@contextmanager
def locked(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction, during which nobody else can write."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@frozen
class StateFile:
    """One file, for whoever makes it or only opens it."""

    path: Path
    leeway: int
    creates: bool
    """Whether a missing or empty file is made good; see SqliteStore."""
    clock: Callable[[], float]
    steady: Callable[[], float]

    def until_now(self) -> int:
        """Return up to when tokens can have been issued by now."""
        return int(self.clock()) + self.leeway

    def opened(self, *, makes: bool) -> tuple[sqlite3.Connection, tuple[int, int]]:
        """Return a connection and which file it is, made first if it `makes` what is missing.

        Raises OSError, sqlite3.Error.
        """
        if makes and self.creates and not self.path.exists():
            self._make()
        descriptor = os.open(self.path, os.O_RDWR)
        status = os.fstat(descriptor)
        os.close(descriptor)
        if os.name != "nt" and status.st_mode & 0o007:
            # Whoever can write it can undo revocations. A group may: Kubernetes gives a volume to one.
            raise OSError("others than owner and group may open it: chmod o-rwx")
        return self._connection(self.path, is_found=True), (status.st_dev, status.st_ino)

    def _make(self) -> None:
        """Make the file beside and put it in its place whole: an empty one there is never this program's."""
        fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        os.close(
            os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        )  # the owner's from its first moment
        try:
            self._connection(fresh, is_found=False).close()
            with suppress(FileExistsError):  # another server was faster
                os.link(fresh, self.path)
        finally:
            os.unlink(fresh)

    def _connection(self, path: Path, *, is_found: bool) -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == 0 and not self.creates:
                raise sqlite3.DatabaseError("it holds no state; start the server again")
            if is_found:  # in a new one a full disk would leave in the log what is to be in the file
                db.execute("PRAGMA journal_mode = WAL")
            # FULL: a revocation that was acknowledged survives a power cut. Writes are rare.
            db.execute("PRAGMA synchronous = FULL")
            if version in (0, 1):
                with locked(db):
                    self._begin(db, self.until_now() if is_found and not version else None)
            elif version != _VERSION:
                raise sqlite3.DatabaseError("it was written by another version of this program")
        except BaseException:
            db.close()
            raise
        return db

    def _begin(self, db: sqlite3.Connection, revoked_until: int | None) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:  # another process was faster
            return
        for statement in _TABLES.split(";"):
            db.execute(statement)
        data_set.begin(db, self.clock(), self.steady(), revoked_until)
        db.execute(f"PRAGMA user_version = {_VERSION}")
        if revoked_until is not None:
            tell_loss(f"The state file {self.path} was empty", revoked_until)
