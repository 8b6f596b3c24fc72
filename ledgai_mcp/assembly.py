"""Putting a server together from its parts; the one place that knows the generated catalogue by name.

Knows: which parts there are. Must not know: what they do.
"""

from __future__ import annotations

from quantconnect_tools import CATALOG, GROUPS, SCOPES

from ledgai_mcp import environment, release
from ledgai_mcp.audit import Sink
from ledgai_mcp.credentials import Unseal
from ledgai_mcp.dispatch import Service
from ledgai_mcp.environment import Verify
from ledgai_mcp.identity import Identity
from ledgai_mcp.selection import select
from ledgai_mcp.settings import Settings
from ledgai_mcp.upstream import Upstream


def service(settings: Settings, sink: Sink, unseal: Unseal | None = None) -> Service:
    """Make the service that any transport serves.

    Raises:
        ConfigurationError: LEDGAI_TOOLSETS names something that does not exist.
    """
    return Service(select(CATALOG, settings.toolsets), settings, upstream(settings), sink, unseal)


def upstream(settings: Settings) -> Upstream:
    """Make the way to the API."""
    return Upstream(settings.api_url, release.user_agent(), settings.max_response_bytes)


def local_caller(settings: Settings, verify: Verify | None = None) -> Identity:
    """Say who calls on stdio.

    Raises:
        ConfigurationError: the settings do not say it, or say it wrongly.
    """
    return environment.identity(settings, SCOPES, GROUPS, verify)
