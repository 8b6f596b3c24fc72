"""What an expression of the code is worth: a value, a symbol, or unknown.

Knows: Python's expression nodes. Must not know: what API calls mean, or statements.
Nothing is executed: arithmetic happens on plain numbers of bounded size only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from . import calls
from .arguments import Call
from .arithmetic import MAX_NUMBER, MAX_TEXT, combine, number
from .attributes import attribute, snake
from .conditions import compared, hashable, opposite, truth
from .expressions import SYMBOLIC, UNKNOWN, Every, Some, Symbolic, Text, Ticker
from .interpretation import MAX_DEPTH, MAX_ITEMS, Callback, Instance, Interpretation


def evaluate(reading: Interpretation, node: ast.AST | None) -> object:
    """What `node` is worth here."""
    if node is None or reading.depth > MAX_DEPTH or reading.exhausted():
        return UNKNOWN
    handler = _HANDLERS.get(type(node))
    if handler is None:
        return UNKNOWN
    reading.depth += 1
    try:
        return handler(reading, node)
    finally:
        reading.depth -= 1


def condition(reading: Interpretation, node: ast.expr) -> bool | Symbolic:
    """What `node` is worth as a test; a test that cannot be decided gets a stand-in."""
    return truth(reading, evaluate(reading, node), node)


def _constant(_: Interpretation, node: ast.Constant) -> object:
    value = node.value
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < MAX_NUMBER else UNKNOWN
    return UNKNOWN


def _name(reading: Interpretation, node: ast.Name) -> object:
    if node.id in reading.names:
        return reading.names[node.id]
    if reading.translated:
        self = reading.names.get("self")
        if isinstance(self, Instance):
            return attribute(reading, self, node.id)
    return UNKNOWN


def _attribute(reading: Interpretation, node: ast.Attribute) -> object:
    if isinstance(node.value, ast.Name) and node.value.id in calls.ENUMERATIONS:
        return calls.member(node.value.id, snake(node.attr))
    return attribute(reading, evaluate(reading, node.value), node.attr)


def _subscript(reading: Interpretation, node: ast.Subscript) -> object:
    base = evaluate(reading, node.value)
    key = evaluate(reading, node.slice)
    if isinstance(base, dict):
        return base.get(key.value if isinstance(key, Ticker) else hashable(key), UNKNOWN)
    if isinstance(base, list):
        index = number(key)
        if isinstance(index, int) and -len(base) <= index < len(base):
            return base[index]
        return UNKNOWN
    if isinstance(key, Ticker):
        return key
    if isinstance(key, str) and key.upper() in reading.assets:
        return Ticker(key.upper())
    return UNKNOWN


def _binary(reading: Interpretation, node: ast.BinOp) -> object:
    left, right = evaluate(reading, node.left), evaluate(reading, node.right)
    op = type(node.op).__name__
    if number(right) == 0 and op in {"Div", "FloorDiv", "Mod"} and not isinstance(left, str):
        text = "integer modulo by zero" if op == "Mod" else "division by zero"
        reading.fail(f"ZeroDivisionError : {text}", node)
        return UNKNOWN
    return combine(op, left, right)


def _unary(reading: Interpretation, node: ast.UnaryOp) -> object:
    if isinstance(node.op, ast.Not):
        return opposite(condition(reading, node.operand))
    value = evaluate(reading, node.operand)
    plain = number(value)
    if isinstance(node.op, ast.USub):
        return -plain if plain is not None else combine("Sub", 0, value)
    return value if isinstance(node.op, ast.UAdd) else UNKNOWN


def _boolean(reading: Interpretation, node: ast.BoolOp) -> object:
    everything = isinstance(node.op, ast.And)
    tests = [condition(reading, item) for item in node.values[:MAX_ITEMS]]
    if any(test is (not everything) for test in tests):
        return not everything
    symbols = tuple(test for test in tests if not isinstance(test, bool))
    if not symbols:
        return everything
    if len(symbols) == 1:
        return symbols[0]
    return Every(symbols) if everything else Some(symbols)


def _compare(reading: Interpretation, node: ast.Compare) -> object:
    left = evaluate(reading, node.left)
    tests: list[bool | Symbolic] = []
    for op, item in zip(node.ops, node.comparators, strict=True):
        right = evaluate(reading, item)
        tests.append(compared(reading, type(op).__name__, left, right, node))
        left = right
    if any(test is False for test in tests):
        return False
    symbols = tuple(test for test in tests if not isinstance(test, bool))
    return (symbols[0] if len(symbols) == 1 else Every(symbols)) if symbols else True


def _choice(reading: Interpretation, node: ast.IfExp) -> object:
    test = condition(reading, node.test)
    if test is False:
        return evaluate(reading, node.orelse)
    first = evaluate(reading, node.body)
    return first if test is True or first is not UNKNOWN else evaluate(reading, node.orelse)


def _sequence(reading: Interpretation, node: ast.List | ast.Tuple | ast.Set) -> object:
    values: list[object] = []
    for item in node.elts[:MAX_ITEMS]:
        value = evaluate(reading, item.value if isinstance(item, ast.Starred) else item)
        values.extend(value if isinstance(item, ast.Starred) and isinstance(value, list) else [value])
    return values[:MAX_ITEMS]


def _mapping(reading: Interpretation, node: ast.Dict) -> object:
    found: dict[object, object] = {}
    for key, value in list(zip(node.keys, node.values, strict=True))[:MAX_ITEMS]:
        label = evaluate(reading, key)
        found[label.value if isinstance(label, Ticker) else hashable(label)] = evaluate(reading, value)
    return found


def _comprehension(
    reading: Interpretation, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
) -> object:
    generator = node.generators[0]
    items = iterable(evaluate(reading, generator.iter))
    saved = dict(reading.names)
    values: list[object] = []
    found: dict[object, object] = {}
    for item in [UNKNOWN] if items is None else items:
        bind(reading, generator.target, item)
        if any(condition(reading, test) is False for test in generator.ifs):
            continue
        if isinstance(node, ast.DictComp):
            label = evaluate(reading, node.key)
            found[label.value if isinstance(label, Ticker) else hashable(label)] = evaluate(
                reading, node.value
            )
        else:
            values.append(evaluate(reading, node.elt))
    reading.names = saved
    if items is None:
        return UNKNOWN
    return found if isinstance(node, ast.DictComp) else values


def iterable(value: object) -> list[object] | None:
    """The items of a value that can be looped over, if known."""
    if isinstance(value, list):
        return value[:MAX_ITEMS]
    if isinstance(value, dict):
        return [Ticker(key) if isinstance(key, str) and key.isupper() else key for key in value][:MAX_ITEMS]
    return None


def bind(reading: Interpretation, target: ast.AST, value: object) -> None:
    """Assign to a name, an attribute, an item or a tuple of those."""
    if isinstance(target, ast.Name):
        self = reading.names.get("self")
        if reading.translated and isinstance(self, Instance) and target.id in self.attributes:
            self.attributes[target.id] = value
        else:
            reading.names[target.id] = value
    elif isinstance(target, ast.Attribute):
        base = evaluate(reading, target.value)
        if isinstance(base, Instance):
            base.attributes[target.attr] = value
            calls.assigned(reading, base, snake(target.attr), value)
        elif snake(target.attr) == "resolution" and isinstance(value, str):
            reading.resolution = value
    elif isinstance(target, ast.Tuple | ast.List):
        items = value if isinstance(value, list) else []
        for index, item in enumerate(target.elts[:MAX_ITEMS]):
            bind(reading, item, items[index] if index < len(items) else UNKNOWN)
    elif isinstance(target, ast.Subscript):
        base = evaluate(reading, target.value)
        key = evaluate(reading, target.slice)
        if isinstance(base, dict) and len(base) < MAX_ITEMS:
            base[key.value if isinstance(key, Ticker) else hashable(key)] = value


def _text(reading: Interpretation, node: ast.JoinedStr) -> object:
    parts: list[Any] = []
    for item in node.values[:MAX_ITEMS]:
        if isinstance(item, ast.Constant):
            parts.append(str(item.value)[:MAX_TEXT])
        elif isinstance(item, ast.FormattedValue):
            value = evaluate(reading, item.value)
            known = isinstance(value, (str, int, float, Ticker, *SYMBOLIC))
            parts.append(value if known else "{" + ast.unparse(item.value)[:80] + "}")
    return Text(tuple(parts))


def _call(reading: Interpretation, node: ast.Call) -> object:
    owner: object = None
    if isinstance(node.func, ast.Attribute):
        spelled = node.func.attr
        root = node.func.value
        owner = evaluate(reading, root)
        foreign = isinstance(root, ast.Name) and root.id in calls.FOREIGN
    elif isinstance(node.func, ast.Name):
        spelled, foreign = node.func.id, False
    else:
        evaluate(reading, node.func)
        return UNKNOWN
    arguments = _sequence(reading, ast.List(elts=node.args, ctx=ast.Load()))
    keywords = {
        snake(item.arg): evaluate(reading, item.value) for item in node.keywords[:MAX_ITEMS] if item.arg
    }
    root_name = (
        node.func.value.id
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        else ""
    )
    call = Call(
        spelled,
        snake(spelled),
        owner,
        root_name,
        arguments if isinstance(arguments, list) else [],
        keywords,
        node,
        foreign,
    )
    own = _own(reading, call)
    if own is not None:
        return reading.run(reading, own, call.arguments, call.keywords)
    return calls.meaning(reading, call)


def _own(reading: Interpretation, call: Call) -> Callback | Instance | None:
    """The project's own function or class that a call names."""
    if isinstance(call.owner, Instance):
        method = call.owner.method(call.spelled)
        return Callback(call.owner, method) if method is not None else None
    if call.owner is None:
        if call.spelled in reading.classes:
            definition, unit = reading.classes[call.spelled]
            return Instance(definition, unit)
        if call.spelled in reading.functions:
            return Callback(None, reading.functions[call.spelled])
        self = reading.names.get("self")
        if reading.translated and isinstance(self, Instance):
            method = self.method(call.spelled)
            return Callback(self, method) if method is not None else None
    return None


def _lambda(reading: Interpretation, node: ast.Lambda) -> object:
    self = reading.names.get("self")
    return Callback(self if isinstance(self, Instance) else None, node)


def _walrus(reading: Interpretation, node: ast.NamedExpr) -> object:
    value = evaluate(reading, node.value)
    bind(reading, node.target, value)
    return value


_HANDLERS: Final[dict[type[ast.AST], Callable[[Interpretation, Any], object]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _mapping,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.JoinedStr: _text,
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
}
