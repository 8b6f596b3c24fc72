"""The steps of a run: rearranging the account to the planned share, and what it is worth after each.

Knows: the order of events in a day. Must not know: source code, statistics, how results look.
Daily data: an order follows a close and is filled at the next open. Finer data: it is filled at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from attrs import Factory, define, field, frozen

from . import trading_days
from .account import Account, whole
from .exposure import schedule
from .market import Bars

MAX_ORDERS: Final = 10_000
MAX_STEPS: Final = 4_000
_PER_DAY: Final = {"daily": 1, "hour": 7, "minute": 13}
"""Moments of a day that a run looks at, fewer in a long run."""
_PACE: Final = {"daily": 12, "hour": 10, "minute": 13}
"""Steps from one rearrangement to the next, about."""


@frozen(eq=False)
class Step:
    """A moment of a run: the share of its day that has passed."""

    day: date
    time: datetime
    share: float


@frozen(eq=False)
class Fill:
    """A market order that was filled; `reference` is the price when it was sent."""

    id: int
    ticker: str
    kind: str
    quantity: float
    created: datetime
    reference: float
    filled: datetime
    price: float
    fee: float
    tag: str
    at_open: bool


@frozen(eq=False)
class Sample:
    """The account after a step."""

    time: datetime
    day: date
    value: float
    held: dict[str, float]
    """Value by ticker."""
    traded: float
    """Value traded so far."""


@define(eq=False)
class Run:
    """A run under way, and after `go` all that happened in it."""

    cash: float
    books: dict[str, Bars]
    days: Sequence[date]
    resolution: str
    good: float
    seed: str
    tags: Sequence[str] = ()
    samples: list[Sample] = Factory(list)
    fills: list[Fill] = Factory(list)
    plan: list[tuple[datetime, float, timedelta]] = Factory(list)
    """When the account was rearranged, to which share, and for how long."""
    history: dict[str, list[float]] = field(init=False)
    account: Account = field(init=False)
    _steps: list[Step] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Open the account."""
        self.history = {ticker: [] for ticker in self.books}
        self.account = Account(self.cash, self.history)
        count = _PER_DAY[self.resolution]
        if count > 1:
            count = max(min(count, MAX_STEPS // len(self.days)), 2)
        kind = next((book.kind for book in self.books.values()), "equity")
        self._steps = [step for day in self.days for step in _steps(kind, day, count)]

    @property
    def prices(self) -> dict[str, float]:
        """The last price by ticker."""
        return {ticker: prices[-1] for ticker, prices in self.history.items()}

    def go(self, share: float) -> None:
        """Run through a share of all steps, the first at least."""
        steps = self._steps
        until = max(round(len(steps) * share), 1)
        pace = max(_PACE[self.resolution], len(steps) * len(self.books) // MAX_ORDERS * 2)
        years = (steps[-1].time - steps[0].time).days / 365
        plan = list(schedule(len(steps), pace, years, self._gain, self.good, self.seed))
        ends = [start for start, _ in plan[1:]] + [len(steps) - 1]
        planned = {start: (part, end) for (start, part), end in zip(plan, ends, strict=False)}
        for number, step in enumerate(steps[:until]):
            if number in planned and self.resolution == "daily":
                self._rearrange(number, *planned[number])
            for ticker, book in self.books.items():
                self.history[ticker].append(book.price(book.before(step.day), step.share))
            if number in planned and self.resolution != "daily":
                self._rearrange(number, *planned[number])
            self._sample(step)

    def _gain(self, first: int, after: int) -> float:
        """What the basket gains from a step's fills to another's."""
        gains = [
            self._fill_price(book, self._steps[after]) / self._fill_price(book, self._steps[first]) - 1
            for book in self.books.values()
        ]
        return sum(gains) / len(gains) if gains else 0.0

    def _fill_price(self, book: Bars, step: Step) -> float:
        return book.price(book.before(step.day), 0.0 if self.resolution == "daily" else step.share)

    def _rearrange(self, number: int, share: float, end: int) -> None:
        """Order the difference between what is held and the planned share, in equal parts."""
        step, sent = self._steps[number], self._steps[number - (self.resolution == "daily")]
        prices = self.prices
        part = max(self.account.value(prices), 0.0) * share / max(len(self.books), 1)
        self.plan.append((sent.time, share, self._steps[end].time - sent.time))
        for ticker, book in self.books.items():
            wanted = whole(book.kind, part / prices[ticker])
            quantity = whole(book.kind, wanted - self.account.held.get(ticker, 0.0))
            if quantity and trading_days.trades_on(book.kind, step.day) and len(self.fills) < MAX_ORDERS:
                self._fill(ticker, quantity, number, sent, prices[ticker])

    def _fill(self, ticker: str, quantity: float, number: int, sent: Step, reference: float) -> None:
        book, step, daily = self.books[ticker], self._steps[number], self.resolution == "daily"
        price = self._fill_price(book, step)
        time = trading_days.opening(book.kind, step.day) if daily else step.time
        id_ = len(self.fills) + 1
        cost = self.account.fill(ticker, book.kind, quantity, price, time, number, id_)
        tag = self.tags[(id_ - 1) % len(self.tags)] if self.tags else ""
        never_closed = book.kind in trading_days.ROUND_THE_CLOCK | trading_days.WEEKDAYS
        self.fills.append(
            Fill(
                id=id_,
                ticker=ticker,
                kind=book.kind,
                quantity=quantity,
                created=sent.time,
                reference=reference,
                filled=time,
                price=price,
                fee=cost,
                tag=tag,
                at_open=daily and not never_closed,
            )
        )

    def _sample(self, step: Step) -> None:
        prices = self.prices
        held = {ticker: quantity * prices[ticker] for ticker, quantity in self.account.held.items()}
        traded = sum(self.account.sales.values())
        self.samples.append(Sample(step.time, step.day, self.account.value(prices), held, traded))


def _steps(kind: str, day: date, count: int) -> list[Step]:
    """The moments of one day, the last at its close."""
    start, end = trading_days.opening(kind, day), trading_days.closing(kind, day)
    moments = [(number + 1) / count for number in range(count)]
    return [
        Step(
            day,
            end if share >= 1 else (start + (end - start) * share).replace(second=0, microsecond=0),
            share,
        )
        for share in moments
    ]
