"""An account: cash, lots that were bought, fees, and the trades that selling lots makes.

Knows: first in, first out; fees like Interactive Brokers'. Must not know: days, why something is bought.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import Factory, define, frozen

_LEVERAGE: Final = {"crypto": 1.0, "forex": 50.0, "cfd": 50.0, "future": 10.0}
_LOT_DIGITS: Final = {"crypto": 6, "cryptofuture": 3}


@define(eq=False)
class Lot:
    """What is left of one purchase; `fee` is per unit, `step` where it happened."""

    quantity: float
    price: float
    time: datetime
    step: int
    order: int
    fee: float


@frozen(eq=False)
class Trade:
    """A lot, or a part of one, that was sold. `profit` is before fees."""

    ticker: str
    kind: str
    quantity: float
    entry_time: datetime
    entry_price: float
    exit_time: datetime
    exit_price: float
    fees: float
    orders: tuple[int, int]
    mae: float
    """Its worst moment, at most 0, and its best, at least 0 (account currency)."""
    mfe: float

    @property
    def profit(self) -> float:
        """What it brought, to what results show of it."""
        return round(self.quantity * (self.exit_price - self.entry_price), 4)

    @property
    def duration(self) -> timedelta:
        """How long it was open."""
        return self.exit_time - self.entry_time


def leverage(kind: str) -> float:
    """How much of a kind may be held per unit of equity."""
    return _LEVERAGE.get(kind, 2.0)


def whole(kind: str, quantity: float) -> float:
    """A quantity that can be ordered: whole shares, or a fraction of a coin, rounded towards zero."""
    scale: int = 10 ** _LOT_DIGITS.get(kind, 0)
    return float(math.trunc(quantity * scale + math.copysign(1e-9, quantity)) / scale)


def fee(kind: str, quantity: float, price: float) -> float:
    """What a fill costs: half a cent a share and at least a dollar; basis points of the value otherwise."""
    value = abs(quantity * price)
    if kind == "equity":
        return round(max(1.0, min(0.005 * abs(quantity), 0.005 * value)), 2)
    if kind in ("future", "index"):
        return round(max(1.0, 0.85 * abs(quantity)), 2)
    if kind in ("forex", "cfd"):
        return round(max(2.0, 0.00002 * value), 2)
    return round(0.0002 * value, 2)


@define(eq=False)
class Account:
    """Cash and lots. All sums are in one currency."""

    cash: float
    history: Mapping[str, list[float]]
    """The prices so far by ticker, one a step."""
    lots: dict[str, deque[Lot]] = Factory(dict)
    held: dict[str, float] = Factory(dict)
    """Quantity by ticker; a closed position has no entry."""
    trades: list[Trade] = Factory(list)
    fees: float = 0.0
    sales: dict[str, float] = Factory(dict)
    """Value traded by ticker."""

    def fill(
        self, ticker: str, kind: str, quantity: float, price: float, time: datetime, step: int, order: int
    ) -> float:
        """Enter a fill into the books; a negative quantity sells. Answers its fee."""
        cost = fee(kind, quantity, price)
        self.fees += cost
        self.cash -= quantity * price + cost
        self.sales[ticker] = self.sales.get(ticker, 0.0) + abs(quantity * price)
        new = Lot(abs(quantity), price, time, step, order, cost / abs(quantity))
        if quantity > 0:
            self.lots.setdefault(ticker, deque()).append(new)
        else:
            self._sell(ticker, kind, new)
        held = round(self.held.pop(ticker, 0.0) + quantity, 6)
        if held:
            self.held[ticker] = held
        return cost

    def _sell(self, ticker: str, kind: str, sold: Lot) -> None:
        """Match what is sold against lots, oldest first."""
        queue = self.lots[ticker]
        while queue and sold.quantity:
            lot = queue[0]
            size = min(sold.quantity, lot.quantity)
            between = [lot.price, sold.price, *self.history[ticker][lot.step : sold.step]]
            self.trades.append(
                Trade(
                    ticker=ticker,
                    kind=kind,
                    quantity=size,
                    entry_time=lot.time,
                    entry_price=lot.price,
                    exit_time=sold.time,
                    exit_price=sold.price,
                    fees=size * (lot.fee + sold.fee),
                    orders=(lot.order, sold.order),
                    mae=size * (min(between) - lot.price),
                    mfe=size * (max(between) - lot.price),
                )
            )
            lot.quantity = round(lot.quantity - size, 6)
            sold.quantity = round(sold.quantity - size, 6)
            if not lot.quantity:
                queue.popleft()

    def value(self, prices: Mapping[str, float]) -> float:
        """What everything is worth at these prices."""
        return self.cash + sum(quantity * prices[ticker] for ticker, quantity in self.held.items())

    def open_profit(self, ticker: str, price: float) -> float:
        """Profit or loss of the lots of a ticker that are still open, before fees."""
        return sum(lot.quantity * (price - lot.price) for lot in self.lots.get(ticker, ()))
