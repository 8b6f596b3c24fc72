"""Makes tokens, good and bad, byte by byte where a library would refuse to make them."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from ledgai_mcp.identity import Identity
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keys import KeyRing, KeySource, VerificationKey
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier

SECRET = b"sec-CANARY-3-0123456789-abcdefgh"
KNOWN = frozenset({"qc:backtests:read", "qc:backtests:write", "qc:projects:read", "qc:live:execute"})
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()

run = asyncio.run


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, changed; a value of `...` removes the claim."""
    now = int(time.time())
    content = {
        "iss": "ledgai",
        "aud": "quantconnect-mcp",
        "sub": "alice",
        "iat": now,
        "exp": now + 3600,
        "jti": "t1",
        "scopes": ["qc:backtests:read"],
    } | changes
    return {name: value for name, value in content.items() if value is not ...}


def b64(raw: bytes | str | dict[str, Any]) -> str:
    """Base64url without padding, of JSON if it is an object."""
    if isinstance(raw, dict):
        raw = json.dumps(raw)
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(
    header: dict[str, Any] | bytes | str, content: dict[str, Any] | bytes | str, secret: bytes = SECRET
) -> str:
    """A token of exactly these bytes, signed with HMAC-SHA-256 whatever its header says."""
    signed = f"{b64(header)}.{b64(content)}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def token(**changes: Any) -> str:
    """A token that is well signed, with changed claims."""
    return forge({"alg": "HS256", "typ": "JWT"}, claims(**changes))


def public_jwk(private: Any, kid: str) -> dict[str, Any]:
    """The public half as an issuer publishes it."""
    kinds: dict[type, Any] = {
        rsa.RSAPrivateKey: RSAAlgorithm,
        ec.EllipticCurvePrivateKey: ECAlgorithm,
        ed25519.Ed25519PrivateKey: OKPAlgorithm,
    }
    algorithm = next(algorithm for kind, algorithm in kinds.items() if isinstance(private, kind))
    return {**algorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid, "use": "sig"}


class FixedKeys:
    """A KeySource over given public keys."""

    def __init__(self, *keys: VerificationKey) -> None:
        self.keys = keys

    async def find(self, kid: str | None, algorithm: str) -> Sequence[VerificationKey]:
        return [key for key in self.keys if key.kid == kid and key.algorithm == algorithm]


def verification_key(private: Any, kid: str, algorithm: str) -> VerificationKey:
    """The public half as the verifier holds it."""
    return VerificationKey(kid, algorithm, jwt.PyJWK(public_jwk(private, kid), algorithm))


def verifier(
    keys: KeySource | None = None,
    state: State | None = None,
    policy: TokenPolicy | None = None,
    clock: Callable[[], float] = time.time,
) -> Verifier:
    """A verifier that knows SECRET and remembers nothing, unless told otherwise."""
    return Verifier(
        policy or TokenPolicy(), keys or KeyRing.of(SECRET), state or State(MemoryStore()), KNOWN, clock
    )


def accept(raw: str, **parts: Any) -> Identity:
    """Verify and return the identity."""
    return run(verifier(**parts).verify(raw))


def refuse(raw: str, **parts: Any) -> str:
    """Verify and return the reason of the refusal."""
    try:
        identity = accept(raw, **parts)
    except TokenRefused as refusal:
        text = str(refusal)
        assert text
        assert not any(len(part) > 8 and part in text for part in raw.split("."))
        return refusal.reason
    raise AssertionError(f"accepted: {identity}")


RSA_KEY = verification_key(RSA, "k1", "RS256")
PUBLIC = FixedKeys(RSA_KEY, verification_key(EC, "k2", "ES256"), verification_key(ED, "k3", "EdDSA"))
"""The public halves of the three, as another issuer publishes them."""
