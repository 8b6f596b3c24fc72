"""What a token's limits leave of one call: checked before it is sent, given back if nothing comes of it.

Knows: that counts are shared and may be unknowable. Must not know: how limits are read (`limits`), how counts
are kept (`state`), MCP, HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import frozen
from quantconnect_tools.tool import Tool

from ledgai_mcp.calls import limits
from ledgai_mcp.calls.limits import LimitRefusal
from ledgai_mcp.errors import LimitReached
from ledgai_mcp.identity import Identity
from ledgai_mcp.state import Spend, StateUnavailable


class Counts(Protocol):
    """Where daily counts are kept; raises StateUnavailable when it cannot be asked."""

    async def consume(self, issuer: str, subject: str, count: str, limit: int) -> Spend | None:
        """Take one of today's, or return None if all are used."""
        ...

    async def refund(self, spend: Spend) -> None:
        """Give back what `consume` took."""
        ...


@frozen
class Allowance:
    """Decides by arguments and counts what the guard could not decide by the tool alone."""

    counts: Counts | None = None
    """None where no caller can have limits: whoever has them nevertheless is refused."""

    async def take(self, tool: Tool, identity: Identity, arguments: Mapping[str, Any]) -> Spend | None:
        """Return what the call took from a daily count, if it is counted.

        Args:
            tool: what is called.
            identity: who calls.
            arguments: checked, with defaults filled in, exactly as they will be sent.

        Raises:
            LimitReached: the arguments or the count are outside of the limits.
            StateUnavailable: the count cannot be known, so the call is not made.
        """
        refusal = limits.decide(identity.limits, tool, arguments)
        if refusal is not None:
            raise _reached(refusal)
        count = limits.counted(identity.limits, tool)
        if count is None:
            return None
        if self.counts is None:
            raise StateUnavailable("There is no place here to count calls in, and this token's are limited.")
        spend = await self.counts.consume(identity.issuer, identity.subject, count.name, count.per_day)
        if spend is None:
            raise _reached(limits.exhausted(tool, count))
        return spend

    async def give_back(self, spend: Spend | None) -> None:
        """Give back what a call took that has started nothing; a store that is down keeps it."""
        if spend is not None and self.counts is not None:
            try:
                await self.counts.refund(spend)
            except StateUnavailable:
                return


def _reached(refusal: LimitRefusal) -> LimitReached:
    return LimitReached(refusal.limit, refusal.text)
