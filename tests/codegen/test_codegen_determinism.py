"""C30: the same inputs give the same bytes, whatever the hash seed, locale, folder and line ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from codegen_inputs import BEFORE, OURS, ROOT

from codegen.inputs import yaml_document
from codegen.inputs.problems import Problems
from codegen.output import emission
from codegen.tools import compilation
from codegen.tools.compilation import Inputs

NAMES = ("spec", "overlay", "scopes")


@pytest.mark.thorough
def test_c30_nothing_around_changes_the_bytes_or_is_left_behind(tmp_path: Path, tree: Path) -> None:
    """Another hash seed, locale, working folder, PATH, line ends; a formatter's configuration above."""
    (tmp_path / "ruff.toml").write_text("line-length = 60\n[format]\nquote-style = 'single'\n")
    (tmp_path / ".gitignore").write_text("*\n")
    for name in NAMES:
        text = Path(getattr(BEFORE, name)).read_bytes()
        (tmp_path / f"{name}.yaml").write_bytes(text.replace(b"\n", b"\r\n"))
    around = {"PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": "/nowhere", **around}
    out = tmp_path / "tree"
    files = [f"--{name}={tmp_path / name}.yaml" for name in NAMES]
    command = [sys.executable, "-m", "codegen", "generate", f"--out={out}", *files]
    before = {path.name for path in tmp_path.iterdir()}
    run = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert {path.name for path in tmp_path.iterdir()} == before | {"tree"}
    assert [path.name for path in out.rglob(".*")] == []
    found, wanted = emission._files(out), emission._files(tree)
    assert sorted(found) == sorted(wanted)
    assert [path for path in wanted if wanted[path] != found[path]] == []


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
