"""What is recorded of every call: who, what, decided how, with which outcome - never contents, never secrets.

Knows: the record. Must not know: where records go, MCP, HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import evolve, frozen

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


Sink: TypeAlias = Callable[[CallRecord], None]
"""Where records go. It must neither wait nor raise."""


def discard(record: CallRecord) -> None:
    """Keep no record."""
