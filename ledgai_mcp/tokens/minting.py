"""How a token is made: an order in, a signed JWT out.

Knows: the claims of our own tokens, groups and life times as people write them. Must not know: who asked,
where keys are kept, how tokens are verified.

Groups are expanded here and not when a token is used: a group that grows later never widens a token that is
out.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import jwt
from attrs import field, frozen

from ledgai_mcp import scopes
from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.identity import Credentials, Limits
from ledgai_mcp.tokens import claims
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.verification import LARGEST_TOKEN, TokenPolicy

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
_TTL = re.compile(r"(?:\d{1,9}[smhd])+")


class MintRefused(LedgaiError):
    """The order asks for a token that would not be accepted, or for scopes that do not exist."""


@frozen
class Order:
    """What a token is to say."""

    subject: str
    scopes: frozenset[str]
    """Expanded: scopes, not groups."""
    seconds: int
    limits: Limits = field(factory=Limits)
    credentials: Credentials | None = field(default=None, repr=False)
    sealed: bool = True
    """Off: credentials go into the token in the clear, for a server that cannot open a seal."""
    family: str | None = None
    """The refresh grant that the token descends from; revoking the family revokes it too."""


@frozen
class Minted:
    """A token, and what is known about it without looking inside."""

    token: str = field(repr=False)
    token_id: str
    issued_at: int
    expires_at: int


@frozen
class Mint:
    """Signs orders with the server's present key."""

    policy: TokenPolicy
    keys: KeyChain
    clock: Callable[[], float] = time.time

    def mint(self, order: Order, after: int = 0) -> Minted:
        """Make one token. Raises MintRefused, and KeyRefused if there is no key to sign with.

        `after`: up to when what the subject was issued is revoked (`State.revoked_until`). A revocation
        reaches into the next seconds, and the token is issued behind them, still within the leeway.
        """
        if not 0 < order.seconds <= self.policy.longest_life:
            raise MintRefused(
                f"A token may live at most {self.policy.longest_life} seconds here "
                f"(LEDGAI_JWT_MAX_LIFE_SECONDS), not {order.seconds}."
            )
        issued_at, token_id = max(int(self.clock()), after + 1), secrets.token_urlsafe(16)
        if order.family is not None:  # whoever revokes the token by its id means the family too
            token_id = f"{order.family}.{token_id}"
        content = self._claims(order, issued_at, token_id)
        key = self.keys.signing
        header = {} if key.kid is None else {"kid": key.kid}
        token = jwt.encode(content, key.value, algorithm="HS256", headers=header)
        if len(token) > LARGEST_TOKEN:
            raise MintRefused(
                f"The token would have {len(token)} bytes; at most {LARGEST_TOKEN} are accepted."
            )
        return Minted(token, token_id, issued_at, issued_at + order.seconds)

    def _claims(self, order: Order, issued_at: int, token_id: str) -> dict[str, Any]:
        content: dict[str, Any] = {
            "iss": self.policy.issuer,
            "aud": self.policy.audiences[0],
            "sub": order.subject,
            "iat": issued_at,
            "exp": issued_at + order.seconds,
            "jti": token_id,
            "scopes": sorted(order.scopes),
        }
        if order.family is not None:
            content["sid"] = order.family
        limits = claims.limits_claim(order.limits)
        if limits:
            content["qc_limits"] = limits
        if order.credentials is not None:
            content["qc_credentials"] = self._credentials(order, order.credentials, token_id)
        try:
            claims.identifier(content, "sub")
            claims.limits(content)
        except claims.TokenRefused as refusal:
            raise MintRefused(str(refusal)) from None
        return content

    def _credentials(self, order: Order, credentials: Credentials, token_id: str) -> str | dict[str, str]:
        if order.sealed:
            return self.keys.seal(credentials, order.subject, token_id).jwe
        plain = {"user_id": credentials.user_id, "api_token": credentials.api_token}
        if credentials.organization_id is not None:
            plain["organization_id"] = credentials.organization_id
        return plain


def expand(
    names: Iterable[str], known: Collection[str], groups: Mapping[str, Collection[str]]
) -> frozenset[str]:
    """Turn names of groups and scopes into scopes. Raises MintRefused for a name that is neither."""
    found, unknown = scopes.expand(names, known, groups)
    if unknown:
        raise MintRefused(f"There is no group or scope {unknown[0]}")
    return found


def parse_ttl(text: str) -> int:
    """Read a life time such as `8h`, `30m`, `1d12h`, in seconds. Raises MintRefused."""
    if not _TTL.fullmatch(text):
        raise MintRefused(f"A life time is written as 8h, 30m or 1d12h, not {text[:40]!r}.")
    return sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"\d+[smhd]", text))
