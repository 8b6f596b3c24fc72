"""Who is calling: issuer, subject, scopes, QuantConnect credentials, limits.

Knows: the facts about a caller. Must not know: how they were proven, tools, requests.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias, TypeGuard

from attrs import field, frozen

_VISIBLE = re.compile(r"[\x21-\x7e]{1,256}")
_USER_ID = re.compile(r"[0-9]{1,19}")


def is_visible(value: Any) -> TypeGuard[str]:
    """Whether a value is a text of 1 to 256 visible ASCII characters, as every part of credentials."""
    return isinstance(value, str) and bool(_VISIBLE.fullmatch(value))


def is_user_id(value: Any) -> TypeGuard[str]:
    """Whether a value is a QuantConnect user id as text.

    A colon would move the border between user and password in HTTP Basic (RFC 7617 section 2).
    """
    return isinstance(value, str) and bool(_USER_ID.fullmatch(value))


@frozen
class Credentials:
    """A QuantConnect user's own key: what signs one request."""

    user_id: str
    api_token: str = field(repr=False)
    organization_id: str | None = None


@frozen
class SealedCredentials:
    """Credentials as a JWE (RFC 7516) that only the signer opens, as late as possible."""

    jwe: str = field(repr=False)


@frozen
class Limits:
    """What narrows a grant. None means "not limited"; an empty set means "nothing"."""

    projects: frozenset[int] | None = None
    organizations: frozenset[str] | None = None
    brokerages: frozenset[str] | None = None
    nodes: frozenset[str] | None = None
    backtests_per_day: int | None = None
    live_deployments_per_day: int | None = None


AnyCredentials: TypeAlias = Credentials | SealedCredentials | None


@frozen
class Identity:
    """One caller, for one request."""

    issuer: str
    subject: str
    scopes: frozenset[str]
    credentials: AnyCredentials = field(default=None, repr=False)
    limits: Limits = Limits()
    token_id: str | None = None
    family_id: str | None = None
    """The refresh family, or another issuer's session, that the token comes from: the claim `sid`."""
    token_sha256: str | None = None
    """For the audit record: identifies the token without holding it."""
    expires_at: int | None = None
    """Unix seconds (RFC 7519 section 4.1.4)."""

    @property
    def person(self) -> tuple[str, str]:
        """Who it is, whichever token says so."""
        return self.issuer, self.subject
