"""What is recorded of every call: who, what, decided how, with which outcome - never contents, never secrets.

Knows: the record. Must not know: where records go, MCP, HTTP.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from attrs import evolve, frozen

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.identity import Identity

Decision: TypeAlias = Literal["allowed", "refused", "unknown"]
Outcome: TypeAlias = Literal["answered", "failed", "crashed", "cancelled", "not_sent"]


@frozen
class CallRecord:
    """One tool call."""

    time: float
    """Unix seconds at the start."""
    request_id: str | None
    issuer: str
    subject: str
    token_id: str | None
    token_sha256: str | None
    tool: str
    needed: tuple[str, ...]
    held: tuple[str, ...]
    decision: Decision
    reason: str | None
    """Why a call was refused, or an id that the log has too when it crashed."""
    outcome: Outcome
    status: int | None
    """HTTP status of the API's last answer."""
    milliseconds: int
    bytes: int
    """Of the text that the caller received."""
    limit: str | None = None
    """The entry of `qc_limits` that refused the call."""
    sid: str | None = None
    """The refresh family, or another issuer's session, that the token comes from."""


@frozen
class SendingRecord:
    """One call that may change something and is about to be sent; its CallRecord follows."""

    time: float
    """Unix seconds."""
    request_id: str | None
    issuer: str
    subject: str
    token_id: str | None
    token_sha256: str | None
    tool: str
    sid: str | None = None
    """See CallRecord."""


@frozen
class AuthenticationRecord:
    """One token that was verified or refused, or its absence."""

    time: float
    """Unix seconds."""
    request_id: str | None
    decision: Literal["allowed", "refused", "unavailable"]
    reason: str | None = None
    """Why it was refused, as `TokenRefused.reason`; never a text."""
    issuer: str | None = None
    """Known only of tokens that were accepted, like all that follows but the hash."""
    subject: str | None = None
    token_id: str | None = None
    token_sha256: str | None = None
    held: tuple[str, ...] = ()
    sid: str | None = None
    """See CallRecord."""


def accepted(record: AuthenticationRecord, identity: Identity) -> AuthenticationRecord:
    """Add who was let in."""
    return evolve(
        record,
        decision="allowed",
        issuer=identity.issuer,
        subject=identity.subject,
        token_id=identity.token_id,
        held=tuple(sorted(identity.scopes)),
        sid=identity.family_id,
    )


def sending(record: CallRecord, now: float) -> SendingRecord:
    """Say that this call is about to be sent."""
    return SendingRecord(
        now,
        record.request_id,
        record.issuer,
        record.subject,
        record.token_id,
        record.token_sha256,
        record.tool,
        record.sid,
    )


Record: TypeAlias = AuthenticationRecord | CallRecord | SendingRecord


class AuditUnavailable(LedgaiError):
    """Nothing can be recorded, so nothing may happen: HTTP 503. `why` is for whoever runs the server."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            "Nothing was done, because it cannot be recorded at the moment. Try again soon; if that does not "
            "help, tell whoever runs the server that its audit record cannot be written."
        )


class Sink(Protocol):
    """Where records go. Nothing here may make the event loop wait."""

    async def keep(self, record: Record) -> None:
        """Return once a record is kept, for what may happen only then. Raises AuditUnavailable."""
        ...

    def note(self, record: Record) -> None:
        """Have a record kept of what has happened; it never raises."""
        ...

    async def check(self) -> None:
        """Return if records are kept. Raises AuditUnavailable."""
        ...


class Nowhere:
    """A sink that keeps nothing."""

    async def keep(self, record: Record) -> None:
        """See Sink."""

    def note(self, record: Record) -> None:
        """See Sink."""

    async def check(self) -> None:
        """See Sink."""
