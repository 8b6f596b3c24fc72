"""Reading a project's Python: which class is the algorithm, and what each of its functions leads to.

Knows: how LEAN calls an algorithm (initialize, on_data, scheduled functions). Must not know: days, prices.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Mapping
from typing import Final

from attrs import evolve

from . import frameworks, statements, undefined_names
from .attributes import snake
from .expressions import UNKNOWN
from .interpretation import Callback, Instance, Interpretation, Unit, failure_at
from .source import Failure, InsightCall, OrderCall, Parameters, Program, Rule

MAX_SOURCE: Final = 2_000_000
"""Characters of all files together; beyond it a run fails instead of holding the process up."""
_HANDLERS: Final = {
    "on_data": "bar",
    "on_end_of_day": "bar",
    "on_order_event": "fill",
    "on_end_of_algorithm": "end",
}
_PARSING = threading.Lock()


def parse(text: str) -> ast.Module:
    """A module's syntax tree. Raises SyntaxError, whatever the reason Python refuses the text."""
    try:
        # The process's warning filters are shared by its threads, hence the lock.
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError:
        raise
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise SyntaxError(str(error) or "the code is nested too deeply") from error


def read_python(
    files: Mapping[str, str],
    parameters: Parameters,
    lines: Mapping[str, tuple[int, ...]] | None = None,
    originals: Mapping[str, str] | None = None,
) -> Program:
    """Read the `.py` files of a project. `lines` and `originals` belong to text translated from C#."""
    units: list[Unit] = []
    if sum(map(len, files.values())) > MAX_SOURCE:
        return Program(failure=Failure("The project's files are too large", "", 0, True))
    for name in sorted(files, key=lambda name: (name.lower() not in {"main.py", "main.cs"}, name)):
        text = files[name]
        try:
            tree = parse(text)
        except SyntaxError as error:
            unit = Unit(name, text, ast.Module([], []))
            return Program(failure=_syntax(unit, error))
        units.append(Unit(name, (originals or files)[name], tree, (lines or {}).get(name)))
    found = _algorithm(units)
    if found is None:
        return Program(failure=Failure("No class of the project derives from QCAlgorithm", "", 0, True))
    return _Reader(units, found, parameters, translated=lines is not None).program()


def _syntax(unit: Unit, error: SyntaxError) -> Failure:
    line = min(error.lineno or 1, unit.text.count("\n") + 1)
    return failure_at(unit, line, f"SyntaxError : {error.msg} ({unit.name}, line {line})", True, "compile")


def _algorithm(units: list[Unit]) -> Instance | None:
    for unit in units:
        for node in unit.tree.body:
            if isinstance(node, ast.ClassDef) and any(
                "Algorithm" in ast.unparse(b)[-80:] for b in node.bases
            ):
                return Instance(node, unit, algorithm=True)
    return None


