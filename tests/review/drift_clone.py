"""A small clone that drift is looked for in, and ten ways in which a published document may change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen
from policy_pairs import Run, codegen

SMALL = Path(__file__).parent / "drift"
PUBLISHED = SMALL / "published.yaml"


@frozen
class Mutation:
    """A change of a document, its exit code, and what must be reported: kind, where, what is said."""

    change: Callable[[dict[str, Any]], None]
    code: int
    said: tuple[tuple[str, str, str], ...] = ()


def clone(folder: Path) -> Path:
    """Copy the small clone."""
    return Path(shutil.copytree(SMALL, folder / "clone"))


def mutated(source: Path, change: Callable[[dict[str, Any]], None], target: Path) -> Path:
    """Change a document as values and write it; only what is changed differs."""
    document = yaml.safe_load(source.read_text(encoding="utf-8"))
    change(document)
    target.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return target


def drift(published: Path, repository: Path, *arguments: str) -> Run:
    """Run `python -m codegen drift`."""
    return codegen("drift", str(published), "--repository", str(repository), *arguments, folder=repository)


def verdict(published: Path, repository: Path) -> tuple[int, dict[str, Any]]:
    """Run it for JSON."""
    run = drift(published, repository, "--json")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def said(found: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Reduce changes to what a mutation expects."""
    return tuple((each["kind"], each["where"], each["said"]) for each in found["changes"])


def renamed(document: dict[str, Any], old: str, new: str) -> None:
    """Rename a component schema wherever it is named."""
    text = json.dumps(document).replace(f'"#/components/schemas/{old}"', f'"#/components/schemas/{new}"')
    fresh = json.loads(text)
    schemas = fresh["components"]["schemas"]
    fresh["components"]["schemas"] = {new if name == old else name: value for name, value in schemas.items()}
    document.clear()
    document.update(fresh)


def backwards(value: Any) -> Any:
    """Turn the order of every mapping and every list around."""
    if isinstance(value, dict):
        return {key: backwards(item) for key, item in reversed(list(value.items()))}
    if isinstance(value, list):
        return [backwards(item) for item in reversed(value)]
    return value


def reordered(document: dict[str, Any]) -> None:
    """Turn a document around."""
    fresh = backwards(document)
    document.clear()
    document.update(fresh)


def reworded(value: Any) -> None:
    """Give every description and summary other words."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("description", "summary") and isinstance(item, str):
                value[key] = "Entirely other words."
            else:
                reworded(item)
    elif isinstance(value, list):
        for item in value:
            reworded(item)
