"""An account through the days of a run: cash, what was bought, fees, and the trades that selling makes.

Knows: first in, first out; fees like Interactive Brokers'; the order of events in a day. Must not know: why
something is bought, source code, how results look.
"""

import math
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from attrs import Factory, define

from .market import Security, closing


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


@define(eq=False)
class Run:
    """A run under way, and after `go` all that happened in it: one entry a day, at its close."""

    account: Account
    days: Sequence[date]
    benchmark: Sequence[float]
    plan: Mapping[int, float]
    """The share of the account that is invested from a day on."""
    tags: Sequence[str]
    times: list[datetime]
    values: list[float]
    """These two and the benchmark begin before the first day: they have one entry more."""
    held: list[dict[Security, float]] = Factory(list)
    """The value held by security."""
    traded: list[float] = Factory(list)

    def go(self) -> None:
        """Run through all days."""
        account = self.account
        for number, day in enumerate(self.days):
            before = len(account.fills)
            self.times.append(closing(day))
            account.prices = {security: prices[number] for security, prices in account.books.items()}
            if number in self.plan:
                self._rearrange(number)
            held = account.held()
            self.values.append(account.cash + sum(held.values()))
            self.held.append(held)
            self.traded.append(sum(abs(fill.value) for fill in account.fills[before:]))

    def _rearrange(self, number: int) -> None:
        """Order the difference between what is held and the planned share, in equal parts."""
        account = self.account
        worth = max(account.cash + sum(account.held().values()), 0.0)
        for security, price in account.prices.items():
            scale = 10**security.kind.digits
            part = worth * self.plan[number] / len(account.prices)
            wanted = math.floor(part / price * scale) / scale
            quantity = round(wanted - account.quantity(security), 6)
            if quantity:
                id_ = len(account.fills) + 1
                tag = self.tags[id_ % len(self.tags) - 1] if self.tags else ""
                account.enter(Fill(id_, security, quantity, self.times[-1], price, number, tag))
