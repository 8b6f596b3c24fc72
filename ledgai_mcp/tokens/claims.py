"""What a verified token says, read strictly: claims in, values of `identity` out, and back.

Knows: the claim names and types that the product accepts. Must not know: keys, signatures, revocation, HTTP.

Every reader here raises `TokenRefused` and nothing else, whatever the claims hold. The order in which a scope
claim is looked for is `scopes`, then `scope`, then `scp`: the first one present is the only one read, never a
union, so that a second claim can never add to what the first one granted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.identity import (
    AnyCredentials,
    Credentials,
    Limits,
    SealedCredentials,
    is_user_id,
    is_visible,
)

Reason: TypeAlias = Literal[
    "missing", "too_large", "malformed", "header", "algorithm", "key", "signature", "claims", "issuer",
    "audience", "expired", "not_yet_valid", "life", "scopes", "limits", "credentials", "revoked",
]  # fmt: skip

SCOPE_CLAIMS = ("scopes", "scope", "scp")
"""Looked for in this order; the first one present decides alone."""

LATEST = 253_402_300_799
"""The last second of the year 9999: a time beyond it (1e300) is a mistake or an attack, not a date."""

_ID_LENGTH = 256
_AUDIENCES = 64
_ENTRIES = 1000
_COUNT = 1_000_000
_JWE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""They count as printable and show nothing: Unicode's default-ignorable ones and U+2800."""

_LISTS = ("projects", "organizations", "brokerages", "nodes")
_COUNTS = ("backtests_per_day", "live_deployments_per_day")


class TokenRefused(LedgaiError):
    """The token is not accepted: HTTP 401, `error="invalid_token"`.

    `reason` is a code for logs and the audit record; the text may be shown to a client. Neither holds any
    part of the token.
    """

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


def decode(raw: bytes) -> dict[str, Any]:
    """Read one JSON object, refusing what two readers could understand differently.

    Duplicate names are refused (RFC 7515 section 4, RFC 7519 section 4): one parser would check the first
    `sub` and another use the last. So are NaN and Infinity, which JSON does not have.
    """
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise TokenRefused(
            "malformed", "The token's content is not a JSON object with unique names."
        ) from None
    if not isinstance(value, dict):
        raise TokenRefused("malformed", "The token's content is not a JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def identifier(claims: Mapping[str, Any], name: str) -> str:
    """Read a required text claim of 1 to 256 visible characters, blanks only between them (`iss`, `sub`).

    Who cannot be seen in a record, or looks like somebody else there, is nobody.
    """
    value = claims.get(name)
    if (
        not isinstance(value, str)
        or not 1 <= len(value) <= _ID_LENGTH
        or not value.isprintable()
        or value != value.strip()
        or _BLANK.search(value)
    ):
        raise TokenRefused(
            "claims", f"The claim `{name}` must be a text of 1 to {_ID_LENGTH} visible characters."
        )
    return value


def optional_identifier(claims: Mapping[str, Any], name: str) -> str | None:
    """Read a text claim that may be absent (`jti`, `sid`); null is not absent."""
    return identifier(claims, name) if name in claims else None


def moment(claims: Mapping[str, Any], name: str) -> int:
    """Read a required NumericDate (RFC 7519 section 2) in whole Unix seconds.

    Text, booleans, infinities and dates past the year 9999 are refused: a library that calls `int()` on them
    turns the text "1799999999" into a valid expiry.
    """
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("claims", f"The claim `{name}` must be a number of seconds since 1970.")
    # A comparison refuses NaN and infinity too, and accepts integers of 400 digits, which fit no float.
    if not 0 <= value <= LATEST:
        raise TokenRefused("claims", f"The claim `{name}` is not a date before the year 10000.")
    return int(value)


def audiences(claims: Mapping[str, Any]) -> frozenset[str]:
    """Read `aud`: one text or a list of texts (RFC 7519 section 4.1.3)."""
    value = claims.get("aud")
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list) or not 1 <= len(entries) <= _AUDIENCES:
        raise TokenRefused("claims", "The claim `aud` must be a text or a list of texts.")
    if not all(isinstance(entry, str) for entry in entries):
        raise TokenRefused("claims", "The claim `aud` must be a text or a list of texts.")
    return frozenset(entries)


def scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """Read the scope names, known or not, from the first of `SCOPE_CLAIMS` that is present.

    A text is split at spaces (RFC 6749 section 3.3), never into letters. An empty list is a token that opens
    nothing but what needs no scope.
    """
    for name in SCOPE_CLAIMS:
        if name in claims:
            return _scope_names(name, claims[name])
    raise TokenRefused("scopes", "The token has no `scopes` claim (nor `scope`, nor `scp`).")


