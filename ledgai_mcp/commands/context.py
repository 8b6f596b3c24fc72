"""The context of this process: what the commands work with, made from the settings.

Knows: settings and how parts are made from them. Must not know: what a command does.
"""

from __future__ import annotations

from collections.abc import Mapping

from quantconnect_tools import CATALOG, GROUPS, SCOPES

from ledgai_mcp.commands import Context
from ledgai_mcp.settings import read
from ledgai_mcp.tokens import authority


def context(environment: Mapping[str, str]) -> Context:
    """Make the context; parts are made when a command asks for them.

    Raises:
        ConfigurationError: a setting cannot be read.
    """
    settings, scopes = read(environment), frozenset(SCOPES)

    def trust() -> authority.Trust:
        return authority.trust(settings, authority.key_chain(settings), scopes, GROUPS)

    return Context(
        policy=lambda: authority.token_policy(settings),
        refresh_policy=lambda: authority.refresh_policy(settings),
        key_chain=lambda: authority.key_chain(settings),
        verifier=lambda state: trust().verifier(authority.token_policy(settings), state),
        issuers=lambda: (settings.jwt_issuer, *trust().others),
        state=lambda: authority.open_state(settings),
        credentials=lambda: settings.credentials,
        scopes=scopes,
        groups={name: frozenset(scopes) for name, scopes in GROUPS.items()},
        catalog=lambda: CATALOG,
        keys_file=settings.jwt_keys_file,
        audit_file=settings.audit_file,
    )
