"""C30: the same inputs give the same bytes, whatever the hash seed, locale, folder and line ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from codegen_inputs import Mini

from codegen import emission

ROOT = Path(__file__).resolve().parents[2]
BEFORE = Path(__file__).parent / "golden" / "before"
NAMES = ("spec", "overlay", "scopes")


def start(out: Path, inputs: Path, folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    files = [f"--{name}={inputs / name}.yaml" for name in NAMES]
    command = [sys.executable, "-m", "codegen", "generate", f"--out={out}", *files]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(command, cwd=folder, env=settings, stderr=subprocess.PIPE)


def finish(run: subprocess.Popen[bytes]) -> None:
    _, said = run.communicate(timeout=120)
    assert run.returncode == 0, said.decode()


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tree for each circumstance, two at a time."""
    folder = tmp_path_factory.mktemp("trees")
    (folder / "crlf").mkdir()
    (folder / "configured").mkdir()
    # A configuration above the output must not reach the formatter.
    (folder / "configured" / "ruff.toml").write_text("line-length = 60\n[format]\nquote-style = 'single'\n")
    (folder / ".gitignore").write_text("*\n")
    for name in NAMES:
        text = (BEFORE / f"{name}.yaml").read_bytes()
        (folder / "crlf" / f"{name}.yaml").write_bytes(text.replace(b"\n", b"\r\n"))
    circumstances = {
        "seed 0": (folder / "0", BEFORE, ROOT, {"PYTHONHASHSEED": "0"}),
        "seed 1": (folder / "1", BEFORE, ROOT, {"PYTHONHASHSEED": "1"}),
        "seed 2, another folder": (folder / "2", BEFORE, folder, {"PYTHONHASHSEED": "2"}),
        "the C locale": (
            folder / "c",
            BEFORE,
            ROOT,
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        ),
        "CRLF": (folder / "rn", folder / "crlf", ROOT, {}),
        "a configuration above": (
            folder / "configured" / "tree",
            BEFORE,
            folder / "configured",
            {"PATH": "/nowhere"},
        ),
    }
    waiting = list(circumstances.values())
    while waiting:
        now, waiting = waiting[:2], waiting[2:]
        for run in [start(out, inputs, where, **given) for out, inputs, where, given in now]:
            finish(run)
    return {name: out for name, (out, *_) in circumstances.items()}


@pytest.mark.parametrize(
    "name", ["seed 1", "seed 2, another folder", "the C locale", "CRLF", "a configuration above"]
)
def test_c30_the_bytes_are_the_same(trees: dict[str, Path], name: str) -> None:
    wanted, found = emission._files(trees["seed 0"]), emission._files(trees[name])
    assert sorted(found) == sorted(wanted)
    assert [path for path in wanted if wanted[path] != found[path]] == []


def test_c30_nothing_is_left_beside_or_inside_the_tree(trees: dict[str, Path]) -> None:
    assert [path.name for path in trees["seed 0"].rglob(".*")] == []
    left = {path.name for path in trees["seed 0"].parent.iterdir()}
    assert left == {"0", "1", "2", "c", "rn", "crlf", "configured", ".gitignore"}


def test_c30_the_order_of_paths_and_schemas_moves_no_tool(mini: Mini, tmp_path: Path) -> None:
    """Only the order of properties, and of the branches of a union, is that of the description."""
    mini.spec += """
  /items/read:
    post:
      operationId: read_item
      tags: [things]
      description: Read an item.
      responses: {'200': {description: It.}}
"""
    mini.scopes = mini.scopes.replace("local:", "  /items/read: {scope: things:read, effect: read}\nlocal:")
    first = emission.build(mini.compile(), mini.inputs(), tmp_path)
    head, paths = mini.spec.split("paths:\n")
    things, items = paths.split("  /items/read:")
    mini.spec = f"{head}paths:\n  /items/read:{items}{things}"
    (tmp_path / "other").mkdir()
    second = emission.build(mini.compile(), mini.inputs(), tmp_path / "other")
    wanted, found = emission._files(first), emission._files(second)
    assert {path for path in wanted if wanted[path] != found[path]} == {"MANIFEST.json"}
