"""QuantConnect credentials inside a token, readable by the server alone: JWE (RFC 7516) in compact form.

Knows: the sealing keys, what is sealed and to whom it belongs. Must not know: how the token around it was
proven, requests, tools.

The sealed content repeats the subject and the token id. A JWE cut out of one token and put into another
therefore does not open, even though whoever built the other token may have a valid signature on it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey
from joserfc.util import urlsafe_b64decode

from ledgai_mcp.errors import MissingCredentials
from ledgai_mcp.identity import Credentials, SealedCredentials
from ledgai_mcp.tokens import claims
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing

JoseKey: TypeAlias = OctKey | ECKey

LARGEST_SEAL = 8 * 1024
"""Bytes of a JWE that are looked at at all."""

_ENCRYPTION = "A256GCM"
_DERIVED = "derived:"
_PURPOSE = b"ledgai-mcp sealing of QuantConnect credentials, version 1"


class SealRefused(MissingCredentials):
    """Sealed credentials that cannot be used; the text says why and holds nothing of the content."""


@frozen
class SealingKey:
    """One key to seal and open with. The algorithm belongs to the key, never to the JWE's header."""

    kid: str
    algorithm: str
    """`dir` (a 32-byte secret) or `ECDH-ES` (a P-256 key pair, whose public half others may seal to)."""
    key: JoseKey = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.key, OctKey):
            fits = self.algorithm == "dir" and len(self.key.raw_value) == 32
        else:
            fits = self.algorithm == "ECDH-ES" and self.key.curve_name == "P-256" and self.key.is_private
        if not fits:
            raise KeyRefused(
                f"The sealing key `{self.kid}` is neither a 32-byte secret for `dir` nor a private P-256 key "
                f"for `ECDH-ES`."
            )

    @property
    def registry(self) -> jwe.JWERegistry:
        """Allows this key's algorithms alone: no compression, no key wrapping, no password-based key."""
        return jwe.JWERegistry(algorithms=[self.algorithm, _ENCRYPTION])


def derived(ring: KeyRing) -> tuple[SealingKey, ...]:
    """Derive a sealing key from every signing secret (HKDF, RFC 5869), where there is no key made for
    sealing.

    Separate from the signature by purpose, so one `JWT_SECRET_KEY` is enough to mint tokens with sealed
    credentials.
    """
    return tuple(
        SealingKey(
            kid=_DERIVED + (secret.kid or ""),
            algorithm="dir",
            key=OctKey.import_key(HKDF(SHA256(), 32, None, _PURPOSE).derive(secret.value)),
        )
        for secret in ring.secrets
    )


class Sealer:
    """Seals with the first key; opens with the key that the JWE names."""

    def __init__(self, keys: Sequence[SealingKey]) -> None:
        self._keys = {key.kid: key for key in keys}
        if len(self._keys) != len(keys):
            raise KeyRefused("Two sealing keys have the same key id; each needs its own.")
        self._first = keys[0] if keys else None

    def seal(self, credentials: Credentials, subject: str, token_id: str) -> SealedCredentials:
        """Seal credentials for one token of one subject. Raises SealRefused if there is no key."""
        if self._first is None:
            raise SealRefused("There is no key to seal with: set JWT_SECRET_KEY or LEDGAI_JWT_KEYS_FILE.")
        key = self._first
        content = {
            "sub": subject,
            "jti": token_id,
            "user_id": credentials.user_id,
            "api_token": credentials.api_token,
            "organization_id": credentials.organization_id,
        }
        header = {"alg": key.algorithm, "enc": _ENCRYPTION, "kid": key.kid}
        text = json.dumps(content, separators=(",", ":"))
        return SealedCredentials(jwe.encrypt_compact(header, text, key.key, registry=key.registry))

    def open(
        self,
        sealed: SealedCredentials,
        subject: str,
        token_id: str | None,
        issuers: Collection[str | None] = (None,),
    ) -> Credentials:
        """Open credentials that were sealed for this subject and this token; raises SealRefused otherwise.

        `issuers`: what `iss` in the sealed content may be; None stands for content that names none, as this
        server writes it. Else one issuer could use what another sealed for the same subject and token id.
        """
        key = self._key(sealed.jwe)
        try:
            opened = jwe.decrypt_compact(sealed.jwe, key.key, registry=key.registry).plaintext
        except (JoseError, ValueError, TypeError, KeyError, AssertionError):
            # The tail is what joserfc lets through for keys and headers of a wrong form.
            raise SealRefused(
                "The token's QuantConnect credentials do not open with the server's key."
            ) from None
        try:
            content = claims.decode(opened or b"")
        except claims.TokenRefused:
            raise SealRefused("The token's sealed QuantConnect credentials are malformed.") from None
        is_for_it = content.pop("jti", None) == token_id and content.pop("sub", None) == subject
        if token_id is None or not is_for_it or content.pop("iss", None) not in issuers:
            raise SealRefused("The sealed QuantConnect credentials were made for another token.")
        try:
            return claims.parse_credentials(content)
        except claims.TokenRefused as refusal:
            raise SealRefused(str(refusal)) from None

    def _key(self, text: str) -> SealingKey:
        if len(text) > LARGEST_SEAL:
            raise SealRefused("The token's sealed QuantConnect credentials are too large.")
        header = _header(text)
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None and kid is None and len(self._keys) == 1:
            key = self._first
        if key is None or header.get("alg") != key.algorithm or header.get("enc") != _ENCRYPTION:
            raise SealRefused("The token's QuantConnect credentials were sealed to a key that is not here.")
        return key


def _header(text: str) -> dict[str, Any]:
    try:
        header = claims.decode(urlsafe_b64decode(text.partition(".")[0].encode()))
    except (claims.TokenRefused, ValueError, JoseError):
        raise SealRefused("The token's sealed QuantConnect credentials are malformed.") from None
    if "crit" in header or "zip" in header:
        raise SealRefused("The token's sealed QuantConnect credentials ask for an unknown extension.")
    return header
