"""An account: cash, what was bought, fees, and the trades that selling makes.

Knows: first in, first out; fees like Interactive Brokers'. Must not know: days, why something is bought.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from attrs import Factory, define

from .market import Security


class Fill(NamedTuple):
    """A filled market order; a negative quantity sells."""

    id: int
    security: Security
    quantity: float
    time: datetime
    price: float
    day: int
    """Which of the run's days, from 0."""
    tag: str

    @property
    def value(self) -> float:
        """Bought (positive) or sold, in US dollars."""
        return self.quantity * self.price

    @property
    def fee(self) -> float:
        """Half a cent a share and at least a dollar; basis points of the value of coins and currencies."""
        size, value = abs(self.quantity), abs(self.value)
        if self.security.kind.ending in ("2XR", "18R", "8G"):
            return round(0.0002 * value, 2)
        return round(max(1.0, min(0.005 * size, 0.005 * value)), 2)


class Trade(NamedTuple):
    """A purchase, or a part of one, that was sold. `profit` is before fees."""

    entry: Fill
    exit: Fill
    quantity: float
    mae: float
    """Its worst moment, at most 0, and its best, at least 0 (US dollars)."""
    mfe: float

    @property
    def profit(self) -> float:
        """What it brought, to what results show of it."""
        return round(self.quantity * (self.exit.price - self.entry.price), 4)

    @property
    def fees(self) -> float:
        """Its part of the fees of both orders."""
        return self.quantity * sum(fill.fee / abs(fill.quantity) for fill in (self.entry, self.exit))

    @property
    def duration(self) -> timedelta:
        """How long it was open."""
        return self.exit.time - self.entry.time


@define(eq=False)
class Account:
    """Cash, the last prices, and what is held of purchases, oldest first. All sums are US dollars."""

    cash: float
    books: Mapping[Security, Sequence[float]]
    prices: dict[Security, float] = Factory(dict)
    lots: dict[Security, deque[tuple[Fill, float]]] = Factory(lambda: defaultdict(deque))
    trades: list[Trade] = Factory(list)
    fills: list[Fill] = Factory(list)
    sales: dict[Security, float] = Factory(lambda: defaultdict(float))
    """The value traded."""

    def enter(self, fill: Fill) -> None:
        """Enter a fill into the books; what is sold is matched against purchases, oldest first."""
        self.fills.append(fill)
        self.sales[fill.security] += abs(fill.value)
        self.cash -= fill.value + fill.fee
        queue, left = self.lots[fill.security], -fill.quantity
        if left < 0:
            queue.append((fill, -left))
        while queue and left > 0:
            entry, quantity = queue.popleft()
            size = min(left, quantity)
            between = [entry.price, fill.price, *self.books[fill.security][entry.day : fill.day]]
            worst, best = (size * (each(between) - entry.price) for each in (min, max))
            self.trades.append(Trade(entry, fill, size, worst, best))
            left = round(left - size, 6)
            if rest := round(quantity - size, 6):
                queue.appendleft((entry, rest))

    def quantity(self, security: Security) -> float:
        """How much of a security is held."""
        return round(sum(quantity for _, quantity in self.lots[security]), 6)

    def held(self) -> dict[Security, float]:
        """The value of what is held, by security."""
        return {each: self.quantity(each) * self.prices[each] for each, lots in self.lots.items() if lots}
