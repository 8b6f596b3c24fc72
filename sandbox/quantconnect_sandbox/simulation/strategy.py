"""Deciding, day by day, which of a program's rules apply.

Knows: how to find what an expression is worth on a day. Must not know: how orders are filled, or source code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from attrs import define, field, frozen

from . import studies
from .arithmetic import MAX_NUMBER
from .expressions import (
    Changed,
    Clock,
    Comparison,
    Every,
    Expression,
    Guess,
    Held,
    Money,
    Not,
    Operation,
    Price,
    Ready,
    Sized,
    Some,
    Study,
    Text,
    Ticker,
    Turned,
)
from .market import Bars
from .portfolio import Account
from .source import LogCall, Program, Rule

MAX_STUDIES: Final = 80
BUFFER: Final = 0.9975
"""The share of the account that positions may use: the rest covers the gap until the fill."""
_OPERATIONS: Final[dict[str, Callable[[float, float], float]]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "FloorDiv": lambda a, b: a // b,
    "Mod": lambda a, b: a % b,
}
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
    "Eq": lambda a, b: a == b,
    "NotEq": lambda a, b: a != b,
}


@frozen(eq=False)
class Moment:
    """What can be known when the code is run: `bars` holds each ticker's last finished bar."""

    time: datetime
    """In the market's own time."""
    day: date
    previous: date | None
    bars: Mapping[str, int]
    prices: Mapping[str, float]
    account: Account
    pending: Mapping[str, float]


