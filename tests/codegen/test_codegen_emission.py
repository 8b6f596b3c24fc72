"""The tree is swapped in whole or not at all; --check finds every kind of difference; exit codes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from codegen_inputs import Mini

from codegen.__main__ import main
from codegen.output import emission, rendering
from codegen.tools import compilation


def generate(mini: Mini, out: Path, *options: str) -> Result:
    """Run the command on small inputs."""
    inputs = mini.inputs()
    files = [f"--{name}={getattr(inputs, name)}" for name in ("spec", "overlay", "scopes")]
    return CliRunner().invoke(main, ["generate", f"--out={out}", *files, *options])


@pytest.fixture
def own(mini: Mini) -> Mini:
    """Inputs that need no repairs."""
    return _own(mini)


def _own(mini: Mini) -> Mini:
    mini.spec = mini.spec.replace("openapi: 3.1.0", "openapi: 3.1.0\nx-ledgai-source: own")
    return mini


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command makes of the small inputs, once."""
    folder = tmp_path_factory.mktemp("fresh")
    result = generate(_own(Mini(folder)), folder / "out" / "generated")
    assert (result.exit_code, result.output) == (0, "")
    return folder / "out" / "generated"


@pytest.fixture
def out(own: Mini, fresh: Path) -> Path:
    """A tree of one's own, to spoil."""
    return Path(shutil.copytree(fresh, own.folder / "out" / "generated"))


def test_a_fresh_tree_is_complete_readable_and_leaves_nothing_beside_it(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == emission._OURS
    assert [path.name for path in fresh.parent.iterdir()] == ["generated"]
    assert fresh.stat().st_mode & 0o777 == 0o777 & ~_umask()
    assert not list(fresh.rglob(".ruff_cache")) + list(fresh.rglob("__pycache__"))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_check_names_edited_missing_and_extra_files_and_changes_none(own: Mini, out: Path) -> None:
    edited, missing, extra = (
        out / "TOOLS.md",
        out / "quantconnect_tools" / "things.py",
        out / "quantconnect_tools" / "x",
    )
    edited.write_text(
        edited.read_text(encoding="utf-8").replace("read_thing", "read_think"), encoding="utf-8"
    )
    missing.unlink()
    extra.write_text("", encoding="utf-8")
    (out / "quantconnect_tools" / "__pycache__").mkdir()
    (out / "quantconnect_tools" / "__pycache__" / "tool.pyc").write_bytes(b"")
    result = generate(own, out, "--check")
    assert result.exit_code == 1
    assert f"{edited}: edited\n    fix: run `make generate`" in result.stderr
    assert "read_think" in result.stderr
    assert f"{missing}: missing\n    fix: run `make generate`" in result.stderr
    assert f"{extra}: extra\n    fix: delete it, or run `make generate`" in result.stderr
    assert "3 differences" in result.stderr
    assert "__pycache__" not in result.stderr
    assert result.stdout == ""
    assert not missing.exists()


def test_a_new_tree_replaces_the_old_one_whole(own: Mini, out: Path) -> None:
    (out / "quantconnect_tools" / "old.py").write_text("", encoding="utf-8")
    own.spec = own.spec.replace("[things]", "[items]")
    assert generate(own, out).exit_code == 0
    names = {path.name for path in (out / "quantconnect_tools").iterdir()}
    assert "items.py" in names
    assert names.isdisjoint({"things.py", "old.py"})


def test_a_problem_leaves_the_old_tree_as_it_was(own: Mini, out: Path) -> None:
    before = emission._files(out)
    own.scopes = own.scopes.replace("/things/read:", "/things/reed:")
    result = generate(own, out)
    assert result.exit_code == 1
    assert "scopes.yaml:" in result.stderr
    assert "fix:" in result.stderr
    assert "nothing was written" in result.stderr
    assert emission._files(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["generated"]


def test_a_failed_swap_puts_the_old_tree_back(own: Mini, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = emission._files(out)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "tree":
            raise OSError("no space")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    monkeypatch.setattr(emission, "build", lambda _, __, aside: Path(shutil.copytree(out, aside / "tree")))
    with pytest.raises(OSError, match="no space"):
        emission.emit(own.compile(), own.inputs(), out)
    assert emission._files(out) == before


def test_a_folder_with_other_things_is_not_replaced(own: Mini) -> None:
    folder = own.folder / "home"
    folder.mkdir()
    (folder / "letters.txt").write_text("dear", encoding="utf-8")
    result = generate(own, folder)
    assert result.exit_code == 1
    assert "letters.txt is none of ours" in result.stderr
    assert "--out" in result.stderr
    assert (folder / "letters.txt").read_text(encoding="utf-8") == "dear"


def test_the_defaults_are_those_of_the_repository_whatever_the_working_folder(
    own: Mini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.folder)
    taken = []
    monkeypatch.setattr(compilation, "compile", lambda inputs: inputs)
    monkeypatch.setattr(emission, "emit", lambda compiled, inputs, out: taken.append((inputs, out)))
    assert CliRunner().invoke(main, ["generate"]).exit_code == 0
    root = Path(rendering.__file__).resolve().parents[2]
    ((inputs, out),) = taken
    assert (inputs.spec, inputs.scopes, out) == (
        str(root / "spec" / "quantconnect.yaml"),
        root / "scopes.yaml",
        root / "generated",
    )


@pytest.mark.parametrize(
    ("folder", "what"),
    [("taken", "is no folder"), ("taken/below", "nothing can be written beside it: ")],
)
def test_a_place_where_no_tree_can_be_is_a_problem(own: Mini, folder: str, what: str) -> None:
    (own.folder / "taken").write_text("a file", encoding="utf-8")
    result = generate(own, own.folder / folder)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert f"{own.folder / folder}: {what}" in result.stderr
    assert "fix: name a folder of its own with --out" in result.stderr
