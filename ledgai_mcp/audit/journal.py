"""Where audit records go: a stream, or a file that proves that it is whole.

Knows: how a record becomes a line, and what to do when it cannot be written. Must not know: what is recorded,
and why.

A thread of its own writes, so a full disk, a lock or a reader that does not read stops no other request. What
may happen only once it is recorded waits for its line (`keep`), two seconds at most. What has happened is
written afterwards (`note`): a file that does not accept it is remembered, the line goes to standard error
instead, and nothing more is allowed until the file accepts lines again. Room for these lines is kept free.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from attrs import asdict, field, frozen

from ledgai_mcp.audit.chain import Chain
from ledgai_mcp.audit.links import encode
from ledgai_mcp.audit.records import AuditUnavailable, AuthenticationRecord, CallRecord, Record, SendingRecord
from ledgai_mcp.writer import Sampling, Writer

_EVENTS = {AuthenticationRecord: "authentication", CallRecord: "call", SendingRecord: "sending"}
_LONGEST_TEXT = 512
_MOST_ENTRIES = 100
_WAIT = 2.0
_GATHERED = 1000
"""Lines that may wait to be written; as many again of calls that are under way."""
_STRANGERS = 10
"""Lines a minute for each reason why somebody unknown was refused."""
ROOM = 1_000_000
"""Bytes that the disk must have left for anything to begin: what is under way ends in the record."""
_RESUMED = {"event": "resumed", "reason": "lines before this one could not be written: see standard error"}

_log = logging.getLogger(__name__)


def line(record: Record) -> dict[str, Any]:
    """Return the members of a record's line; what is absent or empty is left out.

    Names are bounded, because a caller may choose a tool's name of any length.
    """
    members = {name: _bounded(value) for name, value in asdict(record).items() if value not in (None, ())}
    return {"time": _moment(members.pop("time")), "event": _EVENTS[type(record)], **members}


class Place(Protocol):
    """Where lines can be written, by one thread, which may have to wait."""

    def append(self, *contents: Mapping[str, Any]) -> None:
        """Write lines. Raises OSError, and then none was written."""
        ...

    def free(self) -> float:
        """Return how many bytes are left. Raises OSError."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@frozen
class Stream:
    """Lines for whoever collects them; a stream cannot tell whether anybody does."""

    write: Callable[[str], None]

    def append(self, *contents: Mapping[str, Any]) -> None:
        """See Place."""
        self.write("".join(encode({"audit": content}).decode() for content in contents))

    def free(self) -> float:
        """See Place."""
        return float("inf")

    def close(self) -> None:
        """Nothing to close: the stream is not ours."""


@frozen
class _Entry:
    content: Mapping[str, Any]
    has_happened: bool = False
    """Whether the line is owed: what it tells cannot be called off any more."""
    written: Future[None] = field(factory=Future)


class Journal:
    """Records as lines at one place, which several processes may share. See Sink."""

    def __init__(self, place: Place, fallback: Stream, room: float = ROOM) -> None:
        self._place = place
        self._fallback = fallback
        self._room = room
        self._problem: str | None = None
        """Why a line was not written, until one says so."""
        self._sampling = Sampling[tuple[str, str | None]](_STRANGERS)
        self._writer = Writer(self._write, "audit", _GATHERED)

    async def keep(self, record: Record) -> None:
        """Return once the record's line is written. Raises AuditUnavailable: it is not."""
        await self._put(line(record))

    def note(self, record: Record) -> None:
        """Have a line written of what has happened. Of people who are not known, who could fill the disk,
        the first few a minute for each reason, and of the rest the number.
        """
        self._note_omitted()
        is_owed = True
        if isinstance(record, AuthenticationRecord) and record.subject is None:
            if not self._sampling.admits((record.decision, record.reason)):
                return
            is_owed = False
        most = 2 * _GATHERED if is_owed else _GATHERED
        if not self._writer.put(_Entry(line(record), is_owed), most) and is_owed:
            _log.error("A line of the audit record is lost: too many wait to be written.")

    async def check(self) -> None:
        """Return if every line could be written, or one that says otherwise. Raises AuditUnavailable."""
        self._require_progress()
        if self._problem is not None:
            await self._put(_RESUMED)

    async def close(self) -> None:
        """Write what is left, two seconds at most, and let go of the place."""
        self._note_omitted(at_once=True)
        if await asyncio.to_thread(self._writer.close, _WAIT):
            self._place.close()
        else:
            _log.error("The last %d lines of the audit record cannot be written.", self._writer.waiting)

    async def _put(self, content: Mapping[str, Any]) -> None:
        self._require_progress()
        entry = _Entry(content)
        if not self._writer.put(entry):
            raise AuditUnavailable("too many lines wait to be written")
        try:
            await asyncio.wait_for(asyncio.wrap_future(entry.written), _WAIT)
        except TimeoutError:
            raise AuditUnavailable("a line was not written in time: is the file locked?") from None

    def _require_progress(self) -> None:
        """Whoever comes later does not wait two seconds too."""
        if self._writer.busy > _WAIT:
            raise AuditUnavailable("lines are not written: the file is locked, or nobody reads the stream")

    def _note_omitted(self, *, at_once: bool = False) -> None:
        for (decision, reason), count in self._sampling.omitted(at_once=at_once).items():
            told = {"time": _moment(time.time()), "event": "omitted", "decision": decision, "reason": reason}
            self._writer.put(_Entry({**told, "count": count}))

    def _write(self, entries: list[_Entry]) -> None:
        """Write what has gathered, in the writer's thread."""
        entries = [entry for entry in entries if entry.written.set_running_or_notify_cancel()]
        try:
            is_tight = self._place.free() < self._room
        except OSError as error:
            is_tight = True
            _log.error("The room for the audit record is not known (%s).", type(error).__name__)
        if is_tight:
            for entry in entries:
                if not entry.has_happened:
                    self._fail(entry, f"less than {self._room:.0f} bytes are left on its disk")
            entries = [entry for entry in entries if entry.has_happened]
        if not self._append(entries):
            for entry in entries:  # one at a time: a short line may find room where all of them do not
                self._append([entry])

    def _append(self, entries: list[_Entry]) -> bool:
        try:
            if entries:
                self._place.append(*(entry.content for entry in entries))
        except OSError as error:
            if len(entries) == 1:
                self._fail(entries[0], error.strerror or type(error).__name__)
            return len(entries) == 1
        for entry in entries:
            if entry.content is _RESUMED:
                self._problem = None
            entry.written.set_result(None)
        return True

    def _fail(self, entry: _Entry, why: str) -> None:
        if entry.has_happened:
            _log.error("The audit record cannot be written: %s.", why)
            self._fallback.append(entry.content)
        self._problem = why
        entry.written.set_exception(AuditUnavailable(f"it cannot be written: {why}"))


def file_journal(path: Path, fallback: Stream) -> Journal:
    """Open a hash-chained file. Raises AuditUnavailable: a server without a journal does not start."""
    chain = Chain(path)
    try:
        chain.open()
    except OSError as error:
        raise AuditUnavailable(f"the audit file {path} cannot be written: {error.strerror}") from None
    return Journal(chain, fallback)


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, tuple):
        return [str(entry)[:_LONGEST_TEXT] for entry in value[:_MOST_ENTRIES]]
    return value
