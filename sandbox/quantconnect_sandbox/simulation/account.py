"""An account: cash, what was bought, fees, and the trades that selling makes.

Knows: first in, first out; fees like Interactive Brokers'. Must not know: days, why something is bought.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import Factory, define, field, frozen

LEVERAGE: Final = defaultdict(lambda: 2.0, {"crypto": 1.0, "forex": 50.0, "cfd": 50.0, "future": 10.0})
"""How much of a kind may be held per unit of equity."""
_LOT_DIGITS: Final = {"crypto": 6, "cryptofuture": 3}


def whole(kind: str, quantity: float) -> float:
    """A quantity that can be ordered: whole shares, or a fraction of a coin, rounded towards zero."""
    scale: int = 10 ** _LOT_DIGITS.get(kind, 0)
    return float(math.trunc(quantity * scale + math.copysign(1e-9, quantity)) / scale)


@frozen(eq=False)
class Fill:
    """A filled market order; a negative quantity sells. `reference` is the price when it was sent."""

    id: int
    ticker: str
    kind: str
    quantity: float
    created: datetime
    reference: float
    filled: datetime
    price: float
    step: int
    tag: str
    at_open: bool
    fee: float = field(init=False)

    @fee.default
    def _fee(self) -> float:
        """Half a cent a share and at least a dollar; basis points of the value for other kinds."""
        size, value = abs(self.quantity), abs(self.quantity * self.price)
        if self.kind == "equity":
            return round(max(1.0, min(0.005 * size, 0.005 * value)), 2)
        if self.kind in ("future", "index"):
            return round(max(1.0, 0.85 * size), 2)
        return round(max(2.0, 0.00002 * value) if self.kind in ("forex", "cfd") else 0.0002 * value, 2)


@frozen(eq=False)
class Trade:
    """A purchase, or a part of one, that was sold. `profit` is before fees."""

    entry: Fill
    exit: Fill
    quantity: float
    mae: float
    """Its worst moment, at most 0, and its best, at least 0 (account currency)."""
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
        return self.exit.filled - self.entry.filled


@define(eq=False)
class Account:
    """Cash and what is held of purchases, oldest first. All sums are in one currency."""

    cash: float
    history: Mapping[str, list[float]]
    """The prices so far by ticker, one a step."""
    lots: dict[str, deque[tuple[Fill, float]]] = Factory(lambda: defaultdict(deque))
    held: dict[str, float] = Factory(dict)
    """Quantity by ticker; a closed position has no entry."""
    trades: list[Trade] = Factory(list)
    fills: list[Fill] = Factory(list)

    def enter(self, fill: Fill) -> None:
        """Enter a fill into the books."""
        self.fills.append(fill)
        self.cash -= fill.quantity * fill.price + fill.fee
        if fill.quantity > 0:
            self.lots[fill.ticker].append((fill, fill.quantity))
        else:
            self._sell(fill)
        held = round(self.held.pop(fill.ticker, 0.0) + fill.quantity, 6)
        if held:
            self.held[fill.ticker] = held

    def _sell(self, sold: Fill) -> None:
        """Match what is sold against purchases, oldest first."""
        queue, left = self.lots[sold.ticker], -sold.quantity
        while queue and left:
            entry, quantity = queue.popleft()
            size = min(left, quantity)
            between = [entry.price, sold.price, *self.history[sold.ticker][entry.step : sold.step]]
            worst, best = (size * (each(between) - entry.price) for each in (min, max))
            self.trades.append(Trade(entry, sold, size, worst, best))
            left = round(left - size, 6)
            if rest := round(quantity - size, 6):
                queue.appendleft((entry, rest))

    def value(self, prices: Mapping[str, float]) -> float:
        """What everything is worth at these prices."""
        return self.cash + sum(quantity * prices[ticker] for ticker, quantity in self.held.items())

    def open_profit(self, prices: Mapping[str, float]) -> float:
        """Profit or loss of what is still held, before fees."""
        lots = (lot for queue in self.lots.values() for lot in queue)
        return sum(quantity * (prices[entry.ticker] - entry.price) for entry, quantity in lots)
