"""Python code as calls with constant arguments: parsed by Python's own `ast`, never executed.

Knows: Python's syntax tree. Must not know: what a call means.
"""

import ast
from collections.abc import Mapping

from quantconnect_sandbox.languages import python_source
from quantconnect_sandbox.languages.pep8 import snake_case

from .source_facts import HANDLERS, MEMBERS, MOST_VALUES, Constant, Failure, Names, Source, SourceCall

DEEPEST = 4
_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Call)
_TRANSPARENT = frozenset({"date", "datetime", "list", "sorted", "int", "float", "items", "keys"})
"""Calls that are worth what their parts are."""


def read_python(files: Mapping[str, str]) -> Source:
    """The calls of all files and what stops the run. Raises what the parser raises."""
    calls: list[SourceCall] = []
    methods: set[str] = set()
    algorithm, failure = "", None
    for name in sorted(files, key=lambda name: (name != "main.py", name)):
        nodes = list(ast.walk(python_source.tree_of(files[name], name)))
        known = _known(nodes)
        here = [node for node in nodes if isinstance(node, ast.Call)]
        for node in sorted(here, key=lambda node: (node.lineno, node.col_offset)):
            given = [*node.args, *(each.value for each in node.keywords)][:10]
            first, *rest = [_constants(each, known) for each in given] or [()]
            calls.append(SourceCall(snake_case(_last_name(node.func)), first, tuple(sum(rest, ()))))
        methods |= {snake_case(node.name) for node in nodes if isinstance(node, ast.FunctionDef)}
        found = None if algorithm else python_source.algorithm_class({name: files[name]})
        if found is not None:
            algorithm, failure = found.name, _raised(found, name, files[name])
    return algorithm, calls, methods, failure


def _known(nodes: list[ast.AST]) -> Names:
    """What each name may be: constants assigned to it, or the elements that it runs through."""
    known: Names = {}
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    through = [node for node in nodes if isinstance(node, ast.For | ast.comprehension)]
    pairs = [(target, node.value) for node in assigned for target in node.targets]
    for target, value in [*pairs, *((node.target, node.iter) for node in through)]:
        for each in target.elts if isinstance(target, ast.Tuple) else [target]:
            if (name := _last_name(each)) and (found := _constants(value, known)):
                known[name] = (*known.get(name, ()), *found)[:MOST_VALUES]
    return known


def _last_name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constants(node: ast.AST, known: Names, depth: int = 0) -> tuple[Constant, ...]:
    """The constants that an expression may be; those of collections are their parts'."""
    match node:
        case ast.Constant(value=str() | int() | float() as value):
            return (value,)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return (-number,)
        case ast.Attribute(value=ast.Name(id=owner)) if owner in MEMBERS:
            return (f"{owner}::{node.attr.lower()}",)
        case ast.Attribute(value=ast.Name(id=owner), attr="items" | "keys"):
            return known.get(owner, ())
        case ast.Name() | ast.Attribute():
            return known.get(_last_name(node), ())
        case ast.Call() if _last_name(node.func) not in _TRANSPARENT:
            return ()
    if depth == DEEPEST or not isinstance(node, _CONTAINERS):
        return ()
    inner = (_constants(part, known, depth + 1) for part in list(ast.iter_child_nodes(node))[:MOST_VALUES])
    return tuple(value for values in inner for value in values)[:MOST_VALUES]


def _raised(algorithm: ast.ClassDef, file: str, text: str) -> Failure | None:
    """The first `raise` that nothing can prevent: in initialize, or at the top of a handler."""
    methods = {snake_case(node.name): node for node in algorithm.body if isinstance(node, ast.FunctionDef)}
    for name in HANDLERS:
        body = methods[name].body if name in methods else []
        end = next((each for each in body if isinstance(each, ast.Return | ast.Raise)), None)
        if isinstance(end, ast.Raise):
            raised, said = end.exc, ""
            if isinstance(raised, ast.Call):
                computed = "(a text that the code computes)" if raised.args else ""
                said = str(next((each for arg in raised.args[:1] for each in _constants(arg, {})), computed))
                raised = raised.func
            return Failure.thrown(_last_name(raised) or "Exception", said, name, file, end.lineno, text)
    return None
