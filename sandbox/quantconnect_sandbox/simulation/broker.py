"""Orders from placing to filling, against an account and a day's bars.

Knows: when an order is accepted, touched and filled, and at what price. Must not know: why it was placed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

from attrs import Factory, define

from . import trading_days
from .market import Bars, decimals
from .orders import CANCELED, FILLED, INVALID, SUBMITTED, TYPES, Order
from .portfolio import Account, leverage, whole
from .source import Asset

MAX_ORDERS: Final = 10_000
MAX_OPEN: Final = 100
_AT_OPEN: Final = frozenset({TYPES["market"], TYPES["market_on_open"]})
_CERTAIN: Final = _AT_OPEN | {TYPES["market_on_close"]}
"""Types that fill without waiting for a price."""
_NEVER_CLOSED: Final = trading_days.ROUND_THE_CLOCK | trading_days.WEEKDAYS


@define(eq=False)
class Broker:
    """The orders of one run. `daily`: the code sees a day's bar only once the market has closed."""

    account: Account
    books: Mapping[str, Bars]
    assets: Mapping[str, Asset]
    daily: bool
    prices: dict[str, float] = Factory(dict)
    """The last known price by ticker."""
    orders: list[Order] = Factory(list)
    working: list[Order] = Factory(list)

    def pending(self) -> dict[str, float]:
        """The quantity under way by ticker, of orders that are sure to fill."""
        found: dict[str, float] = {}
        for order in self.working:
            if order.type in _CERTAIN:
                found[order.ticker] = found.get(order.ticker, 0.0) + order.quantity
        return found

    def place(self, kind: str, ticker: str, quantity: float, price: float, tag: str, time: datetime) -> None:
        """Place an order for a quantity rounded to what can be traded; nothing is placed for none."""
        asset = self.assets[ticker]
        quantity = whole(asset.kind, quantity)
        if not quantity or len(self.orders) >= MAX_ORDERS or len(self.working) >= MAX_OPEN:
            return
        waits = kind == "market" and self.daily and asset.kind not in _NEVER_CLOSED
        code = TYPES["market_on_open" if waits else kind]
        number = len(self.orders) + 1
        order = Order(number, ticker, asset.kind, code, quantity, time, self.prices[ticker], tag=tag)
        price = round(price, decimals(asset.kind, price))
        order.limit = price if kind in {"limit", "stop_limit"} else 0.0
        order.stop = price if kind in {"stop", "stop_limit"} else 0.0
        self.orders.append(order)
        if self._affordable(order):
            order.happened(SUBMITTED, time)
            self.working.append(order)
        else:
            order.happened(INVALID, time, message="Insufficient buying power to complete the order")

    def liquidate(self, ticker: str | None, tag: str, time: datetime) -> None:
        """Cancel what waits and close what is held, of one ticker or of all."""
        tickers = [ticker] if ticker is not None else list(self.books)
        waiting = [order for order in self.working if order.ticker in tickers and order.type not in _CERTAIN]
        for order in waiting:
            order.happened(CANCELED, time)
            self.working.remove(order)
        pending = self.pending()
        for name in tickers:
            held = self.account.held.get(name, 0.0) + pending.get(name, 0.0)
            if held:
                self.place("market", name, -held, 0.0, tag or "Liquidated", time)

    def call_margin(self, time: datetime) -> None:
        """An account that owes far more than it is worth is closed, as a broker would."""
        used = self._margin(self.account.held)
        if used > 1.5 * max(self.account.value(self.prices), 0.0) and used > 0 and not self.working:
            for ticker, quantity in list(self.account.held.items()):
                self.place("market", ticker, -quantity, 0.0, "Margin Call", time)

    def fill_at_open(self, today: Mapping[str, int], day: date) -> Iterator[Order]:
        """Fill what fills at the open, for tickers with a bar today; yields each order it filled."""
        for order in [order for order in self.working if order.type in _AT_OPEN]:
            index = today.get(order.ticker)
            if index is not None:
                price = self.books[order.ticker].open[index]
                yield self._fill(order, price, trading_days.opening(order.kind, day), index)

    def fill_in_session(self, today: Mapping[str, int], day: date) -> Iterator[Order]:
        """Fill what the day's prices touch, and what fills at the close."""
        for order in [order for order in self.working if order.type not in _AT_OPEN]:
            index = today.get(order.ticker)
            price = None if index is None else _touched(order, self.books[order.ticker], index)
            if index is None or price is None:
                continue
            late = order.type == TYPES["market_on_close"]
            time = (trading_days.closing if late else trading_days.midday)(order.kind, day)
            yield self._fill(order, price, time, index)

    def _fill(self, order: Order, price: float, time: datetime, index: int) -> Order:
        self.working.remove(order)
        order.price = price
        fee = self.account.fill(order.ticker, order.kind, order.quantity, price, time, index, order.id)
        order.happened(FILLED, time, fee)
        return order

    def _affordable(self, order: Order) -> bool:
        """Whether the account could carry everything once this order is filled."""
        planned = dict(self.account.held)
        for ticker, quantity in (*self.pending().items(), (order.ticker, order.quantity)):
            planned[ticker] = planned.get(ticker, 0.0) + quantity
        before, after = self.account.held.get(order.ticker, 0.0), planned[order.ticker]
        if abs(after) <= abs(before) and after * before >= 0:
            return True
        return self._margin(planned) <= self.account.value(self.prices)

    def _margin(self, quantities: Mapping[str, float]) -> float:
        return sum(
            abs(quantity) * self.prices[ticker] / leverage(self.assets[ticker].kind)
            for ticker, quantity in quantities.items()
        )


def _touched(order: Order, book: Bars, index: int) -> float | None:
    """The price at which a bar fills an order, or None. A gap through the price fills at the open."""
    buys, start = order.quantity > 0, book.open[index]
    high, low = book.high[index], book.low[index]
    if order.type == TYPES["market_on_close"]:
        return book.close[index]
    if order.type == TYPES["limit"]:
        if not ((low <= order.limit) if buys else (high >= order.limit)):
            return None
        return min(start, order.limit) if buys else max(start, order.limit)
    if not ((high >= order.stop) if buys else (low <= order.stop)):
        return None
    return max(start, order.stop) if buys else min(start, order.stop)
