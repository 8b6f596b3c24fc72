"""The caller on stdio who has a token: LEDGAI_TOKEN, verified again for each request.

Knows: that a token can expire or be revoked while the process runs, and that this is recorded. Must not know:
how it is verified, MCP.
"""

from __future__ import annotations

import asyncio
import time

from attrs import evolve, field, frozen
from quantconnect_tools import GROUPS

from ledgai_mcp.audit.records import AuthenticationRecord, Nowhere, Sink, accepted
from ledgai_mcp.errors import ConfigurationError, LedgaiError
from ledgai_mcp.identity import Identity
from ledgai_mcp.settings import Settings
from ledgai_mcp.tokens import authority
from ledgai_mcp.tokens.authority import Authority
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.verification import fingerprint


@frozen
class Holder:
    """Who holds the token of this process."""

    token: str = field(repr=False)
    authority: Authority
    sink: Sink

    async def identity(self, request_id: str | None = None) -> Identity:
        """Return who the holder is now; every verification is recorded.

        Raises:
            LedgaiError: the token is no longer good, or that cannot be told.
        """
        record = AuthenticationRecord(
            time.time(), request_id, "refused", token_sha256=fingerprint(self.token)
        )
        try:
            identity = await self.authority.verifier.verify(self.token)
        except TokenRefused as refused:  # kept, not noted: the process may end before a note is written
            await self.sink.keep(evolve(record, reason=refused.reason))
            raise
        except LedgaiError as problem:
            await self.sink.keep(evolve(record, decision="unavailable", reason=type(problem).__name__))
            raise
        await self.sink.keep(accepted(record, identity))
        return identity

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


def holder(settings: Settings, scopes: frozenset[str], sink: Sink, *, creates_state: bool = False) -> Holder:
    """Take the token from the settings.

    Raises:
        ConfigurationError: there is no key to verify it with.
    """
    assert settings.token is not None  # noqa: S101 - the caller has looked
    known = authority.authority(settings, scopes, GROUPS, creates_state=creates_state)
    return Holder(settings.token, known, sink)


def identity_now(settings: Settings, scopes: frozenset[str]) -> Identity:
    """Return who the holder is, for a command that runs no event loop of its own.

    Raises:
        ConfigurationError: the token is not good.
    """

    async def once() -> Identity:
        found = holder(settings, scopes, Nowhere())
        try:
            return await found.start()
        finally:
            await found.authority.close()

    return asyncio.run(once())
