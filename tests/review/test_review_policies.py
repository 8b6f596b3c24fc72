"""What a change of policy means: the exact report for each kind of change, in all three layouts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from policy_pairs import FOLDER, ROOT, codegen, golden, laid_out

CASES = {
    "grant_added": 3,
    "grant_moved": 3,
    "effect_lowered": 3,
    "endpoint_renamed": 0,
    "scope_split": 3,
    "toolset_withheld": 3,
    "nothing_but_order": 0,
    "from_nothing": 3,
}
"""Case -> exit code."""
LAYOUTS = {"text": "txt", "markdown": "md", "json": "json"}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", CASES)
def test_a_change_of_policy_is_reported_exactly(case: str, layout: str, tmp_path: Path) -> None:
    laid_out(case, tmp_path)
    old = "/dev/null" if case == "from_nothing" else "old"
    # The clone is whose personas are read beside a file that does not exist.
    run = codegen("scopes", "diff", old, "new", "--format", layout, "--repository", "new", folder=tmp_path)
    assert run.returncode == CASES[case], run.stderr
    golden(FOLDER / case / f"report.{LAYOUTS[layout]}", run.stdout)


def _diff(folder: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    run = codegen("scopes", "diff", "old", "new", "--format", "json", *arguments, folder=folder)
    return run.returncode, json.loads(run.stdout)


def test_an_acknowledged_escalation_no_longer_fails(tmp_path: Path) -> None:
    laid_out("effect_lowered", tmp_path)
    code, found = _diff(tmp_path, "--acknowledged")
    assert (code, len(found["escalations"])) == (0, 1)


def _change(folder: Path, old: str, new: str) -> None:
    path = folder / "new" / "scopes.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_needing_fewer_scopes_is_an_escalation_even_if_no_persona_shows_it(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    both = "/live/create:          {scope: [qc:live:write, qc:live:execute], effect: live}"
    old = tmp_path / "old" / "scopes.yaml"
    old.write_text(
        old.read_text().replace("/live/create:          {scope: qc:live:write, effect: live}", both)
    )
    for side in ("old", "new"):
        (tmp_path / side / "tests" / "access.yaml").unlink()
    code, found = _diff(tmp_path)
    assert code == 3
    assert [(e["rule"], e["who"], e["said"]) for e in found["escalations"]] == [
        ("fewer", "/live/create", "no longer needs qc:live:execute")
    ]


def test_taking_a_persona_out_of_the_file_does_not_hide_what_it_gains(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    _change(
        tmp_path,
        "/projects/update:      {scope: qc:projects:write",
        "/projects/update:      {scope: qc:live:write",
    )
    (tmp_path / "new" / "tests" / "access.yaml").write_text("personas: {}\n")
    code, found = _diff(tmp_path)
    assert code == 3
    assert ("deployer", "gains a write tool") in [(e["who"], e["said"]) for e in found["escalations"]]


def test_a_local_tool_that_anybody_may_call_and_that_writes_is_an_escalation(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    _change(
        tmp_path,
        "health_check: {scope: [], effect: read}",
        "health_check: {scope: [], effect: read}\n  reset: {scope: [], effect: write}",
    )
    _, found = _diff(tmp_path)
    gains = {e["who"]: e["tools"] for e in found["escalations"]}
    assert gains["stranger"] == ["reset"]


def test_nothing_in_a_policy_can_break_out_of_the_markdown(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    reason = "'</details><img src=x> @everyone [a](http://b) | `x`'"
    _change(tmp_path, "withheld: {}", f"withheld:\n  /live/read: {reason}")
    _change(tmp_path, "  /live/read:            {scope: qc:live:read, effect: read}\n", "")
    run = codegen("scopes", "diff", "old", "new", "--format", "markdown", folder=tmp_path)
    line = next(line for line in run.stdout.splitlines() if "img" in line)
    assert "&lt;/details>&lt;img src=x> &#64;everyone &#91;a](http://b) &#124; 'x'" in line


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no-such-branch", "no-such-branch: is no git revision and no file"),
        ("--output=x", "No such option"),
    ],
)
def test_what_names_no_policy_is_refused(source: str, said: str, tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    run = codegen("scopes", "diff", source, "new", "--repository", str(ROOT), folder=tmp_path)
    assert run.returncode == 2
    assert said in run.stderr


def test_a_policy_that_is_not_well_formed_is_refused_with_its_line(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    _change(tmp_path, "effect: delete}", "effect: destroy}")
    run = codegen("scopes", "diff", "old", "new", folder=tmp_path)
    assert run.returncode == 2
    assert "new/scopes.yaml:27: the effect of /backtests/delete is 'destroy'" in run.stderr


def _git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_git_revisions_are_compared_with_the_description_of_their_own_time(tmp_path: Path) -> None:
    laid_out("endpoint_renamed", tmp_path)
    clone = tmp_path / "clone"
    clone.mkdir()
    _git(clone, "init", "--quiet", "--initial-branch", "main")
    (clone / "README.md").write_text("Before there was a policy.\n")
    for message, side in (("start", None), ("policy", "old"), ("rename", "new")):
        if side:
            subprocess.run(["cp", "-r", f"{tmp_path / side}/.", str(clone)], check=True)
        _git(clone, "add", "--all")
        _git(clone, "commit", "--quiet", "--message", message)
    renamed = codegen("scopes", "diff", "HEAD~1", "HEAD", "--repository", str(clone), folder=tmp_path)
    assert renamed.returncode == 0, renamed.stderr
    assert "> /backtests/start  renamed from /backtests/create (create_backtest)" in renamed.stdout
    first = codegen("scopes", "diff", "HEAD~2", "HEAD~1", "--repository", str(clone), folder=tmp_path)
    assert first.returncode == 3
    assert "admin gains 3 live tools" in first.stdout


def _committed(folder: Path) -> Path:
    """Make a repository whose HEAD~1 is the old policy and whose HEAD is the new one."""
    clone = folder / "clone"
    clone.mkdir()
    _git(clone, "init", "--quiet", "--initial-branch", "main")
    for side in ("old", "new"):
        subprocess.run(["cp", "-r", f"{folder / side}/.", str(clone)], check=True)
        _git(clone, "add", "--all")
        _git(clone, "commit", "--quiet", "--message", side)
    return clone


def test_a_policy_that_git_cannot_show_is_refused_and_not_taken_for_one_that_grants_nothing(
    tmp_path: Path,
) -> None:
    """An object that was missing, or a link in place of the file, made every escalation disappear."""
    laid_out("effect_lowered", tmp_path)
    clone = _committed(tmp_path)
    seen = codegen("scopes", "diff", "HEAD~1", "HEAD", "--repository", str(clone), folder=tmp_path)
    assert seen.returncode == 3, seen.stderr
    blob = _git(clone, "rev-parse", "HEAD:scopes.yaml")
    (clone / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    lost = codegen("scopes", "diff", "HEAD~1", "HEAD", "--repository", str(clone), folder=tmp_path)
    assert lost.returncode == 2
    assert ":scopes.yaml: cannot be read out of git" in lost.stderr
    assert "git fsck" in lost.stderr


@pytest.mark.parametrize("name", ["scopes.yaml", "spec/overlay.yaml", "tests/access.yaml"])
@pytest.mark.parametrize("mode", ["160000", "120000"])
def test_a_link_in_place_of_a_policy_is_refused(tmp_path: Path, name: str, mode: str) -> None:
    laid_out("effect_lowered", tmp_path)
    clone = _committed(tmp_path)
    target = _git(clone, "rev-parse", "HEAD" if mode == "160000" else "HEAD:scopes.yaml")
    _git(clone, "update-index", "--add", "--cacheinfo", f"{mode},{target},{name}")
    _git(clone, "commit", "--quiet", "--message", "a link")
    run = codegen("scopes", "diff", "HEAD~1", "HEAD", "--repository", str(clone), folder=tmp_path)
    assert run.returncode == 2
    assert f":{name}: cannot be read out of git" in run.stderr


def test_without_git_a_revision_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out("nothing_but_order", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    run = codegen("scopes", "diff", "HEAD", "new", folder=tmp_path)
    assert run.returncode == 2
    assert "git: is not on PATH" in run.stderr


def test_from_nothing_to_the_policy_of_today_is_readable() -> None:
    run = codegen("scopes", "diff", "/dev/null", str(ROOT), folder=ROOT)
    assert run.returncode == 3, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) < 200
    assert max(map(len, lines)) <= 100
    assert lines[2].startswith("ESCALATIONS (")
    assert "  ! admin gains 5 live tools: broadcast_live_command, create_live_algorithm," in run.stdout
    for name in ("readonly", "trader", "admin"):
        assert any(line.startswith(f"  {name} (") for line in lines), name


def test_from_nothing_to_today_names_every_tool_that_somebody_may_use() -> None:
    run = codegen("scopes", "diff", "/dev/null", str(ROOT), "--format", "json", folder=ROOT)
    found = json.loads(run.stdout)
    admin = next(person for person in found["people"] if person["name"] == "admin")
    wire = {path.stem for path in (ROOT / "generated" / "quantconnect_tools" / "wire").glob("*.json")}
    assert {tool["name"] for tool in admin["gained"]} == wire
