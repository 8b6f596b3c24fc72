"""The workflows, as far as they run without GitHub: the scripts they call, what their files may not do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from drift_clone import PUBLISHED, clone, mutated
from drift_mutations import MUTATIONS
from policy_pairs import ROOT, laid_out

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def _run(script: str, folder: Path, *arguments: str, **extra: str) -> int:
    environment = {**os.environ, "PYTHON": sys.executable, **extra}
    run = subprocess.run(
        [str(GITHUB / "scripts" / script), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1, 2, 3), run.stderr
    return run.returncode


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    """A clone whose branch `change` lowers an effect, while `main` has moved on by a change of its own."""
    laid_out("effect_lowered", tmp_path)
    folder = tmp_path / "clone"
    shutil.copytree(tmp_path / "old", folder)
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "policy")
    _git(folder, "switch", "--quiet", "--create", "change")
    shutil.copy(tmp_path / "new" / "scopes.yaml", folder / "scopes.yaml")
    _git(folder, "commit", "--quiet", "--all", "--message", "Stop is only a write")
    _git(folder, "switch", "--quiet", "main")
    scopes = folder / "scopes.yaml"
    scopes.write_text(scopes.read_text().replace("operator: [qc:live:read]", "operator: [qc:projects:read]"))
    _git(folder, "commit", "--quiet", "--all", "--message", "operators see projects")
    return folder


def test_an_escalation_fails_the_review_and_is_in_the_comment(reviewed: Path, tmp_path: Path) -> None:
    out = tmp_path / "review.md"
    assert _run("review-policy", reviewed, "main", "change", str(out)) == 3
    text = out.read_text()
    assert "**/live/update/stop** effect lowered from live to write" in text
    assert "Power-Acknowledged: why" in text
    assert "operator" not in text.partition("No change for")[0], (
        "what main did meanwhile is not of the change"
    )


def test_the_label_acknowledges(reviewed: Path, tmp_path: Path) -> None:
    out = tmp_path / "review.md"
    labels = "bug\npower-acknowledged"
    assert _run("review-policy", reviewed, "main", "change", str(out), LABELS=labels) == 0
    assert "Acknowledged." in out.read_text()


def test_another_label_does_not(reviewed: Path, tmp_path: Path) -> None:
    labels = "not-power-acknowledged\npower-acknowledged-not"
    assert _run("review-policy", reviewed, "main", "change", str(tmp_path / "out.md"), LABELS=labels) == 3


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Say so\n\nPower-Acknowledged: agreed with the desk", 0),
        ("Say so\n\nPower-Acknowledged:", 3),
        ("Power-Acknowledged: is only a trailer at the end\n\nand this is not the end", 3),
    ],
)
def test_a_trailer_acknowledges_if_it_says_why(
    message: str, code: int, reviewed: Path, tmp_path: Path
) -> None:
    _git(reviewed, "switch", "--quiet", "change")
    _git(reviewed, "commit", "--quiet", "--allow-empty", "--message", message)
    assert _run("review-policy", reviewed, "main", "change", str(tmp_path / "out.md")) == code


def test_a_trailer_does_not_acknowledge_what_is_pushed_after_it(reviewed: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.md")
    _git(reviewed, "switch", "--quiet", "change")
    _git(reviewed, "commit", "--quiet", "--allow-empty", "--message", "Yes\n\nPower-Acknowledged: agreed")
    (reviewed / "README.md").write_text("no policy\n")
    _git(reviewed, "add", "--all")
    _git(reviewed, "commit", "--quiet", "--message", "What is not policy may follow")
    assert _run("review-policy", reviewed, "main", "change", out) == 0
    scopes = reviewed / "scopes.yaml"
    scopes.write_text(scopes.read_text().replace("operator: [", "operator: [qc:projects:read, "))
    _git(reviewed, "commit", "--quiet", "--all", "--message", "One thing more")
    assert _run("review-policy", reviewed, "main", "change", out) == 3


def test_a_trailer_is_found_before_a_thousand_commits(reviewed: Path, tmp_path: Path) -> None:
    """A reader that stopped at the first hit ended git by a signal: what was acknowledged was refused."""
    _git(reviewed, "switch", "--quiet", "change")
    tree = subprocess.check_output(["git", "-C", str(reviewed), "rev-parse", "change^{tree}"], text=True)
    stream = "".join(
        f"commit refs/heads/change\ncommitter R <r@example.invalid> {1_800_000_000 + n} +0000\n"
        f"data <<END\nMany\n\nPower-Acknowledged: {'agreed ' * 20}\nEND\n"
        + (f"from refs/heads/change^0\nM 040000 {tree.strip()} \n" if n == 0 else "")
        for n in range(1_000)
    )
    run = ["git", "-C", str(reviewed), "fast-import", "--quiet", "--force"]
    subprocess.run(run, input=stream, text=True, check=True, capture_output=True)
    assert _run("review-policy", reviewed, "main", "change", str(tmp_path / "out.md")) == 0


def test_no_script_pipes_into_a_reader_that_leaves_early() -> None:
    scripts = [*sorted((GITHUB / "scripts").iterdir()), *WORKFLOWS, ROOT / ".ci" / "run"]
    early = re.compile(r"\|\s*(grep\s+-\w*q|head\b|sed\s+\S*q)")
    assert [path.name for path in scripts if early.search(path.read_text(encoding="utf-8"))] == []


def test_a_change_that_touches_no_policy_is_not_commented(reviewed: Path, tmp_path: Path) -> None:
    _git(reviewed, "switch", "--quiet", "--create", "words", "main")
    (reviewed / "README.md").write_text("no policy\n")
    _git(reviewed, "add", "--all")
    _git(reviewed, "commit", "--quiet", "--message", "Words")
    out = tmp_path / "review.md"
    assert _run("review-policy", reviewed, "main", "words", str(out)) == 0
    assert out.read_text() == ""


def test_the_review_of_power_runs_however_many_files_a_pull_request_changes() -> None:
    """A filter of paths looks at the first 300 changed files: a policy in the 301st would pass unseen."""
    triggers = _workflow(GITHUB / "workflows" / "scopes.yml")[True]  # YAML 1.1 reads `on` as true.
    assert set(triggers["pull_request_target"]) == {"types"}


def test_the_review_of_power_runs_anew_when_the_base_of_a_pull_request_changes() -> None:
    """Harmless against one branch, it can be an escalation against another."""
    path = GITHUB / "workflows" / "scopes.yml"
    triggers = _workflow(path)[True]
    assert {"opened", "synchronize", "reopened", "edited"} <= set(triggers["pull_request_target"]["types"])
    removal = next(step for step in _steps(path) if "--remove-label" in step.get("run", ""))
    assert "github.event.changes.base" in removal["if"]


def test_a_policy_that_cannot_be_read_says_why_in_the_comment(reviewed: Path, tmp_path: Path) -> None:
    _git(reviewed, "switch", "--quiet", "change")
    scopes = reviewed / "scopes.yaml"
    scopes.write_text(scopes.read_text().replace("effect: delete}", "effect: destroy}"))
    _git(reviewed, "commit", "--quiet", "--all", "--message", "typo")
    out = tmp_path / "review.md"
    assert _run("review-policy", reviewed, "main", "change", str(out)) == 2
    assert out.read_text().startswith("### This policy cannot be read\n\n    change:scopes.yaml:") or (
        ":scopes.yaml:26: the effect of /backtests/delete is 'destroy'" in out.read_text()
    )


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("reordered only", 0, "### Drift: no drift"),
        ("new required argument", 1, "The facts are written into `spec/quantconnect.yaml`."),
        ("a defect that was fixed", 1, "Left to a person:"),
        ("a new defect", 2, "Add to the actions of `spec/repairs.yaml`"),
    ],
)
def test_drift_is_reported_and_accepted(name: str, code: int, line: str, tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, MUTATIONS[name].change, tmp_path / "new.yaml"), clone(tmp_path)
    before = (repository / "spec" / "quantconnect.yaml").read_text()
    out = tmp_path / "drift.md"
    assert _run("report-drift", repository, str(out), str(new)) == code
    assert line in out.read_text()
    written = (repository / "spec" / "quantconnect.yaml").read_text() != before
    assert written == (name == "new required argument")


def test_the_pinned_source_is_what_is_compared_by_default(tmp_path: Path) -> None:
    repository = clone(tmp_path)
    pin = repository / "spec" / "published.json"
    pin.write_text(pin.read_text().replace("https://example.invalid/things.yaml", str(PUBLISHED)))
    assert _run("report-drift", repository, str(tmp_path / "drift.md")) == 0


def _fitting(text: str, folder: Path) -> str:
    report = folder / "report.md"
    report.write_text(text, encoding="utf-8")
    return subprocess.check_output([str(GITHUB / "scripts" / "fitting"), str(report)], encoding="utf-8")


def test_a_report_too_long_for_a_comment_is_cut_and_says_so(tmp_path: Path) -> None:
    """GitHub refuses more than 65,536 characters: of the greatest change nobody would have been told."""
    lines = [f"- change {number} of many, about `arguments` – a line" for number in range(5_000)]
    cut = _fitting("\n".join(lines), tmp_path)
    assert len(cut.encode()) < 65_536
    assert cut.startswith("\n".join(lines[:500]))
    assert "Cut off here" in cut.splitlines()[-1]


def test_a_report_that_fits_is_not_touched(tmp_path: Path) -> None:
    assert _fitting("### Report\n\n- one\n", tmp_path) == "### Report\n\n- one\n"


def test_whatever_goes_into_a_comment_was_made_to_fit() -> None:
    commands = "\n".join(step["run"] for path in WORKFLOWS for step in _steps(path) if "run" in step)
    assert set(re.findall(r'--body-file "([^"]+)"', commands)) == {"$RUNNER_TEMP/body.md"}


def _workflow(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in _workflow(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_command_of_a_workflow_is_made_of_what_a_pull_request_says(path: Path) -> None:
    """An expression in a command is pasted before the shell reads it: a branch name could be a command."""
    commands = [step["run"] for step in _steps(path) if "run" in step]
    assert commands
    assert [command for command in commands if "${{" in command] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_workflow_says_which_rights_it_needs_and_how_long_it_may_run(path: Path) -> None:
    workflow = _workflow(path)
    assert workflow["permissions"]["contents"] in ("read", "write")
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_script_and_verb_that_a_workflow_calls_exists(path: Path) -> None:
    commands = "\n".join(step["run"] for step in _steps(path) if "run" in step)
    for script in re.findall(r"(?m)(?:^|\s)(\.(?:github/scripts|ci)/\S+)", commands):
        assert os.access(ROOT / script, os.X_OK), script
    makefile = (ROOT / "Makefile").read_text()
    for verb in re.findall(r"make ([a-z]+)", commands):
        assert f"\n{verb}:" in makefile, verb


def test_the_review_never_checks_out_the_pull_request() -> None:
    """It runs with a token that may write (pull_request_target): code of the pull request must not run."""
    path = GITHUB / "workflows" / "scopes.yml"
    checkouts = [step for step in _steps(path) if str(step.get("uses", "")).startswith("actions/checkout")]
    assert [step.get("with", {}).get("ref") for step in checkouts] == [None]
    commands = "\n".join(step["run"] for step in _steps(path) if "run" in step)
    assert not re.search(r"git (checkout|switch|merge|pull)", commands)


def test_code_owners_name_paths_that_exist() -> None:
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text().splitlines()]
    paths = [words[0] for words in lines if words and not words[0].startswith("#")]
    assert [path for path in paths if path != "*" and not (ROOT / path.strip("/")).exists()] == []


def test_the_template_asks_for_the_three_impacts() -> None:
    text = (GITHUB / "pull_request_template.md").read_text()
    assert [word for word in ("**Tools**", "**Power**", "**Limits**") if word not in text] == []


def test_the_repository_of_a_hook_that_runs_these_tests_is_left_alone(tmp_path: Path) -> None:
    """What they committed went into it; and a person's configuration made them fail."""
    theirs, home = tmp_path / "theirs", tmp_path / "home"
    _git(tmp_path, "init", "--quiet", str(theirs))
    home.mkdir()
    hooks = f"[commit]\n gpgsign = true\n[core]\n hooksPath = {theirs}\n[gpg]\n program = false\n"
    (home / ".gitconfig").write_text(hooks)
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own |= {"HOME": str(home), "GIT_DIR": str(theirs / ".git"), "GIT_INDEX_FILE": str(theirs / "index")}
    this = f"{__file__}::test_the_label_acknowledges"
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--basetemp",
            str(tmp_path / "inner"),
            this,
        ],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert not (theirs / "index").exists()
    assert not list((theirs / ".git" / "refs" / "heads").iterdir())
