"""Which version of the server this is.

Knows: the installed distribution. Must not know: anything else.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version as installed

NAME = "ledgai-mcp"


@cache
def version() -> str:
    """Return the version of the installed distribution, for example `0.1.0`."""
    return installed(NAME)


def user_agent() -> str:
    """Return what the API sees as the client (api-facts 2)."""
    return f"{NAME}/{version()}"
