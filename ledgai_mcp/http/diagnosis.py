"""Could a server of these settings serve anybody? For `ledgai-mcp doctor`, before it is started or beside it.

Knows: what every request over HTTP needs. Must not know: how a person reads a diagnosis.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from quantconnect_tools import GROUPS

from ledgai_mcp import assembly
from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http.serving import require_servable
from ledgai_mcp.settings import Settings
from ledgai_mcp.state import StateMissing
from ledgai_mcp.tokens import authority


async def findings(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    """Tell whether settings, keys and state can be used.

    Raises:
        ConfigurationError: the settings cannot be served.
    """
    require_servable(settings)
    checked = authority.authority(settings, assembly.scopes(), GROUPS)
    try:
        await checked.start()
        if checked.is_ready:
            yield True, "there are keys to verify tokens with"
        for key_set in checked.key_sets:
            if not key_set.is_ready:
                yield (
                    False,
                    f"the keys of {key_set.name} cannot be had: see LEDGAI_JWKS_* or LEDGAI_ISSUERS_FILE",
                )
        try:
            await checked.state.check()
            yield True, "the state answers: revocations, daily counts and refresh grants"
        except StateMissing as problem:
            yield True, str(problem)
        except LedgaiError as problem:
            yield False, f"LEDGAI_STATE_URL: {problem}"
    finally:
        await checked.close()
