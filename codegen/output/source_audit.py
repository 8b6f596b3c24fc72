"""Is every generated module Python, and nothing but what templates write? Asked before one is imported.

Knows: what our templates import. Must not know: tools, schemas, how a module was made.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from codegen.inputs.problems import Problems

_IMPORTED = frozenset(
    (
        *("__future__", "attrs", "base64", "collections", "datetime", "enum", "functools", "hashlib", "http"),
        *("httpx2", "importlib", "io", "json", "ssl", "time", "types", "typing", "urllib", "uuid"),
    )
)
_NEVER = frozenset({"__builtins__", "__import__", "breakpoint", "compile", "eval", "exec", "input", "open"})


def check(folder: Path, source: str, problems: Problems) -> None:
    """Note each module below `folder` that is no Python, or does what no template makes a module do."""
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError) as error:
            said = f"is no Python: {error}"
            problems.add(source, 0, f"the generated {name} {said}", "correct the template that writes it")
            continue
        for said in sorted(set(_strange(tree))):
            fix = "look what text of the description stands there, and let it pass a filter"
            problems.add(source, 0, f"the generated {name} {said}", fix)


def _strange(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
        yield from (f"imports {name}" for name in names if name.partition(".")[0] not in _IMPORTED)
        if isinstance(node, ast.Name) and node.id in _NEVER:
            yield f"uses {node.id}"
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from (f"runs line {line.lineno}" for line in node.body if _runs(line))


def _runs(statement: ast.stmt) -> bool:
    """Whether a statement outside of a function is more than a text, a value or a definition."""
    plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.If):
        return not (isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING")
    return not isinstance(statement, (*plain, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