@define(eq=False)
class Strategy:
    """The rules of a program over the bars of its securities."""

    program: Program
    books: Mapping[str, Bars]
    starts: Mapping[str, int]
    """Each ticker's first bar of the run (warm-up included): indicators begin there."""
    ends: Mapping[str, int]
    seed: int
    _series: dict[Study, list[float] | None] = field(factory=dict, init=False)
    _turns: dict[Turned, tuple[date, bool, bool]] = field(factory=dict, init=False)
    _phases: dict[str, list[Rule]] = field(factory=dict, init=False)
    _ticker: str = field(default="", init=False)
    """The security of the rule that is being looked at."""

    def __attrs_post_init__(self) -> None:
        """Index the rules."""
        for rule in self.program.rules:
            self._phases.setdefault(rule.phase, []).append(rule)

    @property
    def phases(self) -> frozenset[str]:
        """The phases that have rules."""
        return frozenset(self._phases)

    def due(self, phase: str, moment: Moment) -> list[Rule]:
        """The rules of a phase whose guards all hold now, in the order of the code."""
        found = []
        for rule in self._phases.get(phase, ()):
            named = None if isinstance(rule.action, LogCall) else rule.action.ticker
            self._ticker = named or next(iter(self.books), "")
            # Each guard is looked at every day, also after one that fails: `Turned` has a memory.
            states = [self.holds(guard, moment) for guard in rule.guards]
            if all(state is True for state in states):
                found.append(rule)
        return found

    def holds(self, test: Expression, moment: Moment) -> bool | None:
        """Whether a condition is true; None while it cannot be known (an indicator is not ready)."""
        match test:
            case bool():
                return test
            case Not():
                inner = self.holds(test.item, moment)
                return None if inner is None else not inner
            case Every():
                states = [self.holds(item, moment) for item in test.items]
                return False if False in states else (None if None in states else True)
            case Some():
                states = [self.holds(item, moment) for item in test.items]
                return True if True in states else (None if None in states else False)
            case Comparison():
                return self._compare(test, moment)
            case Ready():
                value = self.number(test.study, moment)
                return value is not None
            case Changed():
                return moment.previous is None or period_of(test.unit, moment.previous) != period_of(
                    test.unit, moment.day
                )
            case Turned():
                return self._turned(test, moment)
            case Guess():
                return self._guessed(test, moment)
        value = self.number(test, moment)
        return None if value is None else value != 0

    def _compare(self, test: Comparison, moment: Moment) -> bool | None:
        if isinstance(test.left, Clock) and test.left.unit in {"hour", "minute", "second"}:
            # One decision a day stands for all of the day's: a test of the hour is met by it.
            return True
        left, right = self.number(test.left, moment), self.number(test.right, moment)
        return None if left is None or right is None else _COMPARISONS[test.op](left, right)

    def _turned(self, test: Turned, moment: Moment) -> bool:
        day, before, now = self._turns.get(test, (None, False, False))
        if day != moment.day:
            before, now = now, self.holds(test.item, moment) is True
            self._turns[test] = (moment.day, before, now)
        return now and not before

    def _guessed(self, test: Guess, moment: Moment) -> bool | None:
        """The stand-in for a condition that reading could not decide: the price above its own mean."""
        period = 8 + (self.seed + test.number * 7919) % 40
        mean = self.number(Study("sma", (float(period),), self._ticker, "history"), moment)
        price = moment.prices.get(self._ticker)
        return None if mean is None or price is None else price > mean

    def number(self, item: Expression, moment: Moment) -> float | None:
        """What an expression is worth, or None."""
        match item:
            case bool() | None | str():
                return None
            case int() | float():
                return float(item) if abs(item) < MAX_NUMBER else None
            case Study():
                return self._study(item, moment)
            case Price():
                return self._price(item, moment)
            case Operation():
                left, right = self.number(item.left, moment), self.number(item.right, moment)
                if left is None or right is None:
                    return None
                try:
                    value = _OPERATIONS[item.op](left, right)
                except ArithmeticError:
                    return None
                return value if math.isfinite(value) else None
            case Held():
                return self._held(item, moment)
            case Money():
                equity = moment.account.value(moment.prices)
                return {"cash": moment.account.cash, "profit": equity - self.program.cash}.get(
                    item.field, equity
                )
            case Sized():
                weight = self.number(item.weight, moment)
                return None if weight is None else self.quantity_for(item.ticker, weight, moment)
            case Clock():
                return float(_clock(item.unit, moment.time))
        return None

    def quantity_for(self, ticker: str, weight: float, moment: Moment) -> float | None:
        """How much to trade so that a ticker becomes a share of the account, orders under way included."""
        price = moment.prices.get(ticker)
        if not price:
            return None
        target = weight * BUFFER * moment.account.value(moment.prices) / price
        return target - moment.account.held.get(ticker, 0.0) - moment.pending.get(ticker, 0.0)

    def text(self, message: Expression, moment: Moment) -> str:
        """A message with the values of the day in it."""
        if isinstance(message, Text):
            return "".join(
                part if isinstance(part, str) else self.text(part, moment) for part in message.parts
            )
        if isinstance(message, Clock) and message.unit == "time":
            return f"{moment.time:%Y-%m-%d %H:%M:%S}"
        if isinstance(message, Ticker):
            return message.value
        if isinstance(message, str | int) or message is None:
            return str(message)
        value = self.number(message, moment)
        return "" if value is None else f"{value:.6g}" if abs(value) < 1000 else f"{value:.2f}"

    def _study(self, study: Study, moment: Moment) -> float | None:
        ticker = study.ticker or next(iter(self.books), "")
        index = moment.bars.get(ticker)
        if index is None:
            return None
        if study not in self._series:
            self._series[study] = self._computed(study, ticker) if len(self._series) < MAX_STUDIES else None
        values = self._series[study]
        offset = index - self._first(study, ticker)
        if values is None or not 0 <= offset < len(values):
            return None
        value = values[offset]
        return value if value == value else None

    def _first(self, study: Study, ticker: str) -> int:
        return max(self.starts[ticker] - 60, 0) if study.part == "history" else self.starts[ticker]

    def _computed(self, study: Study, ticker: str) -> list[float]:
        first = self._first(study, ticker)
        return studies.series(
            study.kind, study.periods, study.part, self.books[ticker], first, self.ends[ticker]
        )

    def _price(self, price: Price, moment: Moment) -> float | None:
        if price.field == "close":
            return moment.prices.get(price.ticker)
        book, index = self.books.get(price.ticker), moment.bars.get(price.ticker)
        if book is None or index is None:
            return None
        column: Any = getattr(book, price.field)
        return float(column[index])

    def _held(self, held: Held, moment: Moment) -> float | None:
        account = moment.account
        if held.ticker is None:
            return float(bool(account.held))
        quantity = account.held.get(held.ticker, 0.0)
        price, average = moment.prices.get(held.ticker, 0.0), account.average_price(held.ticker)
        profit = quantity * (price - average)
        cost = abs(quantity * average)
        return {
            "invested": float(quantity != 0),
            "long": float(quantity > 0),
            "short": float(quantity < 0),
            "quantity": quantity,
            "average_price": average,
            "profit": profit,
            "profit_ratio": profit / cost if cost else 0.0,
            "value": quantity * price,
        }[held.field]


def period_of(unit: str, day: date) -> tuple[int, ...]:
    """What a day belongs to: two days of one period give the same answer."""
    match unit:
        case "year":
            return (day.year,)
        case "quarter":
            return (day.year, (day.month - 1) // 3)
        case "month":
            return (day.year, day.month)
        case "week":
            return tuple(day.isocalendar()[:2])
    return (day.toordinal(),)


def _clock(unit: str, time: datetime) -> float:
    match unit:
        case "weekday":
            return time.weekday()
        case "quarter":
            return (time.month + 2) // 3
        case "year" | "month" | "day" | "hour" | "minute" | "second":
            return float(getattr(time, unit))
    return time.timestamp()
