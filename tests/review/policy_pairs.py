"""Pairs of policies: `policies/base` and, for each case, the files of it that the change replaces."""

from __future__ import annotations

import os
import shutil
from contextlib import chdir
from pathlib import Path

from attrs import frozen
from click.testing import CliRunner

from codegen.__main__ import main

FOLDER = Path(__file__).parent / "policies"
ROOT = Path(__file__).resolve().parents[2]
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
"""Write what is expected instead of comparing: UPDATE_GOLDEN=1 pytest tests/review."""


def laid_out(case: str, folder: Path) -> Path:
    """Lay the two states out as `old` and `new` in a folder; `nothing` before the first one is no policy."""
    if case == "from_nothing":
        shutil.copytree(FOLDER / "base", folder / "new")
        return folder
    shutil.copytree(FOLDER / "base", folder / "old")
    shutil.copytree(FOLDER / "base", folder / "new")
    shutil.copytree(
        FOLDER / case, folder / "new", dirs_exist_ok=True, ignore=shutil.ignore_patterns("report.*")
    )
    return folder


@frozen
class Run:
    """What a run of the command line left."""

    returncode: int
    stdout: str
    stderr: str


def codegen(*arguments: str, folder: Path) -> Run:
    """Run `codegen` in a folder, in this process: the scripts of the workflows start it as one of its own."""
    with chdir(folder):
        result = CliRunner().invoke(main, arguments, catch_exceptions=False, prog_name="python -m codegen")
    return Run(result.exit_code, result.stdout, result.stderr)


def golden(path: Path, text: str) -> None:
    """Compare with a committed text, or write it."""
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; UPDATE_GOLDEN=1 writes it anew"
