"""Putting a server together from its parts; the one place that knows the generated catalogue by name.

Knows: which parts there are. Must not know: what they do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quantconnect_tools import CATALOG, GROUPS, SCOPES

from ledgai_mcp import logs, release
from ledgai_mcp.api.signing import Unseal
from ledgai_mcp.api.upstream import Upstream
from ledgai_mcp.audit.records import AuditUnavailable, Sink
from ledgai_mcp.callers import environment
from ledgai_mcp.calls.allowance import Allowance, Counts
from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.calls.toolsets import select
from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Identity
from ledgai_mcp.settings import Settings

if TYPE_CHECKING:
    from ledgai_mcp.audit.journal import Journal


def service(
    settings: Settings, sink: Sink, unseal: Unseal | None = None, counts: Counts | None = None
) -> Service:
    """Make the service that any transport serves.

    Raises:
        ConfigurationError: LEDGAI_TOOLSETS names something that does not exist.
    """
    catalog = select(CATALOG, settings.toolsets)
    return Service(catalog, settings, upstream(settings), sink, unseal, Allowance(counts))


def scopes() -> frozenset[str]:
    """Return every declared scope."""
    return frozenset(SCOPES)


def first_scopes() -> frozenset[str]:
    """Return what a client without a token is told to ask for: what cannot change anything."""
    return frozenset(GROUPS["readonly"])


def journal(settings: Settings, write: Callable[[str], None] = logs.write_out) -> Journal:
    """Open what LEDGAI_AUDIT_FILE names, or standard error, which `write` writes to.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    from ledgai_mcp.audit.journal import Journal, Stream, file_journal

    stream = Stream(write)
    if settings.audit_file is None:
        return Journal(stream, stream)
    try:
        return file_journal(settings.audit_file, stream)
    except AuditUnavailable as problem:
        raise ConfigurationError((f"LEDGAI_AUDIT_FILE: {problem.why}",)) from None


def upstream(settings: Settings) -> Upstream:
    """Make the way to the API."""
    return Upstream(settings.api_url, release.user_agent(), settings.max_response_bytes)


def local_caller(settings: Settings) -> Identity:
    """Say who calls on stdio, for whoever runs no event loop: a token is verified once, now.

    Raises:
        ConfigurationError: the settings do not say it, or say it wrongly.
    """
    if settings.token is None:
        return environment.identity(settings, SCOPES, GROUPS)
    from ledgai_mcp.callers import token  # here: what verifies tokens is not needed without one

    return token.identity_now(settings, scopes())
