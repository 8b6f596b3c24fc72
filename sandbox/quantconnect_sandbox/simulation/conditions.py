"""Tests: comparing what is known, and giving a stand-in to what nobody can decide.

Knows: the kinds of test. Must not know: syntax trees, calls.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Final

from .arithmetic import TRUTHS, number, numeric
from .expressions import (
    SYMBOLIC,
    UNKNOWN,
    Changed,
    Clock,
    Comparison,
    Guess,
    Held,
    Not,
    Symbolic,
    Text,
    Ticker,
    Turned,
)
from .interpretation import Callback, Instance, Interpretation

_ORDERING: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Eq": operator.eq,
    "NotEq": operator.ne,
}


def truth(reading: Interpretation, value: object, node: ast.AST) -> bool | Symbolic:
    """A value as a test."""
    if value is UNKNOWN or isinstance(value, Text):
        return reading.guess(node)
    if isinstance(value, Held) and value.field in {"invested", "long", "short"}:
        return value
    if isinstance(value, SYMBOLIC):
        if isinstance(value, (*TRUTHS, Guess, Turned)):
            return value
        return Comparison("NotEq", value, 0)
    if isinstance(value, Ticker | Instance | Callback):
        return True
    return bool(value)


def opposite(test: bool | Symbolic) -> bool | Symbolic:
    """The negation of a test."""
    if isinstance(test, bool):
        return not test
    return test.item if isinstance(test, Not) and isinstance(test.item, SYMBOLIC) else Not(test)


def compared(reading: Interpretation, op: str, left: object, right: object, node: ast.AST) -> bool | Symbolic:
    """One comparison of two values."""
    if op in {"Is", "IsNot"} or (op in {"Eq", "NotEq"} and (left is None or right is None)):
        same = left is None and right is None
        return same if op in {"Is", "Eq"} else not same
    if op in {"In", "NotIn"}:
        return (_contained(left, right)) is (op == "In")
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Clock) and number(other) is None:
            return _clock_test(op, one, left is one)
    if op in _ORDERING and numeric(left) and numeric(right):
        first, second = number(left), number(right)
        if first is not None and second is not None:
            return _ORDERING[op](first, second)
        return Comparison(op, left, right)  # type: ignore[arg-type]  # both are numeric
    if (
        isinstance(left, str | Ticker | bool)
        and isinstance(right, str | Ticker | bool)
        and op in {"Eq", "NotEq"}
    ):
        return (getattr(left, "value", left) == getattr(right, "value", right)) is (op == "Eq")
    return reading.guess(node)


def _contained(item: object, container: object) -> bool:
    if isinstance(container, list):
        return any(item == other for other in container)
    if isinstance(container, dict):
        return (item.value if isinstance(item, Ticker) else hashable(item)) in container
    # A slice of data, or something unknown: it holds what is asked for.
    return True


def _clock_test(op: str, clock: Clock, clock_first: bool) -> Symbolic:
    """Time compared with a moment the code remembers: true when a new period begins."""
    changed = Changed(
        {"time": "month", "hour": "day", "minute": "day", "weekday": "day"}.get(clock.unit, clock.unit)
    )
    if op == "Eq" or op in ({"Lt", "LtE"} if clock_first else {"Gt", "GtE"}):
        return Not(changed)
    return changed


def hashable(key: object) -> object:
    """The value as a key of a dictionary."""
    return key if isinstance(key, str | int | float | bool) or key is None else id(key)
