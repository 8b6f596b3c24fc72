"""The tree is swapped in whole or not at all; --check finds every kind of difference; exit codes."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from codegen_inputs import Mini

from codegen.__main__ import main
from codegen.output import emission


def generate(mini: Mini, out: Path, *options: str) -> Result:
    """Run the command on small inputs, that need no repairs."""
    mini.spec = mini.spec.replace("openapi: 3.1.0", "openapi: 3.1.0\nx-ledgai-source: own")
    inputs = mini.inputs()
    files = [f"--{name}={getattr(inputs, name)}" for name in ("spec", "overlay", "scopes")]
    return CliRunner().invoke(main, ["generate", f"--out={out}", *files, *options])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command makes of the small inputs, once."""
    folder = tmp_path_factory.mktemp("fresh")
    result = generate(Mini(folder), folder / "out" / "generated")
    assert (result.exit_code, result.output) == (0, "")
    return folder / "out" / "generated"


@pytest.fixture
def out(mini: Mini, fresh: Path) -> Path:
    """A tree of one's own, to spoil."""
    return Path(shutil.copytree(fresh, mini.folder / "out" / "generated"))


def test_a_fresh_tree_is_complete_readable_and_leaves_nothing_beside_it(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == emission._OURS
    assert [path.name for path in fresh.parent.iterdir()] == ["generated"]
    assert fresh.stat().st_mode == fresh.parent.stat().st_mode
    assert not list(fresh.rglob(".ruff_cache")) + list(fresh.rglob("__pycache__"))


def test_check_names_edited_missing_and_extra_files_and_changes_none(mini: Mini, out: Path) -> None:
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
    result = generate(mini, out, "--check")
    assert result.exit_code == 1
    assert f"{edited}: edited\n    fix: run `make generate`" in result.stderr
    assert "read_think" in result.stderr
    assert f"{missing}: missing\n    fix: run `make generate`" in result.stderr
    assert f"{extra}: extra\n    fix: delete it, or run `make generate`" in result.stderr
    assert "3 differences" in result.stderr
    assert "__pycache__" not in result.stderr
    assert result.stdout == ""
    assert not missing.exists()


def test_a_new_tree_replaces_the_old_one_whole(mini: Mini, out: Path) -> None:
    (out / "quantconnect_tools" / "old.py").write_text("", encoding="utf-8")
    mini.spec = mini.spec.replace("[things]", "[items]")
    assert generate(mini, out).exit_code == 0
    names = {path.name for path in (out / "quantconnect_tools").iterdir()}
    assert "items.py" in names
    assert names.isdisjoint({"things.py", "old.py"})


def test_a_problem_leaves_the_old_tree_as_it_was(mini: Mini, out: Path) -> None:
    before = emission._files(out)
    mini.scopes = mini.scopes.replace("/things/read:", "/things/reed:")
    result = generate(mini, out)
    assert result.exit_code == 1
    assert "scopes.yaml:" in result.stderr
    assert "fix:" in result.stderr
    assert "nothing was written" in result.stderr
    assert emission._files(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["generated"]


def test_a_failed_swap_puts_the_old_tree_back(mini: Mini, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = emission._files(out)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "tree":
            raise OSError("no space")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    monkeypatch.setattr(emission, "build", lambda _, __, aside: Path(shutil.copytree(out, aside / "tree")))
    with pytest.raises(OSError, match="no space"):
        emission.emit(mini.compile(), mini.inputs(), out)
    assert emission._files(out) == before


def test_a_folder_with_other_things_is_not_replaced(mini: Mini) -> None:
    folder = mini.folder / "home"
    folder.mkdir()
    (folder / "letters.txt").write_text("dear", encoding="utf-8")
    result = generate(mini, folder)
    assert result.exit_code == 1
    assert "letters.txt is none of ours" in result.stderr
    assert "--out" in result.stderr
    assert (folder / "letters.txt").read_text(encoding="utf-8") == "dear"


@pytest.mark.parametrize(
    ("folder", "what"),
    [("taken", "is no folder"), ("taken/below", "nothing can be written beside it: ")],
)
def test_a_place_where_no_tree_can_be_is_a_problem(mini: Mini, folder: str, what: str) -> None:
    (mini.folder / "taken").write_text("a file", encoding="utf-8")
    result = generate(mini, mini.folder / folder)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert f"{mini.folder / folder}: {what}" in result.stderr
    assert "fix: name a folder of its own with --out" in result.stderr
