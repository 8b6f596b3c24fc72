"""The state of reading one project: what names mean, where we are, and what was found so far.

Knows: scopes, guards, limits on the work. Must not know: Python's syntax, or what API calls mean.
Every list and every walk here is bounded, because the code comes from strangers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from attrs import Factory, define, frozen

from .expressions import Guess, Symbolic
from .source import Asset, Failure, InsightCall, LogCall, OrderCall, Parameters, Rule

MAX_STEPS: Final = 60_000
MAX_RULES: Final = 400
MAX_ASSETS: Final = 25
MAX_ITEMS: Final = 60
"""Longest list that a loop in the code is followed through."""
MAX_DEPTH: Final = 40
MAX_INLINE: Final = 5


@frozen(eq=False)
class Unit:
    """One source file. `lines` gives the original line of a line of `tree` where the two differ."""

    name: str
    text: str
    tree: ast.Module
    lines: tuple[int, ...] | None = None

    def line(self, node: ast.AST) -> int:
        """The line of a node in the file as its author wrote it, from 1."""
        number = getattr(node, "lineno", 1)
        if self.lines is None:
            return int(number)
        return self.lines[min(number, len(self.lines)) - 1]


@define(eq=False)
class Instance:
    """An object of a class of the project; `algorithm` marks the one that LEAN would create."""

    definition: ast.ClassDef
    unit: Unit
    algorithm: bool = False
    attributes: dict[str, object] = Factory(dict)

    def method(self, name: str) -> ast.FunctionDef | None:
        """Its method, by exact name."""
        for item in self.definition.body:
            if isinstance(item, ast.FunctionDef) and item.name == name:
                return item
        return None


@frozen(eq=False)
class Callback:
    """A function passed as a value."""

    owner: Instance | None
    function: ast.FunctionDef | ast.Lambda


@define(eq=False)
class Interpretation:
    """Where reading stands. `call` and `run` are set by the modules that understand calls and statements."""

    parameters: Parameters
    unit: Unit
    translated: bool = False
    classes: dict[str, tuple[ast.ClassDef, Unit]] = Factory(dict)
    functions: dict[str, ast.FunctionDef] = Factory(dict)
    names: dict[str, object] = Factory(dict)
    phase: str = "initialize"
    guards: list[Symbolic] = Factory(list)
    protected: int = 0
    """How many `try` blocks surround the statement."""
    steps: int = 0
    depth: int = 0
    inlined: list[str] = Factory(list)
    reached: set[str] = Factory(set)
    """Methods that were followed from `initialize`."""
    assets: dict[str, Asset] = Factory(dict)
    rules: list[Rule] = Factory(list)
    start: date | None = None
    end: date | None = None
    cash: float | None = None
    benchmark: str | None = None
    warm_up: int = 0
    resolution: str = "minute"
    constructs: bool = False
    """The code turns insights into positions (a portfolio construction model)."""
    handlers: list[tuple[str, Callback]] = Factory(list)
    """Functions the code registers: (phase, function)."""
    failure: Failure | None = None
    guesses: dict[tuple[str, int, int], int] = Factory(dict)
    run: Callable[..., Any] = Factory(lambda: _unset)

    def exhausted(self) -> bool:
        """Count a step; true once the project has used up its share of work."""
        self.steps += 1
        return self.steps > MAX_STEPS

    def guess(self, node: ast.AST) -> Guess:
        """The stand-in for a condition; the same place in the code always gives the same one."""
        place = (self.unit.name, getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        return Guess(self.guesses.setdefault(place, len(self.guesses)))

    def subscribe(self, ticker: str, kind: str, resolution: str | None) -> None:
        """Add a security, unless it is there or the run has its fill of them."""
        if ticker and len(ticker) <= 32 and ticker not in self.assets and len(self.assets) < MAX_ASSETS:
            self.assets[ticker] = Asset(ticker, kind, resolution or self.resolution)

    def act(self, action: OrderCall | InsightCall | LogCall) -> None:
        """Record what the code does here, under the conditions that lead here."""
        if len(self.rules) < MAX_RULES:
            self.rules.append(Rule(self.phase, tuple(self.guards[-MAX_DEPTH:]), action))

    def fail(self, message: str, node: ast.AST) -> None:
        """The code surely raises here: unless a condition or a `try` surrounds it, the run ends."""
        if self.failure is None and not self.protected and not self.guards:
            self.failure = failure_at(self.unit, self.unit.line(node), message, self.phase == "initialize")


def failure_at(unit: Unit, line: int, message: str, initialize: bool, place: str | None = None) -> Failure:
    """A failure with the stack text that points at one line of one file."""
    rows = unit.text.split("\n", line) if line > 0 else []
    code = rows[line - 1].strip()[:200] if 0 < line <= len(rows) else ""
    where = place or ("initialize" if initialize else "on_data")
    return Failure(message, f"  at {where}\n    {code}\n   in {unit.name}: line {line}", line, initialize)


def _unset(*_: object) -> None:
    raise RuntimeError("An interpretation needs its `run` set by statements.follow before calls are read")
