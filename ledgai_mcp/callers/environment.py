"""The identity of the one caller on stdio: the person whose client started this process.

Knows: which settings describe that caller. Must not know: tools, requests, how a token is verified.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Identity
from ledgai_mcp.scopes import expand
from ledgai_mcp.settings import Settings

ISSUER = "environment"
SUBJECT = "local"


def identity(settings: Settings, known: Collection[str], groups: Mapping[str, Collection[str]]) -> Identity:
    """Say who the owner of the environment is.

    Args:
        settings: what the person set.
        known: every declared scope.
        groups: group name -> its scopes.

    Raises:
        ConfigurationError: unknown scopes, half of a key pair, or a token: that alone says who calls.
    """
    if settings.token is not None:
        raise ConfigurationError(("LEDGAI_TOKEN: is set, so the environment does not say who calls",))
    scopes, unknown = expand(settings.scopes, known, groups)
    problems = [f"LEDGAI_SCOPES: no such scope or group: {name}" for name in unknown]
    if (settings.user_id is None) != (settings.api_token is None):
        missing = "QUANTCONNECT_USER_ID" if settings.user_id is None else "QUANTCONNECT_API_TOKEN"
        problems.append(f"{missing}: is not set; user id and API token are needed together")
    if problems:
        raise ConfigurationError(problems)
    return Identity(issuer=ISSUER, subject=SUBJECT, scopes=scopes, credentials=settings.credentials)
