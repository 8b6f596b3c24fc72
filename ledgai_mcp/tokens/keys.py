"""The server's own keys: HS256 secrets by key id, and which one signs.

Knows: what makes a secret good enough, and that a key has one algorithm for life. Must not know: tokens,
claims, where a key file lies (`keyfile`), keys of other issuers (`jwks`).
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import Protocol

import jwt
from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.utils import base64url_encode

from ledgai_mcp.errors import LedgaiError

SHORTEST_SECRET = 32
"""Bytes. RFC 7518 section 3.2: an HS256 key has at least the size of the hash."""

_PUBLIC_MATERIAL = (b"-----BEGIN ", b"---- BEGIN ", b"ssh-", b"ecdsa-sha2-", b"AAAAB3NzaC1", b'"kty"')
_LEAST_COMPRESSED = 30
"""Bytes of the compressed secret: 32 random digits have 35 or more, two times the same sixteen 27."""


class KeyRefused(LedgaiError, ValueError):
    """A key or a key file that must not be used; the text says why and what to do, and holds no key."""


class KeysUnavailable(LedgaiError):
    """The keys that would decide cannot be had at the moment: HTTP 503, never 401 - the token may be good."""


@frozen
class VerificationKey:
    """What checks a signature. The algorithm belongs to the key; a token cannot choose it."""

    kid: str | None
    algorithm: str
    key: jwt.PyJWK = field(repr=False)


def _is_public(value: bytes) -> bool:
    """Whether a secret is material that is known to others.

    Public keys are known to everybody: as an HMAC secret one lets everybody sign (algorithm confusion).
    """
    if any(mark in value for mark in _PUBLIC_MATERIAL):
        return True
    try:
        text = value.translate(bytes.maketrans(b"-_", b"+/"), b"= \t\r\n")
        der = base64.b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        der = b""
    return any(_is_der(form) for form in (value, der))


def _is_der(value: bytes) -> bool:
    """Whether it is a key or a certificate without the lines of a PEM file: one DER sequence (X.690)."""
    if value[:2] == b"\x30\x82":  # of two bytes that say how long the rest is: no secret starts so by chance
        return int.from_bytes(value[2:4]) == len(value) - 4
    try:
        load_der_public_key(value)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


class KeySource(Protocol):
    """Where the verifier gets its keys."""

    async def find(self, kid: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """Return the keys that a token naming `kid` and `algorithm` may be checked with, possibly none.

        Every key returned has exactly that algorithm. Raises KeysUnavailable.
        """
        ...


@frozen
class Secret:
    """One HS256 secret. `kid` None is the one from JWT_SECRET_KEY, whose tokens carry no `kid`."""

    kid: str | None
    value: bytes = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if len(self.value) < SHORTEST_SECRET:
            raise KeyRefused(
                f"The secret {self.name} has {len(self.value)} bytes; HS256 needs at least {SHORTEST_SECRET} "
                f"(RFC 7518 section 3.2). Make one with `ledgai-mcp keys new`."
            )
        if _is_public(self.value):
            raise KeyRefused(f"The secret {self.name} is a key or certificate, not a shared secret.")
        if len(zlib.compress(self.value, 9)) < _LEAST_COMPRESSED:
            raise KeyRefused(
                f"The secret {self.name} repeats itself and can be guessed. "
                "Make one with `ledgai-mcp keys new`."
            )

    @property
    def name(self) -> str:
        """How messages call it."""
        return "JWT_SECRET_KEY" if self.kid is None else f"`{self.kid}`"

    @property
    def verification(self) -> VerificationKey:
        """The same secret as a key whose algorithm is fixed."""
        data = {"kty": "oct", "k": base64url_encode(self.value).decode(), "alg": "HS256"}
        return VerificationKey(self.kid, "HS256", jwt.PyJWK(data, "HS256"))


class KeyRing:
    """The secrets this server verifies with; the first one also signs.

    A token without `kid` is checked against the unnamed secret (JWT_SECRET_KEY), or against the only one
    there is; it is never tried against key after key.
    """

    def __init__(self, secrets: Sequence[Secret] = ()) -> None:
        kids = [secret.kid for secret in secrets]
        if len(set(kids)) != len(kids):
            raise KeyRefused("Two secrets have the same key id; each needs its own.")
        if len({hashlib.sha256(secret.value).digest() for secret in secrets}) != len(secrets):
            raise KeyRefused("Two key ids share one secret; rotating would change nothing.")
        self.secrets = tuple(secrets)
        self._keys = {secret.kid: secret.verification for secret in secrets}

    def __repr__(self) -> str:
        return f"KeyRing({[secret.kid for secret in self.secrets]})"

    @classmethod
    def of(cls, jwt_secret_key: str | bytes | None, named: Sequence[Secret] = ()) -> KeyRing:
        """Join JWT_SECRET_KEY and the secrets of a key file. The key file's first signs, if there is one."""
        if jwt_secret_key is None:
            return cls(named)
        value = jwt_secret_key.encode() if isinstance(jwt_secret_key, str) else jwt_secret_key
        return cls((*named, Secret(None, value)))

    @property
    def signing(self) -> Secret:
        """The secret that new tokens are signed with."""
        if not self.secrets:
            raise KeyRefused(
                "There is no key to sign with: set JWT_SECRET_KEY, or LEDGAI_JWT_KEYS_FILE to a file that "
                "`ledgai-mcp keys new` made."
            )
        return self.secrets[0]

    async def find(self, kid: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """See KeySource."""
        if kid is None and None not in self._keys and len(self._keys) == 1:
            key = next(iter(self._keys.values()))
        else:
            found = self._keys.get(kid)
            if found is None:
                return ()
            key = found
        return (key,) if key.algorithm == algorithm else ()


@frozen
class KeySources:
    """Several sources asked in order; the first that has a key decides.

    A source that is down matters only if no other one knows the key, so own tokens survive an outage
    elsewhere.
    """

    sources: tuple[KeySource, ...]

    async def find(self, kid: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """See KeySource."""
        for source in self.sources:
            keys = await source.find(kid, algorithm)
            if keys:
                return keys
        return ()
