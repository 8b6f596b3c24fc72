"""Pairs of policies: `policies/base`, what changes in it, and what the review says of that."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import chdir
from pathlib import Path
from typing import Any

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
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; UPDATE_GOLDEN=1 writes it again"


def git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return run.stdout.strip()


TOOLS = """\
  - target: $.paths['/live/create'].post
    update:
      x-tools:
        create_live_algorithm:
          narrowed: {project: projectId, brokerage: brokerage.id}
          inject: {codeSourceId: agent_name}
          counted: {live_deployments_per_day: many}
  - target: $.paths['/projects/read'].post
    update:
      x-tools:
        read_project: {only: [projectId]}
        list_projects: {omit: [projectId]}
  - target: $.paths['/projects/update'].post
    update:
      x-tools:
        update_project: {title: Update project}
"""
"""What the overlay of both sides says besides."""
FILES = {
    "scopes": "scopes.yaml",
    "overlay": "spec/overlay.yaml",
    "spec": "spec/quantconnect.yaml",
    "access": "tests/access.yaml",
}


def change(folder: Path, file: str, *pairs: tuple[str, str], side: str = "new") -> None:
    """Replace texts in one file of one side; each must be there."""
    path = folder / side / FILES[file]
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def diff(folder: Path) -> tuple[int, dict[str, Any]]:
    run = codegen("scopes", "diff", "old", "new", "--format", "json", folder=folder)
    assert run.returncode in (0, 3), run.stderr
    return run.returncode, json.loads(run.stdout)


def escalations(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["rule"], each["who"], each["said"]) for each in found["escalations"]]