def _scope_names(name: str, value: Any) -> frozenset[str]:
    entries = value.split(" ") if isinstance(value, str) else value
    if name == "scope" and not isinstance(value, str):
        raise TokenRefused("scopes", "The claim `scope` must be a text of names separated by spaces.")
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise TokenRefused("scopes", f"The claim `{name}` must be a list of texts or one text.")
    return frozenset(entry for entry in entries if entry)


def limits(claims: Mapping[str, Any]) -> Limits:
    """Read `qc_limits`.

    An unknown or malformed entry refuses the token: a limit that is not understood would not hold.
    """
    if "qc_limits" not in claims:
        return Limits()
    value = claims["qc_limits"]
    if not isinstance(value, dict):
        raise TokenRefused("limits", "The claim `qc_limits` must be an object.")
    return parse_limits(value)


def parse_limits(value: Mapping[str, Any]) -> Limits:
    """Turn `{"projects": [1], "brokerages": ["..."], "backtests_per_day": 5, ...}` into `Limits`.

    Raises TokenRefused with reason `limits` for an unknown name or a wrong type.
    """
    unknown = sorted(set(value) - {*_LISTS, *_COUNTS})
    if unknown:
        known = ", ".join((*_LISTS, *_COUNTS))
        raise TokenRefused(
            "limits", f"`qc_limits` has an entry that this server does not know; it knows {known}."
        )
    found: dict[str, Any] = {
        name: frozenset(_listed(name, entry) for entry in _entries(value, name))
        for name in _LISTS
        if name in value
    }
    found |= {name: _count(name, value[name]) for name in _COUNTS if name in value}
    return Limits(**found)


def limits_claim(limits: Limits) -> dict[str, Any]:
    """Write limits as the value of `qc_limits`, sorted; empty when nothing is limited."""
    claim: dict[str, Any] = {}
    for name in _LISTS:
        allowed = getattr(limits, name)
        if allowed is not None:
            claim[name] = sorted(allowed)
    for name in _COUNTS:
        count = getattr(limits, name)
        if count is not None:
            claim[name] = count
    return claim


def _entries(value: Mapping[str, Any], name: str) -> list[Any]:
    entries = value[name]
    if not isinstance(entries, list) or len(entries) > _ENTRIES:
        raise TokenRefused("limits", f"`qc_limits.{name}` must be a list of at most {_ENTRIES} entries.")
    return entries


def _listed(name: str, entry: Any) -> int | str:
    if name == "projects":
        if isinstance(entry, bool) or not isinstance(entry, int) or not 0 <= entry < 2**63:
            raise TokenRefused(
                "limits", "`qc_limits.projects` must hold project ids, which are whole numbers."
            )
    elif not isinstance(entry, str) or not 1 <= len(entry) <= _ID_LENGTH:
        raise TokenRefused("limits", f"`qc_limits.{name}` must hold texts of 1 to {_ID_LENGTH} characters.")
    checked: int | str = entry
    return checked


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _COUNT:
        raise TokenRefused("limits", f"`qc_limits.{name}` must be a whole number from 0 to {_COUNT}.")
    return value


def credentials(claims: Mapping[str, Any]) -> AnyCredentials:
    """Read `qc_credentials`: absent, an object in the clear, or a JWE that stays sealed until the signer
    opens it.
    """
    if "qc_credentials" not in claims:
        return None
    value = claims["qc_credentials"]
    if isinstance(value, str):
        if not _JWE.fullmatch(value):
            raise TokenRefused(
                "credentials", "The claim `qc_credentials` is a text, but not a JWE in compact form."
            )
        return SealedCredentials(value)
    if not isinstance(value, dict):
        raise TokenRefused("credentials", "The claim `qc_credentials` must be an object or a JWE text.")
    return parse_credentials(value)


def parse_credentials(value: Mapping[str, Any]) -> Credentials:
    """Turn `{"user_id", "api_token", "organization_id"}` into `Credentials`; the last may be absent or null.

    Raises TokenRefused with reason `credentials`; its text never holds a value.
    """
    if set(value) - {"user_id", "api_token", "organization_id"}:
        raise TokenRefused(
            "credentials",
            "QuantConnect credentials hold user_id, api_token and organization_id, nothing else.",
        )
    user = value.get("user_id")
    if isinstance(user, int) and not isinstance(user, bool):
        user = str(user) if 0 <= user < 2**63 else None
    token, organization = value.get("api_token"), value.get("organization_id")
    if not is_user_id(user):
        raise TokenRefused("credentials", "The QuantConnect user_id must be a number, or its digits as text.")
    if not is_visible(token):
        raise TokenRefused("credentials", "The QuantConnect api_token must be a text without spaces.")
    if organization is not None and not is_visible(organization):
        raise TokenRefused("credentials", "The QuantConnect organization_id must be a text without spaces.")
    return Credentials(user_id=user, api_token=token, organization_id=organization)
