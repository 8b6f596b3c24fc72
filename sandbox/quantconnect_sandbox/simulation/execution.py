"""The days of a run: what it is worth at each close, and rearranging the account to the planned share.

Knows: the order of events in a day. Must not know: source code, statistics, how results look.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from attrs import Factory, define

from .account import Account, Fill
from .market import Security, closing


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
