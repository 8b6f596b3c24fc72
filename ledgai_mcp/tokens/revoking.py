"""Revoking tokens as an operator does: what a revocation reaches, and how long it has to be remembered.

Knows: the forms of token ids, and that clocks differ. Must not know: who asks, how the state keeps it.

A clock that is ahead by the leeway makes tokens whose `iat` has not come yet, and they are accepted. So a
revocation "until now" reaches that much further; nothing else tells such a token from one made afterwards.
This server's own mint knows of the revocation (`Mint.mint(after=...)`): what it makes then is valid at once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from attrs import frozen

from ledgai_mcp.state import State
from ledgai_mcp.tokens.verification import TokenPolicy

_OF_A_FAMILY = re.compile(r"([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{22}")


def family_of(token_id: str) -> str | None:
    """Return the refresh family that the id of an access token names, if it was minted for one."""
    found = _OF_A_FAMILY.fullmatch(token_id)
    return None if found is None else found[1]


@frozen
class Revoking:
    """Revokes tokens of one issuer. Every method raises StateUnavailable."""

    state: State
    policy: TokenPolicy
    refresh: int
    """Seconds for which a refresh family lives."""
    clock: Callable[[], float] = time.time

    async def one(self, token_id: str) -> None:
        """Revoke one token or family; a token of a family revokes the family too.

        Otherwise whoever holds it would get the next token within minutes.
        """
        lasts = int(self.clock()) + self._longest
        family = family_of(token_id)
        for each in (token_id,) if family is None else (family, token_id):
            await self.state.revoke_token(self.policy.issuer, each, lasts)

    async def subject(self, subject: str, until: int) -> None:
        """Revoke all that one subject was issued until a moment."""
        await self.state.revoke_subject(self.policy.issuer, subject, self._reach(until), self._longest)

    async def everything(self, until: int) -> None:
        """Revoke all that anybody was issued until a moment."""
        await self.state.revoke_all(self.policy.issuer, self._reach(until), self._longest)

    def _reach(self, until: int) -> int:
        return min(until, int(self.clock())) + self.policy.leeway

    @property
    def _longest(self) -> int:
        return max(self.policy.longest_life + self.policy.leeway, self.refresh)
