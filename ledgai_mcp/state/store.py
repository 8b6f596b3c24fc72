"""What a backend does for the state, and what it keeps.

Knows: the questions that the state asks. Must not know: what the keys mean, how anything is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal, Protocol, TypeAlias

from attrs import field, frozen

from ledgai_mcp.errors import LedgaiError

_log = logging.getLogger(__name__)

Rotation: TypeAlias = Literal["rotated", "reused", "unknown"]


class StateUnavailable(LedgaiError):
    """The store cannot be asked:

    HTTP 503. Nothing is allowed meanwhile, since it could have been forbidden.
    """


class StateMissing(StateUnavailable):
    """Nothing was ever kept at this place."""


def tell_loss(what: str, until: int) -> None:
    """Log that data was lost, and what was done about it."""
    _log.error(
        "%s, and with it revocations, daily counts and refresh grants. Every token issued until %s is "
        "refused now: make new ones.",
        what,
        datetime.fromtimestamp(until, UTC).isoformat().replace("+00:00", "Z"),
    )


@frozen
class Family:
    """One refresh grant: the chain of single-use refresh tokens that descend from one mint (RFC 9700 section
    4.14.2).
    """

    family_id: str
    current: str
    """SHA-256 of the one refresh token that is valid now."""
    grant: str = field(repr=False)
    """What may be minted again and again, as text; credentials in it are sealed."""
    expires_at: int = 0


class Store(Protocol):
    """How a backend keeps things. Every method raises StateUnavailable if it cannot know the answer."""

    is_shared: ClassVar[bool]
    """Whether other processes see what this one writes."""
    place: str
    """By what a person recognises it, without a secret."""

    async def cut(self, key: str, until: int, expires_at: int) -> None:
        """Remember the larger of `until` and what is there, at least until `expires_at`."""
        ...

    async def cuts(self, keys: Sequence[str]) -> list[int | None]:
        """Return what is remembered for each key."""
        ...

    async def spend(self, counter: str, ticket: str, limit: int, expires_at: int) -> bool:
        """Add the ticket unless `limit` are there.

        One step: of two callers for the last place one gets it.
        """
        ...

    async def refund(self, counter: str, ticket: str) -> None:
        """Take the ticket out; a ticket that is not there changes nothing."""
        ...

    async def add_family(self, family: Family) -> None:
        """Keep a new family."""
        ...

    async def family(self, family_id: str) -> Family | None:
        """Return a family that has not expired."""
        ...

    async def rotate(self, family_id: str, old: str, new: str, grant: str) -> Rotation:
        """Replace `old` by `new` in one step if it is current; say `reused` if it was current once."""
        ...

    async def end_family(self, family_id: str) -> None:
        """Forget a family and what it used."""
        ...

    async def check(self) -> None:
        """Return if the store answers."""
        ...

    async def close(self) -> None:
        """Let go of connections and files."""
        ...
