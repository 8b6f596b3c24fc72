"""Python code as calls with constant arguments: parsed by Python's own `ast`, never executed.

Knows: Python's syntax tree. Must not know: what a call means.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from quantconnect_sandbox.languages import python_source
from quantconnect_sandbox.languages.pep8 import snake_case

from .source_facts import HANDLERS, MEMBERS, Constant, Failure, Names, Source, SourceCall

MOST_VALUES = 100
DEEPEST = 4


def read_python(files: Mapping[str, str]) -> Source:
    """The calls of all files and what stops the run. Raises what the parser raises."""
    calls: list[SourceCall] = []
    methods: set[str] = set()
    algorithm, failure = "", None
    for name in sorted(files, key=lambda name: (name != "main.py", name)):
        nodes = list(ast.walk(python_source.tree_of(files[name], name)))
        known = _known(nodes)
        here = sorted(
            (node for node in nodes if isinstance(node, ast.Call)),
            key=lambda node: (node.lineno, node.col_offset),
        )
        calls += [_call(node, known, name) for node in here]
        methods |= {snake_case(node.name) for node in nodes if isinstance(node, ast.FunctionDef)}
        found = None if algorithm else python_source.algorithm_class({name: files[name]})
        if found is not None:
            algorithm, failure = found.name, _raised(found, name, files[name])
    return Source(algorithm, calls, methods, failure)


def _known(nodes: list[ast.AST]) -> Names:
    """What each name may be: constants assigned to it, or the elements that it runs through."""
    known: Names = {}
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    through = [node for node in nodes if isinstance(node, ast.For | ast.comprehension)]
    pairs = [(target, node.value) for node in assigned for target in node.targets]
    for target, value in [*pairs, *((node.target, node.iter) for node in through)]:
        found = _constants(value, known)
        for each in target.elts if isinstance(target, ast.Tuple) else [target]:
            name = _last_name(each)
            if name and found:
                known[name] = (*known.get(name, ()), *found)[:MOST_VALUES]
    return known


def _last_name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constants(node: ast.expr, known: Names, depth: int = 0) -> tuple[Constant, ...]:
    """The constants that an expression may be; those of collections and calls are their parts'."""
    parts: Iterable[ast.expr | None] = ()
    match node:
        case ast.Constant(value=str() | int() | float() as value):
            return (value,)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return (-number,)
        case ast.Attribute(value=ast.Name(id=owner)) if owner in MEMBERS:
            return (f"{owner}::{node.attr.lower()}",)
        case ast.Name() | ast.Attribute():
            return known.get(_last_name(node), ())
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            parts = elements
        case ast.Dict(keys=keys):
            parts = keys
        case ast.Call(func=ast.Attribute(attr="items" | "keys", value=mapping)):
            parts = [mapping]
        case ast.Call(func=ast.Name(id="date" | "datetime" | "list" | "sorted" | "int" | "float")):
            parts = node.args
    if depth == DEEPEST:
        return ()
    inner = (_constants(part, known, depth + 1) for part in list(parts)[:MOST_VALUES] if part is not None)
    return tuple(value for values in inner for value in values)[:MOST_VALUES]


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
    for function in (methods[name] for name in HANDLERS if name in methods):
        ends = (each for each in function.body if isinstance(each, ast.Return | ast.Raise))
        end = next(ends, None)
        if isinstance(end, ast.Raise):
            raised, said = end.exc, ""
            if isinstance(raised, ast.Call):
                first = raised.args[0] if raised.args else ast.Constant("")
                computed = "(a text that the code computes)"
                said = str(first.value) if isinstance(first, ast.Constant) else computed
                raised = raised.func
            kind, code = _last_name(raised) or "Exception", text.splitlines()[end.lineno - 1]
            return Failure.thrown(kind, said, function.name, file, end.lineno, code)
    return None
