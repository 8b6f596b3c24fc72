"""Short-lived access tokens, single-use refresh tokens (RFC 6749 section 6), and revoking both (RFC 7009).

Knows: what a refresh grant is and what its reuse means. Must not know: HTTP, how the state is kept, tools.

Each refresh token works once and is replaced by the next. One that is replayed was copied: nobody can tell
the thief from the owner, so the whole family is revoked, access tokens included (RFC 9700 section 4.14.2).
The same happens if two requests with one token race: one gets the next token, and the other ends the family.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.identity import SealedCredentials
from ledgai_mcp.state import Family, State
from ledgai_mcp.tokens import claims
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.minting import Mint, Order
from ledgai_mcp.tokens.sealing import SealRefused
from ledgai_mcp.tokens.verification import Verifier, anonymous_id, bounded

ErrorCode: TypeAlias = Literal["invalid_grant", "invalid_scope"]

_FORM = re.compile(r"ldgr\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


@frozen
class Owner:
    """Whose a grant or a token is, as the audit record names it."""

    issuer: str
    subject: str
    token_id: str | None = None
    family_id: str | None = None


class GrantRefused(LedgaiError):
    """The refresh token is not accepted: HTTP 400 with `error` as its code (RFC 6749 section 5.2).

    `reason` and `owner` are for the audit record: a client is not told that a token was one once.
    """

    def __init__(
        self, error: ErrorCode, text: str, reason: str | None = None, owner: Owner | None = None
    ) -> None:
        super().__init__(text)
        self.error: ErrorCode = error
        self.reason = reason or error
        self.owner = owner


@frozen
class RefreshPolicy:
    """How long things live, in seconds."""

    access: int = field(default=900, validator=bounded(60, 24 * 3600))
    refresh: int = field(default=30 * 24 * 3600, validator=bounded(3600, 31 * 24 * 3600))
    """From the first mint; refreshing does not lengthen it."""


@frozen
class TokenPair:
    """What a client receives (RFC 6749 section 5.1)."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    scopes: frozenset[str]
    owner: Owner

    def as_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": self.refresh_token,
            "scope": " ".join(sorted(self.scopes)),
        }


@frozen
class _Grant:
    """What the state keeps for a family."""

    issuer: str
    order: Order
    created: int


