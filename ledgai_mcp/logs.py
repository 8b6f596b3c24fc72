"""What the process says on stderr: one JSON object a line, without secrets.

Knows: how a line looks. Must not know: what is going on.

Other libraries are heard from `warning` up, whatever the level: their debug lines hold headers and bodies. Of
theirs only the template of a message is kept, and of an exception type and place: texts can hold anything.
"""

from __future__ import annotations

import logging
import select
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledgai_mcp.audit.records import CallRecord

_started = False


class Stderr:
    """The stream to write to: looked up at each line, and silent when nobody reads it.

    Some clients start a server and never look at its stderr. Once that pipe is full a write would wait for
    ever, and every call with it; so a line that has no room is left out.
    """

    def write(self, text: str) -> None:
        """Write a line."""
        try:
            if _has_room():
                sys.stderr.write(text)
        except (OSError, ValueError):  # a closed pipe must not end a call
            return

    def flush(self) -> None:
        """Send on what was written."""
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            return


class Foreign(logging.Handler):
    """Passes on what other libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the logger, the template of the message, and the kind of an exception."""
        raised = record.exc_info[1] if record.exc_info else None
        fields = {"error": type(raised).__name__, "at": place(raised)} if raised else {}
        # Our own lines hold no secret. A library's may be complete before it gets here, with what it was
        # about below the first line (asyncio shows a task with its exception).
        own = record.name.partition(".")[0] == __package__
        message = record.getMessage() if own else str(record.msg).partition("\n")[0][:200]
        _write(record.levelname.lower(), "library", logger=record.name, message=message, **fields)


def start(level: str) -> None:
    """Set the lines up; call it once, before the first."""
    global _started
    # Here, not above: it takes a while, and the other commands have nothing to log.
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(Stderr()),  # type: ignore[arg-type]  # all it calls is there
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [Foreign()]
    root.setLevel(logging.WARNING)
    _started = True


def say(event: str, **fields: Any) -> None:
    """Log what a person who runs the server wants to know."""
    _write("info", event, **fields)


def warn(event: str, **fields: Any) -> None:
    """Log what a person who runs the server should look at."""
    _write("warning", event, **fields)


def crash(error: BaseException, correlation: str, tool: str) -> None:
    """Log an unforeseen exception: its type and place; the id is what the caller was told."""
    _write("error", "crash", id=correlation, tool=tool, error=type(error).__name__, at=place(error))


def call(record: CallRecord) -> None:
    """Log one call; this is the audit sink of stdio."""
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


def _has_room() -> bool:
    """Whether a line can be written without waiting; a pipe says yes while it has room for 4 kB (POSIX)."""
    if sys.platform == "win32":  # where only sockets can be asked
        return True
    try:
        return bool(select.select([], [sys.stderr.fileno()], [], 0)[1])
    except (OSError, ValueError):  # no file behind it, as under a test
        return True


def _write(level: str, event: str, **fields: Any) -> None:
    if not _started:
        return
    import structlog

    getattr(structlog.get_logger(), level)(event, **fields)
