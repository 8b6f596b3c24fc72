"""The state file that was there before, or one whose loss is answered.

Knows: the connection, and that the file may be replaced or gone. Must not know: what the state file keeps.

Only a server makes the file. One that is lost, emptied or replaced is noticed by its `data_set`, and then
every token issued until that moment is refused.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress

from ledgai_mcp.state import data_set
from ledgai_mcp.state.data_set import Mark, Witness
from ledgai_mcp.state.state_file import StateFile, locked
from ledgai_mcp.state.store import StateMissing, StateUnavailable, tell_loss


class KnownFile:
    """One file, for one thread."""

    def __init__(self, source: StateFile) -> None:
        self._source = source
        self._witness = Witness(source.path.with_name(f".{source.path.name}.mark"))
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self.known: Mark | None = None
        """The data set that was there last."""

    def missing(self) -> StateUnavailable:
        """Return why there is no file; StateMissing, for a command, if there never was one."""
        path = self._source.path
        if not path.absolute().parent.is_dir():
            return StateUnavailable("The state file cannot be used (its folder does not exist).")
        if self.known is not None:
            with suppress(OSError):  # gone too, it may be: whoever makes the file anew must know of the loss
                self._witness.write(self.known)
        if self._witness.path.exists():
            return StateUnavailable(
                f"The state file {path} is lost: bring it back, or start the server again, which then "
                "refuses every token issued before."
            )
        if self._source.creates:  # no server may take this for "nothing is revoked"
            return StateUnavailable(f"The state file {path} cannot be made: it leads nowhere.")
        return StateMissing(f"There is no state yet: `ledgai-mcp serve` makes {path} at its first start.")

    def connected(self) -> sqlite3.Connection:
        """Return a connection to the file that is there now. Raises OSError, sqlite3.Error."""
        if self._connection is not None:
            # A file that was deleted or replaced is still open here, and would go on answering without the
            # revocations that others now write to the new one.
            status = os.stat(self._source.path)
            if (status.st_dev, status.st_ino) == self._file:
                self._recognise(self._connection, self.known)
                return self._connection
            self.disconnect()
        # Made at the start only: a file that vanished may come back.
        connection, file = self._source.opened(makes=self.known is None)
        try:
            with locked(connection):  # nobody writes the mark meanwhile: a new one is empty for a moment
                marked = self._witness.read()
            self._recognise(connection, self.known, marked)
            self.remember(connection)
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
        self.known = mark

    def _replace(self, db: sqlite3.Connection, lost: Mark) -> None:
        with locked(db):
            if data_set.read(db).has_all_of(lost):  # another process was faster
                return
            until = self._source.until_now()
            data_set.replace(db, lost, until)
            # A refresh token that was used or revoked in what was lost must not work again.
            db.execute("DELETE FROM families")
            db.execute("DELETE FROM used")
        self.remember(db)
        tell_loss(f"The state file {self._source.path} was lost or replaced by an older one", until)

    def remember(self, db: sqlite3.Connection) -> None:
        """Write the mark beside; the lock keeps two processes from writing theirs in the wrong order."""
        with locked(db):
            self.known = data_set.read(db)
            if self._witness.read() != Mark(self.known.name, self.known.generation):
                self._witness.write(self.known)

    def disconnect(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
