"""What a project's code asks for: dates, cash, securities, and rules that place orders.

Knows: the values that reading yields. Must not know: how code is read, prices, days, results.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from attrs import frozen

from .expressions import Expression, Symbolic

Parameters = Mapping[str, str | float | int]


@frozen
class Asset:
    """A security that the code subscribes to."""

    ticker: str
    kind: str = "equity"
    """equity, crypto, forex, future, cfd, index or cryptofuture."""
    resolution: str = "minute"


@frozen
class OrderCall:
    """A call that trades: `amount` is a share of the account for `set_holdings`, else a quantity."""

    kind: str
    """set_holdings, market, market_on_open, market_on_close, limit, stop, stop_limit or liquidate."""
    ticker: str | None
    """None: every security (`liquidate()`), or the code's way of naming it was not understood."""
    amount: Expression = None
    price: Expression = None
    tag: str = ""


@frozen
class InsightCall:
    """A call that emits an insight. `direction` is -1, 0 or 1; `period` is seconds."""

    ticker: str | None
    direction: int = 1
    period: int = 86_400
    magnitude: float | None = None
    confidence: float | None = None
    weight: float | None = None
    model: str = ""
    tag: str = ""


@frozen
class LogCall:
    """A call that writes a line."""

    text: Expression


@frozen
class Rule:
    """Something the code does when `guards` all hold."""

    phase: str
    """initialize, bar, month, week, day, fill or end: when the code that holds the call is run."""
    guards: tuple[Symbolic, ...]
    action: OrderCall | InsightCall | LogCall


@frozen
class Failure:
    """Why a run stops."""

    message: str
    stacktrace: str
    line: int
    initialize: bool


@frozen
class Program:
    """All that was read. A date that is None was not set."""

    name: str = "Algorithm"
    start: date | None = None
    end: date | None = None
    cash: float = 100_000.0
    assets: tuple[Asset, ...] = ()
    rules: tuple[Rule, ...] = ()
    benchmark: str | None = None
    warm_up: int = 0
    """Bars before the start that indicators may see."""
    failure: Failure | None = None
