"""The caller on stdio who has a token: LEDGAI_TOKEN, judged anew for each request.

Knows: that a token can expire or be revoked while the process runs. Must not know: how it is judged, MCP.
"""

from __future__ import annotations

import asyncio

from attrs import field, frozen

from ledgai_mcp.errors import ConfigurationError, LedgaiError
from ledgai_mcp.identity import Identity
from ledgai_mcp.settings import Settings
from ledgai_mcp.tokens import authority
from ledgai_mcp.tokens.authority import Authority


@frozen
class Holder:
    """Who holds the token of this process."""

    token: str = field(repr=False)
    authority: Authority

    async def identity(self) -> Identity:
        """Return who the holder is now.

        Raises:
            LedgaiError: the token is no longer good, or that cannot be told.
        """
        return await self.authority.verifier.verify(self.token)

    async def start(self) -> Identity:
        """Return who the holder is, at the start of the process.

        Raises:
            ConfigurationError: the token is not good.
        """
        try:
            await self.authority.start()
            return await self.identity()
        except LedgaiError as refused:
            raise ConfigurationError((f"LEDGAI_TOKEN: {refused}",)) from None


def holder(settings: Settings, scopes: frozenset[str]) -> Holder:
    """Take the token from the settings.

    Raises:
        ConfigurationError: there is no key to judge it with.
    """
    assert settings.token is not None  # noqa: S101 - the caller has looked
    return Holder(settings.token, authority.authority(settings, scopes))


def identity_now(settings: Settings, scopes: frozenset[str]) -> Identity:
    """Return who the holder is, for a command that runs no event loop of its own.

    Raises:
        ConfigurationError: the token is not good.
    """

    async def once() -> Identity:
        found = holder(settings, scopes)
        try:
            return await found.start()
        finally:
            await found.authority.close()

    return asyncio.run(once())
