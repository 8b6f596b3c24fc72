"""State in one SQLite file: the default, shared by the processes of one machine and by the command line.

Knows: SQL, and that the file may be locked or full. Must not know: what the keys mean, how a loss is noticed.

One thread does all the work, so the event loop never waits for a disk. Every writing step is one transaction
that takes the write lock first (BEGIN IMMEDIATE): between reading a count and adding to it nobody else can
write.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, TypeVar

from ledgai_mcp.state import data_set
from ledgai_mcp.state.known_file import KnownFile
from ledgai_mcp.state.state_file import StateFile, locked
from ledgai_mcp.state.store import Family, Rotation, StateMissing, StateUnavailable

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
        self.place = f"the file {Path(path).absolute()}"
        self._file = KnownFile(StateFile(Path(path), leeway, creates, clock, steady))
        self._clock = clock
        self._steady = steady
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledgai-state")

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
            lost = self._file.known.revoked_until if self._file.known is not None else None
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
        await asyncio.get_running_loop().run_in_executor(self._thread, self._file.disconnect)
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
            self._file.remember(db)
            return result

        return await self._run(transaction)

    async def _run(self, step: Step[Result]) -> Result:
        def work() -> Result:
            try:
                return step(self._file.connected())
            except FileNotFoundError:
                self._file.disconnect()
                raise self._file.missing() from None
            except (sqlite3.Error, OSError) as error:
                self._file.disconnect()
                raise StateUnavailable(
                    f"The state file cannot be used ({type(error).__name__}: {error})."
                ) from None

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError:
            raise StateUnavailable("The state file was closed.") from None
