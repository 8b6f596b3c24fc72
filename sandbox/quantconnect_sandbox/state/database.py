"""Where a sandbox's documents survive: one SQLite file, written before an answer leaves.

Knows: rows, transactions. Must not know: what a document means, who asks.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

UPSERT = """INSERT INTO documents (kind, parent, id, body, blob) VALUES (?,?,?,?,?)
    ON CONFLICT (kind, parent, id) DO UPDATE SET body=excluded.body, blob=excluded.blob"""
"""A changed document keeps its place in the order."""


class StateError(Exception):
    """The state file cannot be used. The text says why and what to do."""


@frozen
class Row:
    """One change: a document to write, or (body None) to remove."""

    kind: str
    parent: str
    id: str
    body: str | None
    blob: bytes | None = None


class Database:
    """A SQLite file, written so that a committed change survives `kill -9` and power loss."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._usable():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
            self._prepare()

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise StateError(
                f"The state file {self._path} cannot be used: {error}. Name a file that a sandbox wrote, or "
                "a new one in a folder that exists; two sandboxes cannot share one."
            ) from error

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run(
            "CREATE TABLE IF NOT EXISTS documents (kind TEXT, parent TEXT, id TEXT, body TEXT NOT NULL,"
            " blob BLOB, place INTEGER PRIMARY KEY, UNIQUE (kind, parent, id))"
        )

    def documents(self) -> Iterator[tuple[str, str, str, dict[str, Any], bytes | None]]:
        """Every document, oldest first: kind, parent, id, body, blob."""
        select = "SELECT kind, parent, id, body, blob FROM documents ORDER BY place"
        with self._usable():
            for kind, parent, id_, body, blob in self._connection.execute(select):
                yield kind, parent, id_, json.loads(body), blob

    def commit(self, rows: Iterable[Row]) -> None:
        """Writes all rows in one transaction, or none."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            for row in rows:
                place = (row.kind, row.parent, row.id)
                if row.body is None:
                    run("DELETE FROM documents WHERE kind=? AND parent=? AND id=?", place)
                else:
                    run(UPSERT, (*place, row.body, row.blob))
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")

    def close(self) -> None:
        """Folds the write-ahead log into the file and lets go of it."""
        self._connection.close()
