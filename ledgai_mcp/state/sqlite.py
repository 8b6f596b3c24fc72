"""State in one SQLite file: the default, shared by the processes of one machine and by the command line.

Knows: SQL, and that the file may be locked, full, replaced or gone. Must not know: what the keys mean.

One thread does all the work, so the event loop never waits for a disk. Every writing step is one transaction
that takes the write lock first (BEGIN IMMEDIATE): between reading a count and adding to it nobody else can
write.

Only a server makes the file. One that is lost, emptied or replaced is noticed by its `data_set`, and then
every token issued until that moment is refused.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, TypeVar

from ledgai_mcp.state import data_set
from ledgai_mcp.state.data_set import Mark, Witness
from ledgai_mcp.state.state_file import StateFile, locked
from ledgai_mcp.state.store import Family, Rotation, StateMissing, StateUnavailable, tell_loss

Result = TypeVar("Result")

Step = Callable[[sqlite3.Connection], Result]


class SqliteStore:
    """See Store."""

    is_shared: ClassVar[bool] = True

    def __init__(
        self,
        path: str | Path,
        leeway: int = 60,
        *,
        creates: bool = False,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a path; nothing is opened yet.

        `leeway`: how far the clocks of those who issue tokens may be ahead, in seconds. `creates`: whether a
        missing file is made. `steady`: seconds that no setting of the clock moves.
        """
        self._path = Path(path)
        self.place = f"the file {self._path.absolute()}"
        self._source = StateFile(self._path, leeway, creates, clock, steady)
        self._clock = clock
        self._steady = steady
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledgai-state")
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._witness = Witness(self._path.with_name(f".{self._path.name}.mark"))
        self._known: Mark | None = None
        """The data set that was there last."""

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

        def step(db: sqlite3.Connection) -> list[int | None]:
            found = dict(db.execute(question, tuple(keys)).fetchall())
            # Any key may have been cut in what was lost.
            lost = self._known.revoked_until if self._known is not None else None
            return [
                max((cut for cut in (found.get(key), lost) if cut is not None), default=None) for key in keys
            ]

        try:
            return await self._run(step)
        except StateMissing:  # for a command, before the first server
            return [None for _ in keys]

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

    async def _write(self, step: Step[Result]) -> Result:
        def transaction(db: sqlite3.Connection) -> Result:
            with locked(db):
                over = data_set.advance(db, self._clock(), self._steady())
                for table in ("cuts", "spends", "families", "used"):
                    db.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (over,))  # noqa: S608 - fixed names
                result = step(db)
            self._remember(db)
            return result

        return await self._run(transaction)

    async def _run(self, step: Step[Result]) -> Result:
        def work() -> Result:
            try:
                return step(self._connected())
            except FileNotFoundError:
                self._disconnect()
                raise self._missing() from None
            except (sqlite3.Error, OSError) as error:
                self._disconnect()
                raise StateUnavailable(
                    f"The state file cannot be used ({type(error).__name__}: {error})."
                ) from None

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError:
            raise StateUnavailable("The state file was closed.") from None

    def _missing(self) -> StateUnavailable:
        if not self._path.absolute().parent.is_dir():
            return StateUnavailable("The state file cannot be used (its folder does not exist).")
        if self._known is not None:
            with suppress(OSError):  # gone too, it may be: whoever makes the file anew must know of the loss
                self._witness.write(self._known)
        if self._witness.path.exists():
            return StateUnavailable(
                f"The state file {self._path} is lost: bring it back, or start the server again, which then "
                "refuses every token issued before."
            )
        if self._source.creates:  # no server may take this for "nothing is revoked"
            return StateUnavailable(f"The state file {self._path} cannot be made: it leads nowhere.")
        return StateMissing(
            f"There is no state yet: `ledgai-mcp serve` makes {self._path} at its first start."
        )

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None:
            # A file that was deleted or replaced is still open here, and would go on answering without the
            # revocations that others now write to the new one.
            status = os.stat(self._path)
            if (status.st_dev, status.st_ino) == self._file:
                self._recognise(self._connection, self._known)
                return self._connection
            self._disconnect()
        # Made at the start only: a file that vanished may come back.
        connection, file = self._source.opened(makes=self._known is None)
        try:
            self._recognise(connection, self._known, self._witness.read())
            self._remember(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._file = connection, file
        return connection

    def _recognise(self, db: sqlite3.Connection, *known: Mark | None) -> None:
        """See which data set is there; in one that lacks what was known all old tokens are refused."""
        mark = data_set.read(db)
        for before in known:
            if before is not None and not mark.has_all_of(before):
                self._replace(db, before)
                mark = data_set.read(db)
        self._known = mark

    def _replace(self, db: sqlite3.Connection, lost: Mark) -> None:
        with locked(db):
            if data_set.read(db).has_all_of(lost):  # another process was faster
                return
            until = self._source.until_now()
            data_set.replace(db, lost, until)
            # A refresh token that was used or revoked in what was lost must not work again.
            db.execute("DELETE FROM families")
            db.execute("DELETE FROM used")
        self._remember(db)
        tell_loss(f"The state file {self._path} was lost or replaced by an older one", until)

    def _remember(self, db: sqlite3.Connection) -> None:
        """Write the mark beside; the lock keeps two processes from writing theirs in the wrong order."""
        with locked(db):
            self._known = data_set.read(db)
            if self._witness.read() != Mark(self._known.name, self._known.generation):
                self._witness.write(self._known)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
