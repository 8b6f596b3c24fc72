"""Pairs of policies: `policies/base`, what changes in it, and what the review says of that."""

import json
import os
import re
import shutil
import subprocess
from contextlib import chdir
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

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


def codegen(*arguments: str, folder: Path) -> Result:
    """Run `codegen` in a folder, in this process: the scripts of the workflows start it as one of its own."""
    with chdir(folder):
        return CliRunner().invoke(main, arguments, catch_exceptions=False, prog_name="python -m codegen")


def golden(path: Path, text: str) -> None:
    """Compare with a committed text, or write it."""
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; UPDATE_GOLDEN=1 writes it again"


def git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return run.stdout.strip()


TOOLS = (FOLDER / "tools.yaml").read_text(encoding="utf-8")
"""What the overlay of both sides says besides."""
LIMITED = ("personas:", "limited:\n  contractor: {scopes: [trader], limits: {projects: [7]}}\npersonas:")
"""Adds somebody with a limit to the access file."""
BOTH = ("old", "new")
FILES = {
    "scopes": "scopes.yaml",
    "overlay": "spec/overlay.yaml",
    "spec": "spec/quantconnect.yaml",
    "access": "tests/access.yaml",
}


def change(folder: Path, file: str, *pairs: tuple[str, str], sides: tuple[str, ...] = ("new",)) -> None:
    """Replace texts in one file; each must be there."""
    for side in sides:
        path = folder / side / FILES[file]
        text = path.read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)


def grant(folder: Path, path: str, **values: str) -> None:
    """Write another scope or effect for an endpoint of the new side."""
    scopes = folder / "new" / "scopes.yaml"
    for key, value in values.items():
        text, count = re.subn(rf"(  {path}: .*\b{key}: )[^,}}]+", rf"\g<1>{value}", scopes.read_text())
        assert count == 1
        scopes.write_text(text)


def diff(folder: Path) -> tuple[int, dict[str, Any]]:
    run = codegen("scopes", "diff", "old", "new", "--format", "json", folder=folder)
    assert run.exit_code in (0, 3), run.stderr
    return run.exit_code, json.loads(run.stdout)


def escalations(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["rule"], each["who"], each["said"]) for each in found["escalations"]]
