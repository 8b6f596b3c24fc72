"""How much may be under way at once, of everybody and of each person: calls, bytes, waits for a sign-in.

Knows: amounts and who holds them. Must not know: what is done with them. Used on one event loop.

What is too much waits or is refused before it costs anything, so one person's calls do not stop the others'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

import anyio
from attrs import define, field, frozen

from ledgai_mcp.errors import Busy

Person: TypeAlias = tuple[str, str]
"""Issuer and subject: all tokens and sessions of a person count together."""

CONNECTIONS = 400
"""To the API, and so calls at once: enough while 24 people let all of theirs hang."""
_CALLS_EACH = 16
_SIGN_INS, _SIGN_INS_EACH = 40, 2
"""A sign-in that is waited for keeps a connection for 20 seconds."""
_FREE_BYTES = 64_000
"""Of each request and answer: small calls go on whatever large ones hold."""


@define
class Budget:
    """So much of one thing may be held at once."""

    what: str
    """Completes "at most 16 ... at once"."""
    most: int
    each: int
    free: int = 0
    """What every share has besides."""
    beyond: anyio.Semaphore = field(factory=lambda: anyio.Semaphore(1), init=False, repr=False)
    """Whoever has it may hold more than there is."""
    _held: Counter[Person] = field(factory=Counter, init=False, repr=False)
    _all: int = field(default=0, init=False)
    _waiting: set[anyio.Event] = field(factory=set, init=False, repr=False)

    @contextmanager
    def share(self, person: Person) -> Iterator[Share]:
        """Open an empty share; what it holds in the end is given back."""
        share = Share(self, person)
        try:
            yield share
        finally:
            self.count(person, -share.held)
            for event in self._waiting if share.held else ():
                event.set()
            if share.is_beyond:
                self.beyond.release()

    def require(self, person: Person, more: int) -> None:
        """Return if a person may hold so much more.

        Raises:
            Busy: there is not so much.
        """
        if self._held[person] + more > self.each:
            raise Busy(f"You have too much under way: at most {self.each} {self.what} at once", is_own=True)
        if self._all + more > self.most:
            raise Busy(f"The server has too much under way: at most {self.most} {self.what} at once")

    def count(self, person: Person, more: int) -> None:
        """Count what a person holds, or gives back if it is negative."""
        self._all += more
        self._held[person] += more
        if not self._held[person]:
            del self._held[person]

    async def less(self) -> None:
        """Wait until somebody has given something back."""
        event = anyio.Event()
        self._waiting.add(event)
        try:
            await event.wait()
        finally:
            self._waiting.discard(event)


@define
class Share:
    """What one request or call holds of a budget."""

    budget: Budget
    person: Person
    held: int = 0
    is_beyond: bool = False

    def grow(self, amount: int) -> None:
        """Hold at least so much in all.

        Raises:
            Busy: there is not so much; what is held stays.
        """
        more = max(0, amount - self.budget.free) - self.held
        if more > 0:
            if not self.is_beyond:
                self.budget.require(self.person, more)
            self.budget.count(self.person, more)
            self.held += more

    async def grow_within(self, seconds: float, amount: int) -> None:
        """The same, but wait for it. Only for a share that is empty: else two could wait for each other.

        Raises:
            Busy: there was not so much in this time.
        """
        with anyio.move_on_after(seconds):
            while True:
                with suppress(Busy):
                    self.grow(amount)
                    return
                await self.budget.less()
        self.grow(amount)

    async def grow_anyway(self, amount: int) -> None:
        """The same, but never refused: what does not fit may go beyond what there is, one at a time."""
        try:
            self.grow(amount)
        except Busy:
            await self.budget.beyond.acquire()
            self.is_beyond = True
            self.grow(amount)


@frozen
class Shares:
    """What one call holds."""

    answer: Share
    sign_in: Share


@frozen
class Traffic:
    """Everything that is shared out; one for the process."""

    calls: Budget
    contents: Budget
    sign_ins: Budget

    @classmethod
    def bounded(cls, most_bytes: int, largest: int) -> Traffic:
        """Return what so much memory allows: a quarter to each person, but always enough for the largest."""
        each = max(most_bytes // 4, largest)
        return cls(
            Budget("calls", CONNECTIONS, _CALLS_EACH),
            Budget("bytes of requests and answers", max(most_bytes, each), each, _FREE_BYTES),
            Budget("sign-ins", _SIGN_INS, _SIGN_INS_EACH),
        )

    @contextmanager
    def call(self, person: Person) -> Iterator[Shares]:
        """Count one call.

        Raises:
            Busy: there are too many.
        """
        with (
            self.calls.share(person) as one,
            self.contents.share(person) as answer,
            self.sign_ins.share(person) as sign_in,
        ):
            one.grow(1)
            yield Shares(answer, sign_in)
