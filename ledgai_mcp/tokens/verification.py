"""How a raw token becomes an Identity, or a refusal.

Knows: the compact form of a JWT, the policy it must meet, PyJWT. Must not know: tools, requests, where keys
are kept, and how the state keeps revocations.

The order is: size, form, header, key, signature, claims, revocation. Nothing that the token says is believed
before its signature is checked, except which issuer and which key it names: they choose among the keys that
are trusted for that issuer. The key, not the token, says which algorithms it is for.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from attrs import field, frozen
from jwt.algorithms import OKPAlgorithm
from jwt.utils import base64url_decode

from ledgai_mcp.identity import Identity
from ledgai_mcp.state import State
from ledgai_mcp.tokens import claims, jwks
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.issuers import Issuer
from ledgai_mcp.tokens.keys import KeySource, VerificationKey

LARGEST_TOKEN = 16 * 1024
"""Bytes, checked before anything is decoded, so that the answer is the same whichever HTTP parser is
installed.
"""

ALGORITHMS = frozenset({"HS256", *(name for names in jwks.ALGORITHMS.values() for name in names)})
"""All that any key may have. `none` in any spelling is not among them, and the comparison is exact."""

_KEY_CARRIERS = ("jwk", "jku", "x5u", "x5c")
"""RFC 7515 section 4.1: parameters by which a token would bring, or point at, the key to check itself with.
"""

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_KID = re.compile(r"[\x21-\x7e]{1,256}")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_REMEMBERED = 256
"""How many unknown scope names are remembered as already logged; past that they are not logged at all."""

_JWS = jwt.PyJWS()
_JWS.register_algorithm("Ed25519", OKPAlgorithm())  # RFC 9864 section 2.2; PyJWT has the old name EdDSA only

_log = logging.getLogger(__name__)


def bounded(low: int, high: int) -> Callable[[Any, Any, int], None]:
    """Return a validator for whole numbers between two bounds, both included; it raises ValueError."""

    def check(_: Any, attribute: Any, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{attribute.name} must be a whole number from {low} to {high}, not {value!r}.")

    return check


def _filled(_: Any, attribute: Any, value: str) -> None:
    # An empty audience or issuer would accept what was made for somebody else's service.
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{attribute.name} must not be empty.")


def _all_filled(_: Any, attribute: Any, values: tuple[str, ...]) -> None:
    if not values:
        raise ValueError(f"{attribute.name} must not be empty.")
    for value in values:
        _filled(_, attribute, value)


@frozen
class TokenPolicy:
    """What a token must meet. Times in seconds."""

    issuer: str = field(default="ledgai", validator=_filled)
    audiences: tuple[str, ...] = field(default=("quantconnect-mcp",), validator=_all_filled)
    """Of which `aud` must hold one; what this server makes has the first."""
    leeway: int = field(default=30, validator=bounded(0, 60))
    """How far clocks may differ, applied to exp, nbf and iat alike."""
    longest_life: int = field(default=24 * 3600, validator=bounded(60, 366 * 24 * 3600))
    """A token whose exp is further from its iat is refused, whoever signed it."""


def fingerprint(raw: str) -> str:
    """Name a token in audit records: its SHA-256 in hex."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


def anonymous_id(raw: str) -> str:
    """Return what a token without `jti` is revoked by.

    It covers what is signed and not the signature: whoever holds a token can write its signature in other
    ways that verify as well (ECDSA, spare base64 bits), and would escape from a list of whole tokens.
    """
    return "sha256:" + hashlib.sha256(raw.rpartition(".")[0].encode()).hexdigest()


