"""Python source: is it Python, what classes and calls does it hold.

Knows: the parser and compiler of the running interpreter. Must not know: projects. Nothing is ever executed.
"""

import ast
import contextlib
import warnings
from collections.abc import Mapping

from quantconnect_sandbox.languages.findings import Finding

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def tree_of(content: str, name: str) -> ast.Module:
    """The source, parsed. Raises one of UNPARSABLE."""
    for _ in range(9):
        # Python 3.11 counts the depth of a tree for all threads together: beside another a parse may fail.
        with contextlib.suppress(SystemError):
            return ast.parse(content, name)
    return ast.parse(content, name)


def check_one(name: str, content: str) -> list[Finding]:
    """What the compiler says about one file."""
    findings: list[Finding] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            tree = tree_of(content, name)
            compile(tree, name, "exec", dont_inherit=True)
        except SyntaxError as error:
            text = f"{type(error).__name__}: {error.msg}"
            findings.append(Finding(name, error.lineno or 1, max(error.offset or 1, 1), text))
        except UNPARSABLE as error:
            findings.append(Finding(name, 1, 1, f"{type(error).__name__}: {error}"))
        else:
            findings += _name_findings(name, tree)
    for each in caught:
        findings.append(
            Finding(name, each.lineno, 1, f"{each.category.__name__}: {each.message}", error=False)
        )
    return findings


def algorithm_class(files: Mapping[str, str]) -> ast.ClassDef | None:
    """The class that derives from QCAlgorithm, in `main.py` first."""
    for name in sorted((each for each in files if each.endswith(".py")), key=lambda each: each != "main.py"):
        try:
            tree = tree_of(files[name], name)
        except UNPARSABLE:
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and _derives(node):
                return node
    return None


def _derives(node: ast.stmt) -> bool:
    """Whether a statement is a class that derives from QCAlgorithm."""
    names = [ast.unparse(base).rpartition(".")[2] for base in getattr(node, "bases", ())]
    return "QCAlgorithm" in names


def _name_findings(name: str, tree: ast.Module) -> list[Finding]:
    """Warnings that real builds give too: a module that imports nothing of the engine but derives from it."""
    if any(isinstance(node, ast.ImportFrom) for node in tree.body):
        return []
    text = '"QCAlgorithm" is not defined: from AlgorithmImports import * is missing.'
    found = filter(_derives, tree.body)
    return [Finding(name, node.lineno, node.col_offset + 1, text, error=False) for node in found]
