"""What a project's code says about numbers that only exist while it runs: prices, indicators, holdings.

Knows: the kinds of expression. Must not know: where they were read, or how a value is found for a day.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from attrs import frozen


class _Unknown:
    """A value that reading cannot determine."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@frozen
class Ticker:
    """A security or its symbol, as code passes it about."""

    value: str


@frozen
class Study:
    """An indicator. `part` names one line of those with several (macd: signal; bands: upper, lower)."""

    kind: str
    periods: tuple[float, ...]
    ticker: str | None = None
    part: str = "value"


@frozen
class Ready:
    """Whether an indicator has seen enough bars."""

    study: Study


@frozen
class Price:
    """A field of the latest bar: open, high, low, close or volume."""

    ticker: str
    field: str = "close"


@frozen
class Clock:
    """A field of the algorithm's time: year, month, day, weekday, hour, minute; or `time` itself."""

    unit: str


@frozen
class Held:
    """What is held of one ticker, or of all: invested, quantity, average_price, profit_ratio, value..."""

    ticker: str | None
    field: str


@frozen
class Money:
    """A sum of the whole account: equity, cash, profit."""

    field: str


@frozen
class Sized:
    """The quantity that brings a ticker to a share of the account."""

    ticker: str
    weight: Expression


@frozen
class Operation:
    """Arithmetic on two expressions; `op` is the name of Python's syntax node (Add, Sub, Mult, Div...)."""

    op: str
    left: Expression
    right: Expression


@frozen
class Comparison:
    """`left op right`; `op` is one of Gt, GtE, Lt, LtE, Eq, NotEq."""

    op: str
    left: Expression
    right: Expression


@frozen
class Not:
    """The opposite."""

    item: Expression


@frozen
class Every:
    """True when each item is."""

    items: tuple[Expression, ...]


@frozen
class Some:
    """True when one item is."""

    items: tuple[Expression, ...]


@frozen
class Changed:
    """True on the first bar of a new day, week, month, quarter or year."""

    unit: str


@frozen
class Turned:
    """True on the bar where the item becomes true."""

    item: Expression


@frozen
class Guess:
    """A condition that reading cannot decide: the simulation stands a trend filter in for it."""

    number: int


@frozen
class Text:
    """A message with values in it: literal text and expressions in turn."""

    parts: tuple[Expression, ...]


Symbolic: TypeAlias = (
    Study
    | Ready
    | Price
    | Clock
    | Held
    | Money
    | Sized
    | Operation
    | Comparison
    | Not
    | Every
    | Some
    | Changed
    | Turned
    | Guess
    | Text
)
Expression: TypeAlias = Symbolic | Ticker | float | int | str | bool | None

SYMBOLIC: Final = (
    Study,
    Ready,
    Price,
    Clock,
    Held,
    Money,
    Sized,
    Operation,
    Comparison,
    Not,
    Every,
    Some,
    Changed,
    Turned,
    Guess,
    Text,
)
"""The same kinds, for isinstance."""
