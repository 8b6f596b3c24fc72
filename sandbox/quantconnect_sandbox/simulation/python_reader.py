"""Python code as calls with constant arguments: parsed by Python's own `ast`, never executed.

Knows: Python's syntax tree. Must not know: what a call means.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import date

from quantconnect_sandbox.languages import python_source
from quantconnect_sandbox.languages.pep8 import snake_case

from .source_facts import HANDLERS, Constant, Failure, Source, SourceCall

Names = dict[str, tuple[Constant, ...]]
MOST_VALUES = 100
_Nothing: tuple[Constant, ...] = ()


def read_python(files: Mapping[str, str]) -> Source:
    """The calls of all files and what stops the run. Raises what the parser raises."""
    names = sorted(files, key=lambda name: (name != "main.py", name))
    trees = {name: ast.parse(files[name], name) for name in names}
    found = ((name, python_source.algorithm_class({name: files[name]})) for name in names)
    file, algorithm = next((each for each in found if each[1] is not None), ("", None))
    if algorithm is None:
        return Source("", ())
    calls = []
    methods = set()
    for name, tree in trees.items():
        nodes = list(ast.walk(tree))
        known = _known(nodes)
        here = [node for node in nodes if isinstance(node, ast.Call)]
        here.sort(key=lambda node: (node.lineno, node.col_offset))
        calls += [_call(node, known, name) for node in here]
        methods |= {snake_case(node.name) for node in nodes if isinstance(node, ast.FunctionDef)}
    return Source(algorithm.name, tuple(calls), frozenset(methods), _raised(algorithm, file, files[file]))


def _known(nodes: list[ast.AST]) -> Names:
    """What each name may be: constants assigned to it, or the elements that it runs through."""
    known: Names = {}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                _note(known, target, _constants(node.value, known))
    for node in nodes:
        if isinstance(node, ast.For | ast.comprehension):
            _note(known, node.target, _constants(node.iter, known))
    return known


def _note(known: Names, target: ast.expr, values: tuple[Constant, ...]) -> None:
    for each in target.elts if isinstance(target, ast.Tuple) else [target]:
        name = _last_name(each)
        if name and values:
            known[name] = (*known.get(name, ()), *values)[:MOST_VALUES]


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constants(node: ast.expr, known: Names, depth: int = 0) -> tuple[Constant, ...]:
    """The constants that an expression may be; collections give their elements."""
    match node:
        case ast.Constant(value=str() | int() | float()):
            return (node.value,)  # type: ignore[return-value]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return (-value,)
        case ast.Attribute(value=ast.Name(id="Resolution" | "SecurityType" as owner)):
            return (f"{owner}::{node.attr.lower()}",)
        case ast.Name() | ast.Attribute():
            return known.get(_last_name(node), ())
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) if depth < 3:
            inner = (_constants(part, known, depth + 1) for part in parts[:MOST_VALUES])
            return tuple(value for values in inner for value in values)[:MOST_VALUES]
        case ast.Dict(keys=keys) if depth < 3:
            inner = (_constants(key, known, depth + 1) for key in keys[:MOST_VALUES] if key is not None)
            return tuple(value for values in inner for value in values)
        case ast.Call(func=ast.Attribute(attr="items" | "keys", value=value)) if depth < 3:
            return _constants(value, known, depth + 1)
        case ast.Call(
            args=[
                ast.Constant(value=int() as y),
                ast.Constant(value=int() as m),
                ast.Constant(value=int() as d),
            ]
        ):
            return _day(y, m, d) if _last_name(node.func) in ("date", "datetime") else _Nothing
    return ()


def _day(year: int, month: int, day: int) -> tuple[Constant, ...]:
    try:
        return (date(year, month, day),)
    except (ValueError, OverflowError):
        return ()


def _call(node: ast.Call, known: Names, file: str) -> SourceCall:
    name = snake_case(_last_name(node.func))
    if name == "create" and isinstance(node.func, ast.Attribute) and _last_name(node.func.value) == "Symbol":
        name = "symbol_create"
    arguments = tuple(_constants(each, known) for each in node.args[:10])
    keywords = {each.arg: _constants(each.value, known) for each in node.keywords[:10] if each.arg}
    return SourceCall(name, arguments, keywords, file, node.lineno)


def _raised(algorithm: ast.ClassDef, file: str, text: str) -> Failure | None:
    """The first `raise` that nothing can prevent: in initialize, or at the top of a handler."""
    methods = {snake_case(node.name): node for node in algorithm.body if isinstance(node, ast.FunctionDef)}
    for name in HANDLERS:
        for statement in _until_return(methods.get(name)):
            if isinstance(statement, ast.Raise):
                kind, said = _exception(statement.exc)
                code = text.splitlines()[statement.lineno - 1]
                return Failure.thrown(kind, said, methods[name].name, file, statement.lineno, code)
    return None


def _until_return(function: ast.FunctionDef | None) -> Iterator[ast.stmt]:
    for statement in function.body if function is not None else []:
        if isinstance(statement, ast.Return):
            return
        yield statement


def _exception(node: ast.expr | None) -> tuple[str, str]:
    """The name and text of what is raised; a text that is computed is told as a place holder."""
    if not isinstance(node, ast.Call):
        return (_last_name(node) if node is not None else "") or "Exception", ""
    first = node.args[0] if node.args else None
    said = (
        str(first.value)
        if isinstance(first, ast.Constant)
        else "(a text that the code computes)"
        if first
        else ""
    )
    return _last_name(node.func) or "Exception", said
