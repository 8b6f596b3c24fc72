"""What LEAN's API calls mean: which of them is which.

Knows: how a call is told apart from its namesakes. Must not know: syntax trees, days, prices.
"""

from __future__ import annotations

from typing import Final

from . import builtin_calls, frameworks, setup_calls, trading_calls
from .arguments import Call, ticker_of
from .expressions import SYMBOLIC, UNKNOWN, Ticker
from .interpretation import Instance, Interpretation
from .source import LogCall

FOREIGN: Final = frozenset(
    {"np", "numpy", "math", "pd", "pandas", "plt", "json", "random", "os", "sys", "re"}
)
"""Modules whose functions have names that LEAN uses for other things (log, std, min)."""


ENUMERATIONS: Final = frozenset(
    {
        "Resolution",
        "InsightDirection",
        "Market",
        "SecurityType",
        "Field",
        "DayOfWeek",
        "OrderStatus",
        "InsightType",
    }
)


_DIRECTIONS: Final = {"up": 1, "down": -1, "flat": 0}


_LOGS: Final = frozenset({"log", "debug", "error", "print"})


def member(enumeration: str, name: str) -> object:
    """A member of one of LEAN's enumerations: its name, or a number for a direction."""
    return _DIRECTIONS.get(name, 0) if enumeration == "InsightDirection" else name


def meaning(reading: Interpretation, call: Call) -> object:
    """Record what a call does, and say what it returns."""
    if call.foreign:
        return UNKNOWN
    if call.name in trading_calls.ORDERS:
        return trading_calls.order(reading, call)
    if call.name in _LOGS and (call.owner is None or isinstance(call.owner, Instance)):
        parts = call.get(0, "message", default="")
        shown = isinstance(parts, (str, int, float, Ticker, *SYMBOLIC))
        reading.act(LogCall(parts if shown else "{}"))  # type: ignore[arg-type]  # of those types
        return None
    if call.name in setup_calls.SUBSCRIPTIONS:
        return setup_calls.subscribed(reading, call)
    if call.name in setup_calls.STUDIES and (isinstance(call.owner, Instance) or call.owner is None):
        return setup_calls.study(reading, call)
    if call.root == "Insight" or call.spelled == "Insight":
        return trading_calls.insight(reading, call)
    if call.spelled in frameworks.MODELS:
        return frameworks.Model(call.spelled, tuple(call.arguments), dict(call.keywords))
    handler = _MEANINGS.get(call.name)
    return handler(reading, call) if handler is not None else UNKNOWN


def assigned(reading: Interpretation, owner: Instance, name: str, value: object) -> None:
    """Assignments that configure the run."""
    if owner.algorithm and name == "benchmark":
        reading.benchmark = ticker_of(value) or reading.benchmark


_MEANINGS: Final = {
    **builtin_calls.MEANINGS,
    **setup_calls.MEANINGS,
    "calculate_order_quantity": trading_calls.sized,
    "portfolio_target": trading_calls.sized,
}
