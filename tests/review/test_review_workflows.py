"""The workflows, as far as they run without GitHub: the scripts they call, what their files may not do."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from drift_clone import MUTATIONS, PUBLISHED, clone, mutated
from policy_pairs import ROOT, git, laid_out

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
REVIEW = GITHUB / "workflows" / "scopes.yml"
STAND_IN = f"""\
#!/bin/sh
[ "$1" != -c ] || exec {sys.executable} "$@"
echo "$@"
case "$*" in
  *--accept*) echo "left to you: something" >&2; exit "$LEFT" ;;
  *--acknowledged*) exit 0 ;;
  *"scopes page"*) exit "$PAGE" ;;
  *"scopes diff"*) [ "$CODE" != 2 ] || echo "scopes.yaml:26: what is wrong" >&2 ;;
esac
exit "$CODE"
"""
"""What stands in for Python where only the script is tested: it says what it was asked, and ends as told."""


def _run(script: str, folder: Path, *arguments: str, **extra: str) -> int:
    """Run a script, with codegen itself or, given its exit CODE, with the stand-in."""
    stand_in = folder.parent / "stand-in"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    python = str(stand_in) if "CODE" in extra else sys.executable
    run = subprocess.run(
        [str(GITHUB / "scripts" / script), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHON": python, **extra},
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
    git(folder, "init", "--quiet", "--initial-branch", "main")
    _commit(folder, "policy")
    git(folder, "switch", "--quiet", "--create", "change")
    shutil.copy(tmp_path / "new" / "scopes.yaml", folder / "scopes.yaml")
    _commit(folder, "Stop is only a write")
    git(folder, "switch", "--quiet", "main")
    _edit(folder, "operator: [qc:live:read]", "operator: [qc:projects:read]")
    _commit(folder, "operators see projects")
    git(folder, "switch", "--quiet", "change")
    return folder


def _edit(folder: Path, old: str, new: str) -> None:
    scopes = folder / "scopes.yaml"
    assert old in scopes.read_text()
    scopes.write_text(scopes.read_text().replace(old, new))


def _commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def _review(folder: Path, **extra: str) -> tuple[int, str]:
    out = folder.parent / "review.md"
    code = _run("review-policy", folder, "main", "HEAD", str(out), str(folder.parent / "page.html"), **extra)
    return code, out.read_text()


def test_an_escalation_fails_the_review_and_is_in_the_comment(reviewed: Path) -> None:
    code, text = _review(reviewed)
    assert code == 3
    assert "**/live/update/stop** effect lowered from live to write" in text
    assert "Power-Acknowledged: why" in text
    assert "effect lowered from live to write" in (reviewed.parent / "page.html").read_text()
    assert "operator" not in text.partition("No change for")[0], "what main did meanwhile is another change"


@pytest.mark.parametrize(
    ("labels", "code"),
    [("bug\npower-acknowledged", 0), ("not-power-acknowledged\npower-acknowledged-not", 3)],
)
def test_only_the_label_acknowledges(labels: str, code: int, reviewed: Path) -> None:
    found, text = _review(reviewed, LABELS=labels, CODE="3", PAGE=str(code))
    assert (found, "--acknowledged" in text) == (code, code == 0)
    assert ("To look at: the artifact" if code == 0 else "There is no page to look at") in text


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Say so\n\nPower-Acknowledged: agreed with the desk", 0),
        ("Say so\n\nPower-Acknowledged:", 3),
        ("Power-Acknowledged: is only a trailer at the end\n\nand this is not the end", 3),
    ],
)
def test_a_trailer_acknowledges_if_it_says_why(message: str, code: int, reviewed: Path) -> None:
    _commit(reviewed, message)
    assert _review(reviewed, CODE="3")[0] == code


def test_a_trailer_does_not_acknowledge_what_is_pushed_after_it(reviewed: Path) -> None:
    _commit(reviewed, "Yes\n\nPower-Acknowledged: agreed")
    (reviewed / "README.md").write_text("no policy\n")
    _commit(reviewed, "What is not policy may follow")
    assert _review(reviewed, CODE="3")[0] == 0
    _edit(reviewed, "operator: [", "operator: [qc:projects:read, ")
    _commit(reviewed, "One thing more")
    assert _review(reviewed, CODE="3")[0] == 3


def test_a_trailer_is_found_before_a_thousand_commits(reviewed: Path) -> None:
    """A reader that stopped at the first hit ended git by a signal: what was acknowledged was refused."""
    tree = git(reviewed, "rev-parse", "HEAD^{tree}")
    stream = "".join(
        f"commit refs/heads/change\ncommitter R <r@example.invalid> {1_800_000_000 + n} +0000\n"
        f"data <<END\nMany\n\nPower-Acknowledged: {'agreed ' * 20}\nEND\n"
        + (f"from refs/heads/change^0\nM 040000 {tree} \n" if n == 0 else "")
        for n in range(1_000)
    )
    run = ["git", "-C", str(reviewed), "fast-import", "--quiet", "--force"]
    subprocess.run(run, input=stream, text=True, check=True, capture_output=True)
    assert _review(reviewed, CODE="3")[0] == 0


def test_no_script_pipes_into_a_reader_that_leaves_early() -> None:
    scripts = [*sorted((GITHUB / "scripts").iterdir()), *WORKFLOWS, ROOT / ".ci" / "run"]
    early = re.compile(r"\|\s*(grep\s+-\w*q|head\b|sed\s+\S*q)")
    assert [path.name for path in scripts if early.search(path.read_text(encoding="utf-8"))] == []


def test_a_change_that_touches_no_policy_is_not_commented(reviewed: Path) -> None:
    git(reviewed, "switch", "--quiet", "--create", "words", "main")
    (reviewed / "README.md").write_text("no policy\n")
    _commit(reviewed, "Words")
    assert _review(reviewed, CODE="3") == (0, "")


def test_a_policy_that_cannot_be_read_says_why_in_the_comment(reviewed: Path) -> None:
    code, text = _review(reviewed, CODE="2")
    assert (code, text) == (2, "### This policy cannot be read\n\n    scopes.yaml:26: what is wrong\n")


def test_drift_is_reported_and_accepted(tmp_path: Path) -> None:
    change = MUTATIONS["new required argument"].change
    new, repository = mutated(PUBLISHED, change, tmp_path), clone(tmp_path)
    pin, spec = (repository / "spec" / name for name in ("published.json", "quantconnect.yaml"))
    pin.write_text(pin.read_text().replace("https://example.invalid/things.yaml", str(new)))
    before, out = spec.read_text(), tmp_path / "drift.md"
    assert _run("report-drift", repository, str(out)) == 1
    assert "The facts are written into `spec/quantconnect.yaml`." in out.read_text()
    assert spec.read_text() != before


@pytest.mark.parametrize(
    ("code", "left", "said"),
    [
        (0, 0, "--markdown\n"),
        (1, 0, "`make generate`.\n"),
        (1, 1, "Left to a person:\n\n    left to you: something\n"),
        (2, 0, "--markdown\n"),
    ],
)
def test_the_report_of_drift_ends_with_what_a_person_has_to_do(
    code: int, left: int, said: str, tmp_path: Path
) -> None:
    out = tmp_path / "drift.md"
    repository = clone(tmp_path)
    assert _run("report-drift", repository, str(out), CODE=str(code), LEFT=str(left)) == code
    assert out.read_text().startswith("-m codegen drift https://example.invalid/things.yaml ")
    assert out.read_text().endswith(said)


@pytest.mark.parametrize("lines", [3, 5_000])
def test_a_report_too_long_for_a_comment_is_cut_and_says_so(lines: int, tmp_path: Path) -> None:
    """GitHub refuses more than 65,536 characters: of the greatest change nobody would have been told."""
    report = tmp_path / "report.md"
    text = "".join(f"- change {number} of many, about `arguments` – a line\n" for number in range(lines))
    report.write_text(text, encoding="utf-8")
    cut = subprocess.check_output([str(GITHUB / "scripts" / "fitting"), str(report)], encoding="utf-8")
    assert len(cut.encode()) < 65_536
    assert cut == text if lines == 3 else "Cut off here" in cut.splitlines()[-1]
    assert cut.startswith(text[:10_000])


def _workflow(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in _workflow(path)["jobs"].values() for step in job["steps"]]


def _commands(path: Path) -> list[str]:
    return [step["run"] for step in _steps(path) if "run" in step]


def test_whatever_goes_into_a_comment_was_made_to_fit() -> None:
    commands = "\n".join(command for path in WORKFLOWS for command in _commands(path))
    assert set(re.findall(r'--body-file "([^"]+)"', commands)) == {"$RUNNER_TEMP/body.md"}


def test_the_review_runs_however_many_files_change_and_again_when_the_base_does() -> None:
    """A filter of paths looks at the first 300 changed files: a policy in the 301st would pass unseen.

    And harmless against one branch, a change can be an escalation against another.
    """
    trigger = _workflow(REVIEW)[True]["pull_request_target"]  # YAML 1.1 reads `on` as true.
    assert set(trigger) == {"types"}
    assert {"opened", "synchronize", "reopened", "edited"} <= set(trigger["types"])
    removal = next(step for step in _steps(REVIEW) if "--remove-label" in step.get("run", ""))
    assert "github.event.changes.base" in removal["if"]


def test_the_review_never_checks_out_the_pull_request() -> None:
    """It runs with a token that may write (pull_request_target): code of the pull request must not run."""
    checkouts = [step for step in _steps(REVIEW) if str(step.get("uses", "")).startswith("actions/checkout")]
    assert [step.get("with", {}).get("ref") for step in checkouts] == [None]
    assert not re.search(r"git (checkout|switch|merge|pull)", "\n".join(_commands(REVIEW)))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_bounded_and_calls_what_exists(path: Path) -> None:
    """An expression in a command is pasted before the shell reads it: a branch name could be a command."""
    commands = _commands(path)
    assert commands
    assert [command for command in commands if "${{" in command] == []
    workflow = _workflow(path)
    assert workflow["permissions"]["contents"] in ("read", "write")
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())
    for script in re.findall(r"(?m)(?:^|\s)(\.(?:github/scripts|ci)/\S+)", "\n".join(commands)):
        assert os.access(ROOT / script, os.X_OK), script
    makefile = (ROOT / "Makefile").read_text()
    for verb in re.findall(r"make ([a-z]+)", "\n".join(commands)):
        assert f"\n{verb}:" in makefile, verb


def test_code_owners_name_paths_that_exist() -> None:
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text().splitlines()]
    paths = [words[0] for words in lines if words and not words[0].startswith("#")]
    assert [path for path in paths if path != "*" and not (ROOT / path.strip("/")).exists()] == []
