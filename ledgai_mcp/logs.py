"""What the process says on stderr: one JSON object a line, without secrets.

Knows: how a line looks. Must not know: what is going on.

A thread of its own writes, so that a reader who does not read stops nobody; lines that find no room are left
out, and their number is said later.

Other libraries are heard from `warning` up, whatever the level: their debug lines hold headers and bodies. Of
theirs only the template of a message is kept, and of an exception type and place: texts can hold anything.
Anybody can cause them, so of each logger only the first few a minute are written, and the number of the rest.
"""

from __future__ import annotations

import atexit
import logging
import os
import select
import sys
import threading
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ledgai_mcp.writer import Sampling, Writer

if TYPE_CHECKING:
    from ledgai_mcp.audit.records import CallRecord, Record

_GATHERED = 1000
"""Lines that may wait to be written."""
_MOST = 20
"""Lines a minute of one library, or about one kind of crash."""
_EXIT_SECONDS = 1.0

_whole = threading.Lock()
"""Held while a line is written: the audit record's may go to the same stream."""
_writer: Writer[str] | None = None
_sampling = Sampling[str](_MOST)
_dropped = 0


def write_out(text: str) -> None:
    """Write to stderr and wait until it is accepted: for threads that nobody waits for.

    A reader that is gone is no error: it must not end a call.
    """
    with _whole, suppress(OSError, ValueError):
        try:
            # Not through the stream's buffer, for which the end of a process would wait.
            descriptor = sys.stderr.fileno()
        except (OSError, ValueError):  # no file behind it, as under a test
            sys.stderr.write(text)
            sys.stderr.flush()
            return
        data = text.encode("utf-8", "replace")
        while data:
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:  # shared with a program that has made it so
                select.select([], [descriptor], [])


def offer(text: str) -> None:
    """Have text written, unless too much waits already."""
    global _dropped
    if _writer is not None and not _writer.put(text):
        _dropped += 1


def flush() -> None:
    """Wait a moment until what was said is written."""
    _say_left_out(at_once=True)
    if _writer is not None:
        _writer.settle(_EXIT_SECONDS)


class _Lines:
    """What the logging library writes to."""

    write = staticmethod(offer)

    def flush(self) -> None:
        """Do nothing: the thread is at it."""


class Calls:
    """The audit sink of whoever owns the environment of a process on stdio: a line to read."""

    async def keep(self, record: Record) -> None:
        """See Sink: nothing depends on a line here."""

    def note(self, record: Record) -> None:
        """See Sink."""
        call(record)  # type: ignore[arg-type]  # there are no others without a token

    async def check(self) -> None:
        """See Sink."""


class Foreign(logging.Handler):
    """Passes on what other libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the logger, the template of the message, and the kind of an exception."""
        if not _sampling.admits(record.name):
            return
        raised = record.exc_info[1] if record.exc_info else None
        fields = {"error": type(raised).__name__, "at": place(raised)} if raised else {}
        # Our own lines hold no secret. A library's may be complete before it gets here, with what it was
        # about below the first line (asyncio shows a task with its exception).
        own = record.name.partition(".")[0] == __package__
        message = record.getMessage() if own else str(record.msg).partition("\n")[0][:200]
        _write(record.levelname.lower(), "library", logger=record.name, message=message, **fields)


def start(level: str) -> None:
    """Set the lines up; call it once, before the first."""
    global _writer
    # Here, not above: it takes a while, and the other commands have nothing to log.
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(_Lines()),  # type: ignore[arg-type]  # all it calls is there
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [Foreign()]
    root.setLevel(logging.WARNING)
    if _writer is None:
        _writer = Writer(lambda lines: write_out("".join(lines)), "stderr", _GATHERED)
        atexit.register(flush)


def say(event: str, **fields: Any) -> None:
    """Log what a person who runs the server wants to know."""
    _write("info", event, **fields)


def warn(event: str, **fields: Any) -> None:
    """Log what a person who runs the server should look at."""
    _write("warning", event, **fields)


def crash(error: BaseException, correlation: str, tool: str) -> None:
    """Log an unforeseen exception: its type and place; the id is what the caller was told."""
    if _sampling.admits(f"crash {place(error)}"):
        _write("error", "crash", id=correlation, tool=tool, error=type(error).__name__, at=place(error))


def call(record: CallRecord) -> None:
    """Log one call."""
    _write(
        "info",
        "call",
        tool=record.tool,
        decision=record.decision,
        outcome=record.outcome,
        reason=record.reason,
        status=record.status,
        milliseconds=record.milliseconds,
        bytes=record.bytes,
        subject=record.subject,
    )


def place(error: BaseException | None) -> str:
    """Return where an exception was raised: the last three frames as file:line, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-3:] if error else []
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)


def _say_left_out(*, at_once: bool = False) -> None:
    global _dropped
    for kind, count in _sampling.omitted(at_once=at_once).items():
        _log("warning", "omitted", kind=kind, count=count)
    if _dropped and _writer is not None and _writer.waiting < _GATHERED / 2:
        count, _dropped = _dropped, 0
        _log("warning", "dropped", count=count)


def _write(level: str, event: str, **fields: Any) -> None:
    _say_left_out()
    _log(level, event, **fields)


def _log(level: str, event: str, **fields: Any) -> None:
    if _writer is None:
        return
    import structlog

    getattr(structlog.get_logger(), level)(event, **fields)
