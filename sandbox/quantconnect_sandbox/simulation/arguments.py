"""A call as it was read, and what its arguments can be taken for.

Knows: plain values and symbols. Must not know: what any call means.
"""

from __future__ import annotations

import ast

from attrs import frozen

from .arithmetic import MAX_NUMBER
from .expressions import SYMBOLIC, Expression, Study, Text, Ticker


@frozen(eq=False)
class Call:
    """A call with its arguments read. `owner` is None for a bare function; `foreign`: it is a module's."""

    spelled: str
    name: str
    owner: object
    root: str
    arguments: list[object]
    keywords: dict[str, object]
    node: ast.AST
    foreign: bool

    def get(self, position: int, *names: str, default: object = None) -> object:
        """An argument by name, else by position."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.arguments[position] if position < len(self.arguments) else default


def plain(value: object) -> float | None:
    """The value as a number, if it is one (numeric text counts, as parameters are text)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return None
    # Also false for what is not a number: infinities and NaN go no further than here.
    return number if abs(number) < MAX_NUMBER else None


def ticker_of(value: object) -> str | None:
    """The ticker that a value names."""
    if isinstance(value, Ticker):
        return value.value
    if isinstance(value, str) and value and len(value) <= 32:
        return value.upper()
    if isinstance(value, Study):
        return value.ticker
    return None


def expression_of(value: object) -> Expression:
    """The value as an amount, if it can be one."""
    if isinstance(value, bool | Text):
        return None
    if isinstance(value, (int, float, *SYMBOLIC)):
        return value
    return plain(value)