class _Reader:
    """One reading of one project."""

    def __init__(
        self, units: list[Unit], algorithm: Instance, parameters: Parameters, translated: bool
    ) -> None:
        self._units = units
        self._algorithm = algorithm
        self._reading = Interpretation(parameters, algorithm.unit, translated, run=statements.run)
        for unit in units:
            for node in unit.tree.body:
                if isinstance(node, ast.ClassDef):
                    self._reading.classes.setdefault(node.name, (node, unit))
                elif isinstance(node, ast.FunctionDef):
                    self._reading.functions.setdefault(node.name, node)

    def program(self) -> Program:
        """Follow the code as LEAN would call it, and gather what it asks for."""
        reading, algorithm = self._reading, self._algorithm
        self._module_level()
        reading.names["self"] = algorithm
        statements.prepare(reading, algorithm)
        start = self._named("initialize")
        if start is not None:
            missing = self._undefined(start, initialize=True)
            statements.run(reading, Callback(algorithm, start), [], {})
            reading.failure = _earlier(reading.failure, missing)
        if reading.failure is None:
            self._handlers()
        rules = self._with_framework()
        return Program(
            algorithm.definition.name,
            reading.start,
            reading.end,
            reading.cash or 100_000.0,
            tuple(reading.assets.values()),
            tuple(rules),
            reading.benchmark,
            reading.warm_up,
            reading.failure,
        )

    def _module_level(self) -> None:
        for unit in reversed(self._units):
            self._reading.unit = unit
            self._reading.protected += 1
            plain = [node for node in unit.tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
            statements.follow(self._reading, list(plain))
            self._reading.protected -= 1

    def _named(self, name: str) -> ast.FunctionDef | None:
        for node in self._algorithm.definition.body:
            if isinstance(node, ast.FunctionDef) and snake(node.name) == name:
                return node
        return None

    def _undefined(self, function: ast.FunctionDef, initialize: bool) -> Failure | None:
        if self._reading.translated:
            return None
        unit = self._algorithm.unit
        trees = {other.name: other.tree for other in self._units}
        known = undefined_names.module_names(unit.tree, trees)
        node = undefined_names.first_undefined(function, known) if known is not None else None
        if node is None:
            return None
        place = "initialize" if initialize else function.name
        return failure_at(
            unit, unit.line(node), f"NameError : name '{node.id}' is not defined", initialize, place
        )

    def _handlers(self) -> None:
        reading = self._reading
        registered = [(phase, item) for phase, item in reading.handlers if isinstance(item, Callback)]
        self._forget(registered)
        added = self._named("on_securities_changed")
        if added is not None:
            statements.run(reading, Callback(self._algorithm, added), [], {})
        for name, phase in _HANDLERS.items():
            function = self._named(name)
            if function is None:
                continue
            reading.phase = phase
            missing = self._undefined(function, initialize=False) if phase == "bar" else None
            statements.run(reading, Callback(self._algorithm, function), [], {})
            if phase == "bar":
                reading.failure = _earlier(reading.failure, missing)
        for phase, callback in (*registered, *self._late(registered)):
            reading.phase = phase
            statements.run(reading, callback, [], {})
        reading.phase = "bar"

    def _late(self, before: list[tuple[str, Callback]]) -> list[tuple[str, Callback]]:
        """Functions registered by handlers themselves (`on_securities_changed`)."""
        known = {id(callback) for _, callback in before}
        items = [(phase, item) for phase, item in self._reading.handlers if isinstance(item, Callback)]
        return [(phase, item) for phase, item in items if id(item) not in known][:20]

    def _forget(self, registered: list[tuple[str, Callback]]) -> None:
        """What a handler assigns changes from day to day: its value at the start says nothing."""
        reached = set(self._reading.reached)
        for node in self._algorithm.definition.body:
            if (
                isinstance(node, ast.FunctionDef)
                and node.name not in reached
                and snake(node.name) != "on_securities_changed"
            ):
                for part in ast.walk(node):
                    self._forget_stored(part)

    def _forget_stored(self, part: ast.AST) -> None:
        if not isinstance(part, ast.Attribute | ast.Name) or not isinstance(part.ctx, ast.Store):
            return
        attributes = self._algorithm.attributes
        if isinstance(part, ast.Name):
            if self._reading.translated and part.id in attributes:
                attributes[part.id] = UNKNOWN
        elif isinstance(part.value, ast.Name) and part.value.id == "self":
            attributes[part.attr] = UNKNOWN

    def _with_framework(self) -> list[Rule]:
        """The rules, with those of ready-made models, and positions for insights where code asks for them."""
        reading = self._reading
        rules = list(reading.rules)
        tickers = list(reading.assets)
        for _, item in reading.handlers:
            if isinstance(item, frameworks.Model):
                rules.extend(frameworks.rules_of(item, tickers, reading.constructs))
        if reading.constructs:
            share = 1 / max(len(tickers), 1)
            for rule in reading.rules:
                action = rule.action
                if isinstance(action, InsightCall) and action.ticker is not None:
                    rules.append(
                        evolve(
                            rule, action=OrderCall("set_holdings", action.ticker, action.direction * share)
                        )
                    )
        return rules


def _earlier(one: Failure | None, other: Failure | None) -> Failure | None:
    if one is None or other is None:
        return one or other
    return one if one.line <= other.line else other
