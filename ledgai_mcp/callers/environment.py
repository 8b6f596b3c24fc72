"""The identity of the one caller on stdio: the person whose client started this process.

Knows: which settings describe that caller. Must not know: tools, requests, how a token is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Identity
from ledgai_mcp.scopes import expand
from ledgai_mcp.settings import Settings

ISSUER = "environment"
SUBJECT = "local"

Verify: TypeAlias = Callable[[str], Identity]
"""Turns a raw token into an identity, or raises a LedgaiError."""

Groups: TypeAlias = Mapping[str, Collection[str]]


def identity(
    settings: Settings, known: Collection[str], groups: Groups, verify: Verify | None = None
) -> Identity:
    """Say who the local caller is: the bearer of LEDGAI_TOKEN, else the owner of the environment.

    Args:
        settings: what the person set.
        known: every declared scope.
        groups: group name -> its scopes.
        verify: how a token becomes an identity; None where tokens cannot be verified.

    Raises:
        ConfigurationError: unknown scopes, half of a key pair, or a token that cannot be verified here.
    """
    if settings.token is not None:
        if verify is None:
            raise ConfigurationError(("LEDGAI_TOKEN: this process has no means to verify a token; unset it",))
        return verify(settings.token)
    scopes, unknown = expand(settings.scopes, known, groups)
    problems = [f"LEDGAI_SCOPES: no such scope or group: {name.shown}; {name.hint}" for name in unknown]
    if (settings.user_id is None) != (settings.api_token is None):
        missing = "QUANTCONNECT_USER_ID" if settings.user_id is None else "QUANTCONNECT_API_TOKEN"
        problems.append(f"{missing}: is not set; user id and API token are needed together")
    if problems:
        raise ConfigurationError(problems)
    return Identity(issuer=ISSUER, subject=SUBJECT, scopes=scopes, credentials=settings.credentials)
