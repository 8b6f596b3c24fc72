"""Names that a function uses and nothing defines: what Python would raise NameError for.

Knows: scopes, and what LEAN's `from AlgorithmImports import *` brings. Must not know: what the code does.
Only certain cases are reported: a name inside `try`, or beside a star import we cannot see, passes.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Final

_BUILTINS: Final = frozenset(dir(builtins)) | {"__file__", "__name__"}
_IMPORTS: Final = frozenset(
    [
        "np",
        "pd",
        "plt",
        "math",
        "json",
        "datetime",
        "timedelta",
        "date",
        "time",
        "timezone",
        "deque",
        "defaultdict",
        "OrderedDict",
        "reduce",
        "random",
        "os",
        "sys",
        "re",
        "clr",
        "typing",
        "functools",
        "itertools",
        "collections",
        "traceback",
        "copy",
        "operator",
        "statistics",
        "warnings",
        "copyreg",
        "sleep",
        "wraps",
        "partial",
        "io",
        "csv",
        "pickle",
        "string",
        "decimal",
        "base64",
        "hashlib",
        "calendar",
        "array",
        "matplotlib",
        "numpy",
        "pandas",
        "qc",
        "add_reference",
        "overload",
        "abstractmethod",
        "dataclass",
        "field",
        "enum",
        "auto",
        "List",
        "Dict",
    ]
)
_Scope = (
    ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)


def module_names(tree: ast.Module, others: dict[str, ast.Module]) -> frozenset[str] | None:
    """The names a module defines; None when a star import hides what there is."""
    names: set[str] = set()
    for node in _nodes(tree.body, into_functions=False):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            module = (node.module or "").split(".")[-1]
            if module == "AlgorithmImports":
                names |= _IMPORTS | {"<lean>"}
            elif f"{module}.py" in others:
                names |= module_names(others[f"{module}.py"], {}) or {"<lean>"}
            else:
                return None
        names |= set(_bound(node))
    return frozenset(names)


def first_undefined(function: ast.FunctionDef, known: frozenset[str]) -> ast.Name | None:
    """The first name in a function that is defined nowhere, by line."""
    local = {name for node in _nodes([function], into_functions=True) for name in _bound(node)}
    found: list[ast.Name] = []
    for node in _nodes(function.body, into_functions=True, into_tries=False):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local:
            if node.id in known or node.id in _BUILTINS or ("<lean>" in known and _from_lean(node.id)):
                continue
            found.append(node)
    return min(found, key=lambda node: (node.lineno, node.col_offset), default=None)


def _from_lean(name: str) -> bool:
    """LEAN's star import brings thousands of classes: any capitalised name may be one."""
    return name[:1].isupper()


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            yield node.id
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield (alias.asname or alias.name).split(".")[0]
        case ast.arg():
            yield node.arg
        case ast.ExceptHandler(name=str()):
            yield str(node.name)
        case ast.Global() | ast.Nonlocal():
            yield from node.names
        case ast.MatchAs(name=str()) | ast.MatchStar(name=str()):
            yield str(node.name)
        case ast.MatchMapping(rest=str()):
            yield str(node.rest)


def _nodes(body: list[ast.stmt], into_functions: bool, into_tries: bool = True) -> Iterator[ast.AST]:
    """Every node below, without recursion: deep code cannot exhaust the stack."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not into_functions:
            continue
        if isinstance(node, ast.Try) and not into_tries and node.handlers:
            continue
        waiting.extend(ast.iter_child_nodes(node))
