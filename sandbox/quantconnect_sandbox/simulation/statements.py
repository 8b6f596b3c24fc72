"""Following the statements of a function: assignments, branches, loops, and what each leads to.

Knows: Python's statement nodes. Must not know: what API calls mean, days, prices.
A branch that reading cannot decide is followed both ways, under its condition.
"""

from __future__ import annotations

import ast
from typing import Final

from .arithmetic import combine
from .conditions import opposite
from .expressions import UNKNOWN, Symbolic
from .interpretation import MAX_DEPTH, MAX_INLINE, Callback, Instance, Interpretation
from .values import bind, condition, evaluate, iterable

_GO, _LEAVE = False, True
_NOT_INLINED: Final = "<lambda>"


def follow(reading: Interpretation, block: list[ast.stmt]) -> bool:
    """Follow a block; true when it surely returns or raises. Guards it adds end with the block."""
    depth = len(reading.guards)
    if reading.depth > MAX_DEPTH:
        return _GO
    reading.depth += 1
    try:
        for statement in block:
            if reading.failure is not None or reading.exhausted():
                return _LEAVE
            if _statement(reading, statement):
                return _LEAVE
        return _GO
    finally:
        reading.depth -= 1
        del reading.guards[depth:]


def _statement(reading: Interpretation, node: ast.stmt) -> bool:
    match node:
        case ast.Expr():
            evaluate(reading, node.value)
        case ast.Assign():
            value = evaluate(reading, node.value)
            for target in node.targets:
                bind(reading, target, value)
        case ast.AnnAssign():
            if node.value is not None:
                bind(reading, node.target, evaluate(reading, node.value))
        case ast.AugAssign():
            _augmented(reading, node)
        case ast.If():
            return _branch(reading, node)
        case ast.For():
            _loop(reading, node)
        case ast.While():
            _maybe(reading, condition(reading, node.test), node.body)
        case ast.With():
            return follow(reading, node.body)
        case ast.Try():
            return _attempt(reading, node)
        case ast.Return():
            evaluate(reading, node.value)
            return _LEAVE
        case ast.Continue() | ast.Break():
            return _LEAVE
        case ast.Raise():
            reading.fail(_raised(reading, node.exc), node)
            return _LEAVE
        case ast.Assert():
            if condition(reading, node.test) is False:
                text = evaluate(reading, node.msg) if node.msg is not None else ""
                reading.fail(f"AssertionError : {text}".rstrip(" :"), node)
        case ast.FunctionDef():
            owner = reading.names.get("self")
            reading.names[node.name] = Callback(owner if isinstance(owner, Instance) else None, node)
        case _:
            pass
    return _GO


def _augmented(reading: Interpretation, node: ast.AugAssign) -> None:
    value = evaluate(reading, node.value)
    if isinstance(value, Callback):
        # `consolidator.data_consolidated += self.on_hour`: LEAN calls it with each bar.
        reading.handlers.append(("bar", value))
        return
    load = evaluate(reading, node.target)
    known = reading.phase == "initialize"
    bind(reading, node.target, combine(type(node.op).__name__, load, value) if known else UNKNOWN)


def _branch(reading: Interpretation, node: ast.If) -> bool:
    test = condition(reading, node.test)
    if isinstance(test, bool):
        return follow(reading, node.body if test else node.orelse)
    left_body = _maybe(reading, test, node.body)
    left_else = _maybe(reading, opposite(test), node.orelse) if node.orelse else _GO
    if left_body and left_else:
        return _LEAVE
    # `if held: return` makes the rest of the block conditional.
    if left_body or left_else:
        rest = opposite(test) if left_body else test
        if not isinstance(rest, bool):
            reading.guards.append(rest)
    return _GO


def _maybe(reading: Interpretation, test: bool | Symbolic, block: list[ast.stmt]) -> bool:
    if isinstance(test, bool):
        return follow(reading, block) if test else _GO
    reading.guards.append(test)
    try:
        return follow(reading, block)
    finally:
        reading.guards.pop()


def _loop(reading: Interpretation, node: ast.For) -> None:
    items = iterable(evaluate(reading, node.iter))
    for item in [UNKNOWN] if items is None else items:
        bind(reading, node.target, item)
        follow(reading, node.body)


def _attempt(reading: Interpretation, node: ast.Try) -> bool:
    reading.protected += 1 if node.handlers else 0
    try:
        left = follow(reading, node.body)
    finally:
        reading.protected -= 1 if node.handlers else 0
    follow(reading, node.finalbody)
    return left and not node.handlers


def _raised(reading: Interpretation, node: ast.expr | None) -> str:
    if node is None:
        return "RuntimeError : No active exception to reraise"
    if isinstance(node, ast.Call):
        kind = ast.unparse(node.func)[:80]
        text = evaluate(reading, node.args[0]) if node.args else ""
        shown = text if isinstance(text, str | int | float) else ast.unparse(node.args[0])[:200]
        return f"{kind} : {shown}".rstrip(" :")
    return ast.unparse(node)[:80]


def run(
    reading: Interpretation, target: Callback | Instance, arguments: list[object], keywords: dict[str, object]
) -> object:
    """Follow a call of the project's own function, or make an object of its own class."""
    if isinstance(target, Instance):
        _class_level(reading, target)
        start = target.method("__init__")
        if start is not None:
            run(reading, Callback(target, start), arguments, keywords)
        return target
    function = target.function
    name = _NOT_INLINED if isinstance(function, ast.Lambda) else function.name
    if len(reading.inlined) >= MAX_INLINE or (name in reading.inlined and name != _NOT_INLINED):
        return UNKNOWN
    reading.reached.add(name)
    saved, unit = dict(reading.names), reading.unit
    if target.owner is not None:
        reading.unit = target.owner.unit
    _enter(reading, target, arguments, keywords)
    reading.inlined.append(name)
    try:
        if isinstance(function, ast.Lambda):
            return evaluate(reading, function.body)
        follow(reading, function.body)
        last = function.body[-1]
        return evaluate(reading, last.value) if isinstance(last, ast.Return) and _pure(last) else UNKNOWN
    finally:
        reading.inlined.pop()
        reading.names, reading.unit = saved, unit


def _pure(node: ast.Return) -> bool:
    """Whether the returned value can be read a second time without recording anything twice."""
    return node.value is not None and not any(isinstance(part, ast.Call) for part in ast.walk(node.value))


def _enter(
    reading: Interpretation, target: Callback, arguments: list[object], keywords: dict[str, object]
) -> None:
    names = [argument.arg for argument in target.function.args.args]
    if target.owner is not None and not isinstance(target.function, ast.Lambda):
        reading.names["self"] = target.owner
        names = names[1:] if names[:1] == ["self"] else names
    defaults = target.function.args.defaults
    for index, name in enumerate(names):
        back = len(names) - index
        fallback = evaluate(reading, defaults[-back]) if back <= len(defaults) else UNKNOWN
        given = arguments[index] if index < len(arguments) else keywords.get(name, fallback)
        reading.names[name] = given


def _class_level(reading: Interpretation, instance: Instance) -> None:
    for item in instance.definition.body:
        if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
            instance.attributes[item.targets[0].id] = evaluate(reading, item.value)
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.value is not None:
            instance.attributes[item.target.id] = evaluate(reading, item.value)


def prepare(reading: Interpretation, instance: Instance) -> None:
    """Give an object the values that its class sets."""
    _class_level(reading, instance)
