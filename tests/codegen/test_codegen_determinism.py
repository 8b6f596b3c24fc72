"""C30: the same inputs give the same bytes, whatever the hash seed, locale, folder and line ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from codegen_inputs import OURS, ROOT, Mini

from codegen.inputs import yaml_document
from codegen.inputs.problems import Problems
from codegen.output import emission
from codegen.tools import compilation
from codegen.tools.compilation import Inputs

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


def _digest(root: Path, seed: str) -> str:
    script = (
        "import sys, json, hashlib; from attrs import asdict; from codegen.tools import compilation\n"
        "from pathlib import Path\n"
        f"r = Path({str(root)!r})\n"
        "s = r / 'spec'\n"
        "i = dict(spec=s/'quantconnect.yaml', overlay=s/'overlay.yaml', scopes=r/'scopes.yaml')\n"
        "c = compilation.compile(compilation.Inputs(**i))\n"
        "made = json.dumps([asdict(c.catalogue), c.document, dict(c.digests)])\n"
        "sys.stdout.write(hashlib.sha256(made.encode()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "PYTHONPATH": str(ROOT)},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_the_same_inputs_compile_to_the_same_values(tmp_path: Path) -> None:
    """C30: under three hash seeds, from another folder, with CRLF line ends."""
    for path in (OURS.spec, OURS.overlay, OURS.scopes):
        target = tmp_path / Path(path).relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(Path(path).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    found = {_digest(ROOT, "0"), _digest(ROOT, "1"), _digest(tmp_path, "2")}
    assert len(found) == 1


def test_the_order_of_paths_schemas_and_scopes_changes_no_tool(
    ours: compilation.Compiled, tmp_path: Path
) -> None:
    """C30: for reordering only the documented parts move, and in the catalogue none does."""

    def turned(value: dict[str, Any]) -> dict[str, Any]:
        return dict(reversed(value.items()))

    spec, scopes = (
        yaml_document.plain(yaml_document.parse(Path(path).read_text(encoding="utf-8"), "f", Problems()))
        for path in (OURS.spec, OURS.scopes)
    )
    spec["paths"], spec["components"]["schemas"] = (
        turned(spec["paths"]),
        turned(spec["components"]["schemas"]),
    )
    scopes = {name: turned(section) for name, section in turned(scopes).items()}
    for name, value in (("spec", spec), ("scopes", scopes)):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(value), encoding="utf-8")
    again = compilation.compile(
        Inputs(spec=tmp_path / "spec.yaml", overlay=OURS.overlay, scopes=tmp_path / "scopes.yaml")
    )
    assert again.catalogue == ours.catalogue
    assert again.digests["spec"] != ours.digests["spec"]
