"""Two equal policies of which one is changed, and what the review says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from policy_pairs import codegen

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
FILES = {"scopes": "scopes.yaml", "overlay": "spec/overlay.yaml", "access": "tests/access.yaml"}


def change(folder: Path, file: str, *pairs: tuple[str, str]) -> None:
    path = folder / "new" / FILES[file]
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


def open_on_both_sides(pair: Path) -> None:
    """Let update_project be unreached by limits on projects, before and after."""
    for side in ("old", "new"):
        overlay = pair / side / FILES["overlay"]
        text = overlay.read_text().replace("update_project: {", "update_project: {unreached: [project], ")
        overlay.write_text(text)
