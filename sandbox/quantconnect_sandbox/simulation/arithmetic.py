"""Arithmetic on what is known: plain numbers of bounded size, text, lists, and symbols.

Knows: how two values combine. Must not know: syntax trees, API calls.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from .expressions import SYMBOLIC, UNKNOWN, Changed, Comparison, Every, Not, Operation, Ready, Some, Text
from .interpretation import MAX_ITEMS

TRUTHS: Final = (Comparison, Not, Every, Some, Changed, Ready)


MAX_TEXT: Final = 2_000


MAX_NUMBER: Final = 1e15


_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
}


def number(value: object) -> float | int | None:
    """The value if it is a plain number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def combine(op: str, left: object, right: object) -> object:
    """Arithmetic on two values."""
    if op == "Add" and isinstance(left, str | Text) and isinstance(right, str | Text):
        parts = (*_parts(left), *_parts(right))
        return (
            Text(parts)
            if any(isinstance(part, SYMBOLIC) for part in parts)
            else "".join(map(str, parts))[:MAX_TEXT]
        )
    if op == "Add" and isinstance(left, list) and isinstance(right, list):
        return (left + right)[:MAX_ITEMS]
    first, second = number(left), number(right)
    if first is not None and second is not None:
        if op == "Pow":
            return _power(first, second)
        try:
            result = _ARITHMETIC[op](first, second)
        except (KeyError, ArithmeticError, ValueError):
            return UNKNOWN
        return result if abs(result) < MAX_NUMBER else UNKNOWN
    if op in _ARITHMETIC and numeric(left) and numeric(right):
        return Operation(op, left, right)  # type: ignore[arg-type]  # both are numeric
    return UNKNOWN


def _parts(value: str | Text) -> tuple[Any, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def _power(base: float, exponent: float) -> object:
    if abs(exponent) > 64 or abs(base) > 1e6:
        return UNKNOWN
    try:
        result = base**exponent
    except (ArithmeticError, ValueError):
        return UNKNOWN
    return result if isinstance(result, int | float) and abs(result) < MAX_NUMBER else UNKNOWN


def numeric(value: object) -> bool:
    """Whether the value is a number now, or will be one on a day."""
    return number(value) is not None or (
        isinstance(value, SYMBOLIC) and not isinstance(value, (*TRUTHS, Text))
    )