class Refreshing:
    """Starts, continues and ends refresh families."""

    def __init__(
        self,
        mint: Mint,
        state: State,
        policy: RefreshPolicy | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mint = mint
        self._state = state
        self._policy = policy or RefreshPolicy()
        self._clock = clock

    async def start(self, order: Order) -> TokenPair:
        """Mint the first pair of a new family; the order's own life time does not matter.

        Raises MintRefused.
        """
        revoked_until = await self._state.revoked_until(self._mint.policy.issuer, order.subject)
        created = max(int(self._clock()), revoked_until + 1)
        family_id, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        pair = self._pair(order, family_id, secret, created)
        text = self._text(order, family_id, created)
        await self._state.store.add_family(
            Family(family_id, _digest(secret), text, created + self._policy.refresh)
        )
        return pair

    async def redeem(self, refresh_token: str, scopes: Iterable[str] | None = None) -> TokenPair:
        """Exchange a refresh token for the next pair.

        `scopes` may narrow the access token, never widen it; the grant keeps what it had. Raises
        GrantRefused, and StateUnavailable.
        """
        family_id, secret = _parts(refresh_token)
        family = await self._state.store.family(family_id)
        if family is None:
            raise _refused()
        if not hmac.compare_digest(family.current, _digest(secret)):
            await self._rotate(family, secret, secrets.token_urlsafe(32), family.grant)
            raise _refused()
        grant = self._grant(family)
        subject = grant.order.subject
        if await self._state.is_revoked(grant.issuer, subject, (family_id,), grant.created):
            await self._state.store.end_family(family_id)
            raise _refused("revoked", _owner(family))
        order = grant.order
        if scopes is not None:
            order = evolve(order, scopes=_narrowed(scopes, order.scopes))
        fresh = secrets.token_urlsafe(32)
        # The pair is complete before the old token is spent: a failure here costs the client nothing.
        pair = self._pair(order, family_id, fresh, grant.created)
        await self._rotate(family, secret, fresh, self._text(grant.order, family_id, grant.created))
        return pair

    async def revoke(self, token: str, verifier: Verifier) -> Owner | None:
        """Revoke an access or a refresh token, and with either its whole family (RFC 7009 section 2.1).

        Returns whose it was. A token that is not valid anyway changes nothing and is no error: None. Raises
        StateUnavailable and KeysUnavailable.
        """
        if _FORM.fullmatch(token):
            return await self._revoke_family(token)
        try:
            identity = await verifier.verify(token)
        except TokenRefused:
            return None
        # First the family: once the token is revoked, a client that repeats what failed halfway is told
        # that there is nothing left to do. This server's alone: another issuer's `sid` may stand for more,
        # and may be copied from a token of this server.
        family_id = identity.family_id if identity.issuer == self._mint.policy.issuer else None
        family = await self._state.store.family(family_id) if family_id else None
        if family is not None:
            await self._end(family)
        lasts = (identity.expires_at or 0) + self._mint.policy.leeway
        await self._state.revoke_token(identity.issuer, identity.token_id or anonymous_id(token), lasts)
        return Owner(identity.issuer, identity.subject, identity.token_id, identity.family_id)

    async def _revoke_family(self, token: str) -> Owner | None:
        family_id, secret = _parts(token)
        family = await self._state.store.family(family_id)
        if family is None:
            return None
        # Spending the token proves that the caller holds it. A family id alone, which every access token
        # shows, must not be enough to log its owner out.
        outcome = await self._state.store.rotate(
            family_id, _digest(secret), secrets.token_hex(32), family.grant
        )
        if outcome == "unknown":
            return None
        await self._end(family)
        return _owner(family)

    async def _rotate(self, family: Family, old: str, new: str, grant: str) -> None:
        outcome = await self._state.store.rotate(family.family_id, _digest(old), _digest(new), grant)
        if outcome == "reused":
            await self._end(family)
            raise _refused("reused", _owner(family))
        if outcome != "rotated":
            raise _refused()

    async def _end(self, family: Family) -> None:
        last = int(self._clock()) + self._mint.policy.longest_life + self._mint.policy.leeway
        lasts = max(last, family.expires_at)
        # First the revocation: if the second step fails, the family is dead all the same, to its last day.
        await self._state.revoke_token(self._mint.policy.issuer, family.family_id, lasts)
        await self._state.store.end_family(family.family_id)

    def _pair(self, order: Order, family_id: str, secret: str, created: int) -> TokenPair:
        # Not before the family itself, which is newer than any revocation that it has outlived.
        order = evolve(order, seconds=self._policy.access, family=family_id)
        minted = self._mint.mint(order, created - 1)
        owner = Owner(self._mint.policy.issuer, order.subject, minted.token_id, family_id)
        return TokenPair(minted.token, f"ldgr.{family_id}.{secret}", self._policy.access, order.scopes, owner)

    def _text(self, order: Order, family_id: str, created: int) -> str:
        """Write what the state keeps. Credentials are sealed to the family, with the newest key."""
        content: dict[str, Any] = {
            "iss": self._mint.policy.issuer,
            "sub": order.subject,
            "scopes": sorted(order.scopes),
            "created": created,
            "qc_limits": claims.limits_claim(order.limits),
        }
        if order.credentials is not None:
            content["qc_credentials"] = self._mint.keys.seal(order.credentials, order.subject, family_id).jwe
        return json.dumps(content, separators=(",", ":"))

    def _grant(self, family: Family) -> _Grant:
        try:
            content: dict[str, Any] = json.loads(family.grant)
            subject, credentials = content["sub"], None
            if "qc_credentials" in content:
                sealed = SealedCredentials(content["qc_credentials"])
                credentials = self._mint.keys.open(sealed, subject, family.family_id)
            limits = claims.parse_limits(content["qc_limits"])
            scopes = frozenset(content["scopes"])
            order = Order(subject, scopes, self._policy.access, limits, credentials)
            return _Grant(content["iss"], order, content["created"])
        except (ValueError, KeyError, TypeError, TokenRefused, SealRefused):
            # Sealed with a key that is gone, or written by another version: the owner has to sign in again.
            raise _refused() from None


def _parts(refresh_token: str) -> tuple[str, str]:
    # The pattern bounds the length as well.
    found = _FORM.fullmatch(refresh_token)
    if found is None:
        raise _refused()
    return found[1], found[2]


def _narrowed(asked: Iterable[str], granted: frozenset[str]) -> frozenset[str]:
    narrowed = frozenset(asked)
    if not narrowed <= granted:
        raise GrantRefused(
            "invalid_scope", "A refreshed token may have fewer scopes than its grant, not others."
        )
    return narrowed


def _refused(reason: str | None = None, owner: Owner | None = None) -> GrantRefused:
    return GrantRefused("invalid_grant", "The refresh token is not valid: sign in again.", reason, owner)


def _owner(family: Family) -> Owner | None:
    try:
        content = json.loads(family.grant)
        return Owner(content["iss"], content["sub"], None, family.family_id)
    except (ValueError, KeyError, TypeError):
        return None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
