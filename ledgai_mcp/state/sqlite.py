"""State in one SQLite file: the default, shared by the processes of one machine and by the command line.

Knows: SQL, and that the file may be locked, full, replaced or gone. Must not know: what the keys mean.

One thread does all the work, so the event loop never waits for a disk. Every writing step is one transaction
that takes the write lock first (BEGIN IMMEDIATE): between reading a count and adding to it nobody else can
write.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, TypeVar

from ledgai_mcp.state.store import Family, Rotation, StateUnavailable

Result = TypeVar("Result")

_VERSION = 1
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

Step = Callable[[sqlite3.Connection], Result]


class SqliteStore:
    """See Store."""

    is_shared: ClassVar[bool] = True

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time) -> None:
        self._path = Path(path)
        self.place = f"the file {self._path.absolute()}"
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledgai-state")
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    async def cut(self, key: str, until: int, expires_at: int) -> None:
        """See Store."""
        statement = (
            "INSERT INTO cuts VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "until = max(until, excluded.until), expires_at = max(expires_at, excluded.expires_at)"
        )
        await self._write(lambda db: db.execute(statement, (key, until, expires_at)))

    async def cuts(self, keys: Sequence[str]) -> list[int | None]:
        """See Store."""
        marks = ",".join("?" * len(keys))
        question = f"SELECT key, until FROM cuts WHERE key IN ({marks})"  # noqa: S608 - only question marks
        found = dict(await self._run(lambda db: db.execute(question, tuple(keys)).fetchall()))
        return [found.get(key) for key in keys]

    async def spend(self, counter: str, ticket: str, limit: int, expires_at: int) -> bool:
        """See Store."""
        statement = (
            "INSERT INTO spends SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM spends WHERE counter = ?1) < ?4"
        )
        row = (counter, ticket, expires_at, limit)
        return await self._write(lambda db: db.execute(statement, row).rowcount == 1)

    async def refund(self, counter: str, ticket: str) -> None:
        """See Store."""
        await self._write(
            lambda db: db.execute("DELETE FROM spends WHERE counter = ? AND ticket = ?", (counter, ticket))
        )

    async def add_family(self, family: Family) -> None:
        """See Store."""
        row = (family.family_id, family.current, family.grant, family.expires_at)
        await self._write(lambda db: db.execute("INSERT INTO families VALUES (?, ?, ?, ?)", row))

    async def family(self, family_id: str) -> Family | None:
        """See Store."""
        row = await self._run(lambda db: self._family_row(db, family_id))
        return None if row is None else Family(*row)

    async def rotate(self, family_id: str, old: str, new: str, grant: str) -> Rotation:
        """See Store."""

        def step(db: sqlite3.Connection) -> Rotation:
            row = self._family_row(db, family_id)
            if row is None:
                return "unknown"
            if row[1] == old:
                db.execute("INSERT INTO used VALUES (?, ?, ?)", (family_id, old, row[3]))
                db.execute(
                    "UPDATE families SET current = ?, content = ? WHERE id = ?", (new, grant, family_id)
                )
                return "rotated"
            was = db.execute(
                "SELECT 1 FROM used WHERE family = ? AND digest = ?", (family_id, old)
            ).fetchone()
            return "reused" if was else "unknown"

        return await self._write(step)

    async def end_family(self, family_id: str) -> None:
        """See Store."""

        def step(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM families WHERE id = ?", (family_id,))
            db.execute("DELETE FROM used WHERE family = ?", (family_id,))

        await self._write(step)

    async def check(self) -> None:
        """See Store."""
        await self._run(lambda db: db.execute("SELECT 1 FROM cuts LIMIT 1").fetchall())

    async def close(self) -> None:
        """See Store."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _family_row(self, db: sqlite3.Connection, family_id: str) -> tuple[str, str, str, int] | None:
        question = "SELECT id, current, content, expires_at FROM families WHERE id = ? AND expires_at > ?"
        row: tuple[str, str, str, int] | None = db.execute(question, (family_id, self._clock())).fetchone()
        return row

    def _tidy(self, db: sqlite3.Connection) -> None:
        for table in ("cuts", "spends", "families", "used"):
            db.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (self._clock(),))  # noqa: S608 - fixed names

    async def _write(self, step: Step[Result]) -> Result:
        def transaction(db: sqlite3.Connection) -> Result:
            db.execute("BEGIN IMMEDIATE")
            try:
                self._tidy(db)
                result = step(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            return result

        return await self._run(transaction)

    async def _run(self, step: Step[Result]) -> Result:
        def work() -> Result:
            try:
                return step(self._connected())
            except (sqlite3.Error, OSError) as error:
                self._disconnect()
                raise StateUnavailable(
                    f"The state file cannot be used ({type(error).__name__}: {error})."
                ) from None

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError:
            raise StateUnavailable("The state file was closed.") from None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None:
            # A file that was deleted or replaced is still open here, and would go on answering without the
            # revocations that others now write to the new one.
            status = os.stat(self._path)
            if (status.st_dev, status.st_ino) == self._file:
                return self._connection
            self._disconnect()
        # Created by hand, so that it is the owner's alone from its first moment; and created at the start
        # only: a file that vanished took its revocations along, and an empty one in its place would allow
        # what they forbid.
        creating = os.O_CREAT if self._file is None else 0
        descriptor = os.open(self._path, os.O_RDWR | creating, 0o600)
        status = os.fstat(descriptor)
        os.close(descriptor)
        if os.name != "nt" and status.st_mode & 0o007:
            # Whoever can write it can undo revocations. A group may: Kubernetes gives a volume to one.
            raise OSError("others than owner and group may open it: chmod o-rwx")
        connection = sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._file = connection, (status.st_dev, status.st_ino)
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    # FULL: a revocation that was acknowledged survives a power cut. Writes are rare; reads do not pay for it.
    db.execute("PRAGMA synchronous = FULL")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == _VERSION:
        return
    if version != 0:
        raise sqlite3.DatabaseError("it was written by another version of this program")
    db.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")
