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
from .account import Account, Fill, whole
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
class Sample:
    """The account after a step: its value, the value held by ticker, and the value traded so far."""

    time: datetime
    day: date
    value: float
    held: dict[str, float]
    traded: float


@define(eq=False)
class Run:
    """A run under way, and after `go` all that happened in it."""

    cash: float
    books: dict[str, Bars]
    days: Sequence[date]
    resolution: str
    good: float
    seed: str
    tags: Sequence[str]
    samples: list[Sample] = Factory(list)
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

    def sales(self) -> dict[str, float]:
        """Value traded by ticker."""
        found: dict[str, float] = {}
        for fill in self.account.fills:
            found[fill.ticker] = found.get(fill.ticker, 0.0) + abs(fill.quantity * fill.price)
        return found

    @property
    def _daily(self) -> bool:
        return self.resolution == "daily"

    def go(self, share: float) -> None:
        """Run through a share of all steps, the first at least."""
        steps = self._steps
        pace = max(_PACE[self.resolution], len(steps) * len(self.books) // MAX_ORDERS * 2)
        years = (steps[-1].time - steps[0].time).days / 365
        plan = dict(schedule(len(steps), pace, years, self._gain, self.good, self.seed))
        ends = dict(zip(plan, [*list(plan)[1:], len(steps) - 1], strict=False))
        traded = 0.0
        for number, step in enumerate(steps[: max(round(len(steps) * share), 1)]):
            before = len(self.account.fills)
            if self._daily and number in plan:
                self._rearrange(number, plan[number], ends[number])
            for ticker, book in self.books.items():
                self.history[ticker].append(book.price(book.before(step.day), step.share))
            if not self._daily and number in plan:
                self._rearrange(number, plan[number], ends[number])
            prices = self.prices
            traded += sum(abs(fill.quantity * fill.price) for fill in self.account.fills[before:])
            held = {ticker: quantity * prices[ticker] for ticker, quantity in self.account.held.items()}
            self.samples.append(Sample(step.time, step.day, self.account.value(prices), held, traded))

    def _gain(self, first: int, after: int) -> float:
        """What the basket gains from a step's fills to another's."""
        pairs = [
            [self._fill_price(book, self._steps[at]) for at in (first, after)] for book in self.books.values()
        ]
        return sum(end / start - 1 for start, end in pairs) / max(len(pairs), 1)

    def _fill_price(self, book: Bars, step: Step) -> float:
        return book.price(book.before(step.day), 0.0 if self._daily else step.share)

    def _rearrange(self, number: int, share: float, end: int) -> None:
        """Order the difference between what is held and the planned share, in equal parts."""
        step, sent = self._steps[number], self._steps[number - self._daily]
        prices = self.prices
        part = max(self.account.value(prices), 0.0) * share / max(len(self.books), 1)
        self.plan.append((sent.time, share, self._steps[end].time - sent.time))
        for ticker, book in self.books.items():
            held = self.account.held.get(ticker, 0.0)
            quantity = whole(book.kind, whole(book.kind, part / prices[ticker]) - held)
            id_ = len(self.account.fills) + 1
            if quantity and trading_days.trades_on(book.kind, step.day) and id_ <= MAX_ORDERS:
                fill = Fill(
                    id=id_,
                    ticker=ticker,
                    kind=book.kind,
                    quantity=quantity,
                    created=sent.time,
                    reference=prices[ticker],
                    filled=trading_days.opening(book.kind, step.day) if self._daily else step.time,
                    price=self._fill_price(book, step),
                    step=number,
                    tag=self.tags[id_ % len(self.tags) - 1] if self.tags else "",
                    at_open=self._daily and book.kind not in trading_days.NEVER_CLOSED,
                )
                self.account.enter(fill)


def _steps(kind: str, day: date, count: int) -> list[Step]:
    """The moments of one day, the last at its close."""
    start, end = trading_days.opening(kind, day), trading_days.closing(kind, day)
    found = [Step(day, end, 1.0)]
    for number in range(1, count):
        time = (start + (end - start) * number / count).replace(second=0, microsecond=0)
        found.insert(number - 1, Step(day, time, number / count))
    return found
