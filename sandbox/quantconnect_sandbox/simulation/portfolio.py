"""An account: cash, lots bought or sold short, fees, and the trades that closing lots makes.

Knows: first in, first out; fees like Interactive Brokers'. Must not know: days, strategies.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import Factory, define, frozen

_LEVERAGE: Final = {
    "equity": 2.0,
    "index": 2.0,
    "crypto": 1.0,
    "cryptofuture": 2.0,
    "forex": 50.0,
    "cfd": 50.0,
    "future": 10.0,
}
_LOT_DIGITS: Final = {"crypto": 6, "cryptofuture": 3}


@define(eq=False)
class Lot:
    """What is left of one fill. `quantity` is signed: negative was sold short."""

    quantity: float
    price: float
    time: datetime
    index: int
    """The bar it was filled on."""
    order: int
    fee: float
    """Per unit."""


@frozen(eq=False)
class Trade:
    """A lot, or a part of one, that was closed. `profit` is before fees."""

    ticker: str
    kind: str
    entry_time: datetime
    entry_price: float
    long: bool
    quantity: float
    exit_time: datetime
    exit_price: float
    profit: float
    fees: float
    first: int
    last: int
    """The bars of entry and exit: between them lie the best and worst moment."""
    orders: tuple[int, ...]


def leverage(kind: str) -> float:
    """How much of a kind may be held per unit of equity."""
    return _LEVERAGE.get(kind, 2.0)


def whole(kind: str, quantity: float) -> float:
    """A quantity that can be ordered: whole shares, or a fraction of a coin, rounded towards zero."""
    if not math.isfinite(quantity):
        return 0.0
    scale: int = 10 ** _LOT_DIGITS.get(kind, 0)
    return float(math.trunc(quantity * scale + math.copysign(1e-9, quantity)) / scale)


def fee(kind: str, quantity: float, price: float) -> float:
    """What a fill costs: half a cent a share and at least a dollar; basis points of the value otherwise."""
    value = abs(quantity * price)
    if kind == "equity":
        return round(max(1.0, min(0.005 * abs(quantity), 0.005 * value)), 2)
    if kind in {"future", "index"}:
        return round(max(1.0, 0.85 * abs(quantity)), 2)
    return round(
        max(2.0 if kind in {"forex", "cfd"} else 0.0, 0.00002 * value if kind == "forex" else 0.0002 * value),
        2,
    )


@define(eq=False)
class Account:
    """Cash and lots. All sums are in one currency."""

    cash: float
    lots: dict[str, deque[Lot]] = Factory(dict)
    held: dict[str, float] = Factory(dict)
    """Signed quantity by ticker; a closed position has no entry."""
    trades: list[Trade] = Factory(list)
    fees: float = 0.0
    volume: float = 0.0
    sales: dict[str, float] = Factory(dict)
    """Value traded by ticker."""

    def fill(
        self, ticker: str, kind: str, quantity: float, price: float, time: datetime, index: int, order: int
    ) -> float:
        """Take a fill into the books; answers its fee."""
        cost = fee(kind, quantity, price)
        self.fees += cost
        self.cash -= quantity * price + cost
        self.volume += abs(quantity * price)
        self.sales[ticker] = self.sales.get(ticker, 0.0) + abs(quantity * price)
        left = self._close(ticker, kind, quantity, price, time, index, order, cost / abs(quantity))
        if left:
            self.lots.setdefault(ticker, deque()).append(
                Lot(left, price, time, index, order, cost / abs(quantity))
            )
        held = self.held.get(ticker, 0.0) + quantity
        if abs(held) < 1e-9:
            self.held.pop(ticker, None)
        else:
            self.held[ticker] = held
        return cost

    def _close(
        self,
        ticker: str,
        kind: str,
        quantity: float,
        price: float,
        time: datetime,
        index: int,
        order: int,
        unit_fee: float,
    ) -> float:
        """Match a fill against lots of the other side, oldest first; answers what is left of it."""
        queue = self.lots.get(ticker)
        while queue and abs(quantity) > 1e-9 and queue[0].quantity * quantity < 0:
            lot = queue[0]
            size = min(abs(quantity), abs(lot.quantity))
            sign = 1.0 if lot.quantity > 0 else -1.0
            self.trades.append(
                Trade(
                    ticker,
                    kind,
                    lot.time,
                    lot.price,
                    sign > 0,
                    size,
                    time,
                    price,
                    sign * size * (price - lot.price),
                    size * (lot.fee + unit_fee),
                    lot.index,
                    index,
                    (lot.order, order),
                )
            )
            lot.quantity -= sign * size
            quantity += sign * size
            if abs(lot.quantity) < 1e-9:
                queue.popleft()
        return quantity if abs(quantity) > 1e-9 else 0.0

    def value(self, prices: Mapping[str, float]) -> float:
        """What everything is worth at these prices."""
        return self.cash + sum(quantity * prices[ticker] for ticker, quantity in self.held.items())

    def open_profit(self, prices: Mapping[str, float]) -> float:
        """Profit or loss of the lots that are still open, before fees."""
        return sum(
            lot.quantity * (prices[ticker] - lot.price)
            for ticker, queue in self.lots.items()
            for lot in queue
        )

    def average_price(self, ticker: str) -> float:
        """The mean entry price of what is held; 0 for nothing."""
        queue = self.lots.get(ticker)
        if not queue:
            return 0.0
        return sum(lot.quantity * lot.price for lot in queue) / sum(lot.quantity for lot in queue)
