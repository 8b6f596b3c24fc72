"""The days of a run: what the code decides, what is filled, and what the account was worth.

Knows: the order of events in a day. Must not know: source code, statistics, how results look.
Daily data: decide after the close, fill at the next open. Finer data: decide and fill at the open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from attrs import Factory, define, evolve, field, frozen

from . import trading_days
from .broker import Broker
from .market import Bars
from .orders import Order
from .portfolio import Account, leverage
from .source import InsightCall, OrderCall, Program
from .strategy import Moment, Strategy, period_of

MAX_INSIGHTS: Final = 10_000
MAX_LOGS: Final = 5_000
_MINIMUM_CHANGE: Final = 0.001
"""A rebalance smaller than this share of the account places no order."""


@frozen(eq=False)
class Sample:
    """One day: the account's value at open, high, low and close, and what it held at the close."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    long: float
    short: float
    traded: float
    margin: dict[str, float]


@frozen(eq=False)
class Emitted:
    """An insight as it was emitted; `reference` is the price then, `final` at its end or the run's."""

    call: InsightCall
    ticker: str
    kind: str
    time: datetime
    reference: float
    final: float
    closed: bool


@define(eq=False)
class Run:
    """A run under way, and after `go` all that happened in it."""

    program: Program
    days: Sequence[date]
    books: Mapping[str, Bars]
    starts: Mapping[str, int]
    ends: Mapping[str, int]
    seed: int
    samples: list[Sample] = Factory(list)
    insights: list[Emitted] = Factory(list)
    logs: list[str] = Factory(list)
    broker: Broker = field(init=False)
    kinds: dict[str, str] = field(init=False)
    """Each security's kind by its ticker."""
    _kind: str = field(init=False)
    _strategy: Strategy = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Open the account."""
        assets = {asset.ticker: asset for asset in self.program.assets}
        daily = all(asset.resolution == "daily" for asset in self.program.assets)
        self.kinds = {ticker: asset.kind for ticker, asset in assets.items()}
        self._kind = next(iter(self.kinds.values()), "equity")
        self.broker = Broker(Account(self.program.cash), self.books, assets, daily)
        self._strategy = Strategy(self.program, self.books, self.starts, self.ends, self.seed)

    @property
    def account(self) -> Account:
        """The account as it is now."""
        return self.broker.account

    @property
    def prices(self) -> dict[str, float]:
        """The last known price by ticker."""
        return self.broker.prices

    @property
    def orders(self) -> list[Order]:
        """All orders placed so far."""
        return self.broker.orders

    def go(self) -> None:
        """Run through all days."""
        previous: date | None = None
        for day in self.days:
            today = {
                ticker: index for ticker, book in self.books.items() if (index := book.at(day)) is not None
            }
            traded = self.account.volume
            value = self._open(today, day)
            if not self.broker.daily:
                self._decide(day, previous, trading_days.opening(self._kind, day), today)
                self._fills(self.broker.fill_at_open(today, day), day)
            self._fills(self.broker.fill_in_session(today, day), day)
            self._close(today, day, value, traded)
            if self.broker.daily:
                self._decide(day, previous, trading_days.closing(self._kind, day), {})
            previous = day
        if self.days:
            self._log("end", self._moment(self.days[-1], None, self.samples[-1].time, {}))

    def _open(self, today: Mapping[str, int], day: date) -> float:
        """Set the opening prices and fill what waits for them; the account's value before those fills."""
        for ticker, book in self.books.items():
            if ticker in today:
                self.prices[ticker] = book.open[today[ticker]]
            elif ticker not in self.prices:
                self.prices[ticker] = book.close[max(book.before(day), 0)]
        value = self.account.value(self.prices)
        self._fills(self.broker.fill_at_open(today, day), day)
        return value

    def _close(self, today: Mapping[str, int], day: date, value: float, traded: float) -> None:
        high = low = self.account.cash
        for ticker, quantity in self.account.held.items():
            index, book = today.get(ticker), self.books[ticker]
            top, bottom = (self.prices[ticker],) * 2 if index is None else (book.high[index], book.low[index])
            high += max(quantity * top, quantity * bottom)
            low += min(quantity * top, quantity * bottom)
        for ticker, index in today.items():
            self.prices[ticker] = self.books[ticker].close[index]
        close = self.account.value(self.prices)
        values = {ticker: quantity * self.prices[ticker] for ticker, quantity in self.account.held.items()}
        sample = Sample(
            time=trading_days.closing(self._kind, day),
            open=value,
            high=max(value, high, close),
            low=min(value, low, close),
            close=close,
            long=sum(worth for worth in values.values() if worth > 0),
            short=-sum(worth for worth in values.values() if worth < 0),
            traded=self.account.volume - traded,
            margin={ticker: abs(worth) / leverage(self.kinds[ticker]) for ticker, worth in values.items()},
        )
        self.samples.append(sample)

    def _moment(
        self, day: date, previous: date | None, time: datetime, unfinished: Mapping[str, int]
    ) -> Moment:
        """What the code can know; `unfinished` names the bars of today that have only begun."""
        last = {t: (unfinished[t] - 1 if t in unfinished else b.before(day)) for t, b in self.books.items()}
        local = trading_days.local(self._kind, time)
        return Moment(local, day, previous, last, self.prices, self.account, self.broker.pending())

    def _decide(
        self, day: date, previous: date | None, time: datetime, unfinished: Mapping[str, int]
    ) -> None:
        """Follow the code once for the day."""
        periods = [u for u in ("week", "month", "year") if previous is None or _begins(u, previous, day)]
        for phase in ("initialize", "bar", "day", *periods):
            if phase not in self._strategy.phases or (phase == "initialize" and previous is not None):
                continue
            moment = self._moment(day, previous, time, unfinished)
            if phase == "initialize":
                # LEAN initialises before the first day begins, but can trade only once there is a price.
                moment = evolve(moment, time=moment.time.replace(hour=0, minute=0))
            for rule in self._strategy.due(phase, moment):
                if isinstance(rule.action, OrderCall):
                    self._order(rule.action, self._moment(day, previous, time, unfinished), time)
                elif isinstance(rule.action, InsightCall):
                    self._emit(rule.action, time)
                else:
                    self._write(self._strategy.text(rule.action.text, moment), moment)
        self.broker.call_margin(time)

    def _order(self, call: OrderCall, moment: Moment, time: datetime) -> None:
        ticker = call.ticker
        if call.kind == "liquidate":
            if ticker is None or ticker in self.books:
                self.broker.liquidate(ticker, call.tag, time)
            return
        amount = self._strategy.number(call.amount, moment)
        if ticker is None or ticker not in self.books or amount is None:
            return
        if call.kind == "set_holdings":
            change = self._strategy.quantity_for(ticker, amount, moment) or 0.0
            smallest = _MINIMUM_CHANGE * max(self.account.value(self.prices), 0.0)
            if amount == 0 or abs(change) * self.prices[ticker] >= smallest:
                self.broker.place("market", ticker, change, 0.0, call.tag, time)
            return
        price = self._strategy.number(call.price, moment) or 0.0
        if call.kind in {"limit", "stop", "stop_limit"} and price <= 0:
            # A price that reading did not understand: one percent away, on the side where such orders wait.
            price = self.prices[ticker] * (0.99 if (amount > 0) == (call.kind == "limit") else 1.01)
        self.broker.place(call.kind, ticker, amount, price, call.tag, time)

    def _fills(self, filled: Iterable[Order], day: date) -> None:
        for order in filled:
            if "fill" in self._strategy.phases:
                self._log("fill", self._moment(day, None, order.events[-1][1], {}))

    def _log(self, phase: str, moment: Moment) -> None:
        for rule in self._strategy.due(phase, moment):
            if not isinstance(rule.action, OrderCall | InsightCall):
                self._write(self._strategy.text(rule.action.text, moment), moment)

    def _write(self, text: str, moment: Moment) -> None:
        if len(self.logs) < MAX_LOGS:
            self.logs.append(f"{moment.time:%Y-%m-%d %H:%M:%S} {text[:2_000]}")

    def _emit(self, call: InsightCall, time: datetime) -> None:
        ticker = call.ticker
        if ticker is None or ticker not in self.books or len(self.insights) >= MAX_INSIGHTS:
            return
        book = self.books[ticker]
        until = (time + timedelta(seconds=call.period)).date()
        last = min(book.before(until), self.ends[ticker])
        price, closed = self.prices[ticker], until <= self.days[-1]
        self.insights.append(Emitted(call, ticker, book.kind, time, price, book.close[last], closed))


def _begins(unit: str, previous: date, day: date) -> bool:
    return period_of(unit, previous) != period_of(unit, day)
