"""Formats a generated tree, always alike.

Knows: ruff. Must not know: what is in the tree.
"""

from pathlib import Path

from codegen.output import interpreter

LINE = 110
_ALIKE = (
    "--isolated",  # no configuration above the tree changes the result
    "--no-cache",  # nor is a cache left in it (case C30)
    "--no-respect-gitignore",
    "--quiet",
    "--config=exclude = []",  # a toolset may be called `build`
    f"--config=line-length = {LINE}",
    "--config=target-version = 'py311'",
)


def format_tree(folder: Path) -> None:
    """Drop unused imports, sort the others, format every module; once for the whole tree."""
    _ruff(folder, "check", "--fix-only", "--select=I,F401", *_ALIKE, ".")
    _ruff(folder, "format", *_ALIKE, ".")


def _ruff(folder: Path, *arguments: str) -> None:
    # As a module of this interpreter: the environment's own version, whether it is on PATH or not.
    run = interpreter.run("-m", "ruff", *arguments, folder=folder)
    if run.returncode:
        raise RuntimeError(f"ruff cannot format what was generated:\n{run.stdout}{run.stderr}")