class Verifier:
    """Turns raw tokens into identities. One object serves a whole process."""

    def __init__(
        self,
        policy: TokenPolicy,
        keys: KeySource,
        state: State,
        known_scopes: frozenset[str],
        clock: Callable[[], float] = time.time,
        others: Mapping[str, Issuer] | None = None,
    ) -> None:
        self._policy = policy
        own = Issuer(policy.issuer, frozenset(policy.audiences), keys, known_scopes)
        self._issuers = {**(others or {}), own.name: own}
        self._state = state
        self._known_scopes = known_scopes
        self._clock = clock
        self._logged: set[str] = set()

    async def verify(self, raw: str) -> Identity:
        """Return who the token's holder is.

        Raises TokenRefused (401) for anything wrong with the token, and nothing else that depends on it;
        KeysUnavailable and StateUnavailable (503) when it cannot be verified now.
        """
        issuer, content = await self._content(raw)
        identity, issued_at = self._identity(issuer, content, fingerprint(raw))
        own = identity.token_id or anonymous_id(raw)
        ids = (own,) if identity.family_id is None else (own, identity.family_id)
        if await self._state.is_revoked(identity.issuer, identity.subject, ids, issued_at):
            raise TokenRefused("revoked", "The token was revoked.")
        return identity

    async def _content(self, raw: str) -> tuple[Issuer, dict[str, Any]]:
        """Check size, form, header and signature; return who issued it and the claims, still unread."""
        if not isinstance(raw, str) or not raw:
            raise TokenRefused("missing", "There is no token.")
        # Characters first: counting bytes of a 1 MB text would already cost what the limit is there to save.
        if len(raw) > LARGEST_TOKEN:
            raise TokenRefused("too_large", f"The token is larger than {LARGEST_TOKEN} bytes.")
        parts = _COMPACT.fullmatch(raw)
        if parts is None:
            raise TokenRefused("malformed", "The token is not a signed JWT of three parts.")
        kid, algorithm = read_header(claims.decode(_bytes(parts[1])))
        content = claims.decode(_bytes(parts[2]))
        issuer = self._issuers.get(claims.identifier(content, "iss"))
        if issuer is None:
            raise TokenRefused("issuer", "The token was issued by somebody whom this server does not trust.")
        keys = [key for key in await issuer.keys.find(kid, algorithm) if key.algorithm == algorithm]
        if not keys:
            raise TokenRefused("key", "The token names no key and algorithm that this server accepts.")
        if not any(_is_signed(raw, key) for key in keys):
            raise TokenRefused("signature", "The token's signature does not match.")
        return issuer, content

    def _identity(self, issuer: Issuer, content: Mapping[str, Any], digest: str) -> tuple[Identity, int]:
        if not issuer.audiences & claims.audiences(content):
            raise TokenRefused("audience", "The token was issued for another service.")
        issued_at, expires_at = self._times(content)
        identity = Identity(
            issuer=issuer.name,
            subject=claims.identifier(content, "sub"),
            scopes=self._granted(claims.scopes(content)) & issuer.grants,
            credentials=claims.credentials(content),
            limits=claims.limits(content),
            token_id=claims.optional_identifier(content, "jti"),
            family_id=claims.optional_identifier(content, "sid"),
            token_sha256=digest,
            expires_at=expires_at,
        )
        return identity, issued_at

    def _times(self, content: Mapping[str, Any]) -> tuple[int, int]:
        now, leeway = self._clock(), self._policy.leeway
        issued_at, expires_at = claims.moment(content, "iat"), claims.moment(content, "exp")
        if expires_at + leeway <= now:
            raise TokenRefused("expired", "The token has expired.")
        if issued_at > now + leeway:
            raise TokenRefused("not_yet_valid", "The token was issued in the future; check the clocks.")
        if "nbf" in content and claims.moment(content, "nbf") > now + leeway:
            raise TokenRefused("not_yet_valid", "The token is not valid yet; check the clocks.")
        if not 0 < expires_at - issued_at <= self._policy.longest_life:
            raise TokenRefused(
                "life", f"The token's life is not between 1 and {self._policy.longest_life} seconds."
            )
        return issued_at, expires_at

    def _granted(self, names: frozenset[str]) -> frozenset[str]:
        for name in sorted(names - self._known_scopes - self._logged):
            if len(self._logged) >= _REMEMBERED:
                break
            self._logged.add(name)
            _log.warning("A token names the scope %.64r, which grants nothing here.", name)
        return names & self._known_scopes


def read_header(header: Mapping[str, Any]) -> tuple[str | None, str]:
    """Read key id and algorithm from an unverified JOSE header; refuse what could choose the key or the
    rules.
    """
    if any(name in header for name in _KEY_CARRIERS):
        raise TokenRefused(
            "header", "The token brings its own key (jwk, jku, x5u or x5c), which is never used."
        )
    # `crit` asks for extensions, `b64` and `zip` change what is signed: none is understood here (RFC 7515
    # 4.1.11).
    if any(name in header for name in ("crit", "b64", "zip", "enc")):
        raise TokenRefused("header", "The token's header asks for an extension that is not understood.")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenRefused("header", "The token's `typ` is not that of an access token.")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRefused("algorithm", "The token's algorithm is not accepted.")
    kid = header.get("kid")
    # Only ever looked up in a dictionary; bounded and printable so that it cannot be anything else by
    # accident.
    if "kid" in header and (not isinstance(kid, str) or not _KID.fullmatch(kid)):
        raise TokenRefused("header", "The token's `kid` is not a short visible text.")
    return kid, algorithm


def _bytes(part: str) -> bytes:
    try:
        return base64url_decode(part)
    except ValueError:
        raise TokenRefused("malformed", "A part of the token is not base64url.") from None


def _is_signed(raw: str, key: VerificationKey) -> bool:
    try:
        _JWS.decode_complete(raw, key.key.key, algorithms=[key.algorithm])
    except (jwt.PyJWTError, ValueError, TypeError):
        # TypeError, ValueError: what cryptography raises for signatures of a wrong form.
        return False
    return True
