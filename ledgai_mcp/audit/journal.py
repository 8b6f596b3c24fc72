"""Where audit records go: a stream, or a file that proves that it is whole.

Knows: how a record becomes a line, and what to do when it cannot be written. Must not know: what is recorded,
and why.

A journal is called after the fact, when an exception would only hide what happened. So it never raises: a
file that cannot be written is remembered, the line goes to standard error instead, and `check` refuses from
then on, before the next call, until the file accepts lines again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from attrs import asdict, frozen

from ledgai_mcp.audit.chain import Chain
from ledgai_mcp.audit.links import encode
from ledgai_mcp.audit.records import AuthenticationRecord, CallRecord
from ledgai_mcp.errors import LedgaiError

Record: TypeAlias = AuthenticationRecord | CallRecord

_EVENTS = {AuthenticationRecord: "authentication", CallRecord: "call"}
_LONGEST_TEXT = 512
_MOST_ENTRIES = 100

_log = logging.getLogger(__name__)


class AuditUnavailable(LedgaiError):
    """Nothing can be recorded, so nothing may happen: HTTP 503."""


def line(record: Record) -> dict[str, Any]:
    """Return the members of a record's line; what is absent or empty is left out.

    Names are bounded, because a caller may choose a tool's name of any length.
    """
    members = {name: _bounded(value) for name, value in asdict(record).items() if value not in (None, ())}
    moment = datetime.fromtimestamp(members.pop("time"), UTC).isoformat(timespec="milliseconds")
    return {"time": moment.replace("+00:00", "Z"), "event": _EVENTS[type(record)], **members}


class Written(Protocol):
    """What a stream has to be able to do."""

    def write(self, text: str, /) -> object:
        """Take a line."""
        ...

    def flush(self) -> None:
        """Send on what was written."""
        ...


@frozen
class StreamJournal:
    """Records as JSON lines on a stream, looked up at each line: standard error, for whoever collects it."""

    stream: Callable[[], Written]

    def __call__(self, record: Record) -> None:
        """Write one record; a reader that is gone does not end a call."""
        try:
            self.stream().write(encode({"audit": line(record)}).decode())
            self.stream().flush()
        except (OSError, ValueError):
            return

    def check(self) -> None:
        """Nothing to check: a stream cannot tell whether anybody reads it."""

    def close(self) -> None:
        """Nothing to close: the stream is not ours."""


class FileJournal:
    """Records in a hash-chained file, which several processes may share."""

    def __init__(self, path: Path, fallback: StreamJournal) -> None:
        """Open the file. Raises AuditUnavailable, so that a server without a journal does not start."""
        self._path = path
        self._fallback = fallback
        self._chain = Chain(path)
        self._failed = False
        try:
            self._chain.open()
        except OSError as error:
            raise AuditUnavailable(f"The audit file {path} cannot be written: {error.strerror}.") from None

    def __call__(self, record: Record) -> None:
        """Write one record, to the stream if the file does not accept it."""
        try:
            self._chain.append(line(record))
        except OSError as error:
            _log.error("The audit file cannot be written (%s).", type(error).__name__)
            self._failed = True
            self._fallback(record)

    def check(self) -> None:
        """Return if the last line could be written, or one can be now. Raises AuditUnavailable."""
        if not self._failed:
            return
        try:
            self._chain.append({"event": "resumed", "reason": "lines before this one went to standard error"})
        except OSError as error:
            raise AuditUnavailable(
                f"The audit file {self._path} cannot be written: {error.strerror}."
            ) from None
        self._failed = False

    def close(self) -> None:
        """Let go of the files."""
        self._chain.close()


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, tuple):
        return [str(entry)[:_LONGEST_TEXT] for entry in value[:_MOST_ENTRIES]]
    return value
