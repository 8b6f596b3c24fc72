"""State of one process, gone when it ends: for stdio, and for trying things out.

Knows: plain dictionaries on one event loop, where a step without `await` is atomic. Must not know: files,
networks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from attrs import evolve

from ledgai_mcp.state.store import Family, Rotation

_TIDY_EVERY = 1000


class MemoryStore:
    """See Store."""

    is_shared: ClassVar[bool] = False
    place = "this process"

    def __init__(
        self, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._steady = steady
        self._over, self._since = clock(), steady()
        """A time that is surely over: a clock that jumped ahead must not make anything expire."""
        self._cuts: dict[str, tuple[int, int]] = {}
        self._spends: dict[str, tuple[set[str], int]] = {}
        self._families: dict[str, tuple[Family, set[str]]] = {}
        self._writes = 0

    async def cut(self, key: str, until: int, expires_at: int) -> None:
        """See Store."""
        self._tidy()
        before, lasting = self._cuts.get(key, (until, expires_at))
        self._cuts[key] = (max(before, until), max(lasting, expires_at))

    async def cuts(self, keys: Sequence[str]) -> list[int | None]:
        """See Store."""
        return [self._cuts[key][0] if key in self._cuts else None for key in keys]

    async def spend(self, counter: str, ticket: str, limit: int, expires_at: int) -> bool:
        """See Store."""
        self._tidy()
        tickets, _ = self._spends.setdefault(counter, (set(), expires_at))
        if ticket not in tickets and len(tickets) >= limit:
            return False
        tickets.add(ticket)
        return True

    async def refund(self, counter: str, ticket: str) -> None:
        """See Store."""
        if counter in self._spends:
            self._spends[counter][0].discard(ticket)

    async def add_family(self, family: Family) -> None:
        """See Store."""
        self._tidy()
        self._families[family.family_id] = (family, set())

    async def family(self, family_id: str) -> Family | None:
        """See Store."""
        family, _ = self._families.get(family_id, (None, None))
        return family if family is not None and family.expires_at > self._clock() else None

    async def rotate(self, family_id: str, old: str, new: str, grant: str) -> Rotation:
        """See Store."""
        family, used = self._families.get(family_id, (None, set[str]()))
        if family is None or family.expires_at <= self._clock():
            return "unknown"
        if old in used:
            return "reused"
        if family.current != old:
            return "unknown"
        used.add(old)
        self._families[family_id] = (evolve(family, current=new, grant=grant), used)
        return "rotated"

    async def end_family(self, family_id: str) -> None:
        """See Store."""
        self._families.pop(family_id, None)

    async def check(self) -> None:
        """See Store."""

    async def close(self) -> None:
        """See Store."""

    def _tidy(self) -> None:
        since, self._since = self._since, self._steady()
        now = self._over = min(self._clock(), self._over + self._since - since)
        self._writes += 1
        if self._writes % _TIDY_EVERY:
            return
        self._cuts = {key: cut for key, cut in self._cuts.items() if cut[1] > now}
        self._spends = {key: spent for key, spent in self._spends.items() if spent[1] > now}
        self._families = {key: kept for key, kept in self._families.items() if kept[0].expires_at > now}
