"""The workflows, as far as they run without GitHub: the scripts they call, what their files may not do."""

import json
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


def _review(folder: Path, *approvals: str, **extra: str) -> tuple[int, str]:
    """Review HEAD against main, with the approvals of these people."""
    parent = folder.parent
    (parent / "approvals").write_text("".join(f"{login}\n" for login in approvals))
    out = parent / "review.md"
    arguments = ["main", "HEAD", str(parent / "approvals"), str(out), str(parent / "page.html")]
    code = _run("review-policy", folder, *arguments, **extra)
    return code, out.read_text()


def test_an_escalation_fails_the_review_and_is_in_the_comment(reviewed: Path) -> None:
    code, text = _review(reviewed)
    assert code == 3
    assert "**/live/update/stop** effect lowered from live to write" in text
    assert "an approving review of this very commit" in text
    assert "effect lowered from live to write" in (reviewed.parent / "page.html").read_text()
    assert "operator" not in text.partition("No change for")[0], "what main did meanwhile is another change"


@pytest.mark.parametrize(("approvals", "code"), [(["grace"], 0), ([], 3)])
def test_an_approval_acknowledges(approvals: list[str], code: int, reviewed: Path) -> None:
    found, text = _review(reviewed, *approvals, CODE="3", PAGE=str(code))
    assert (found, "--acknowledged" in text) == (code, code == 0)
    assert ("To look at: the artifact" if code == 0 else "There is no page to look at") in text


def test_a_commit_message_acknowledges_nothing(reviewed: Path) -> None:
    """Whoever asks for power could have written it."""
    _commit(reviewed, "Yes\n\nPower-Acknowledged: agreed")
    assert _review(reviewed, CODE="3")[0] == 3


def _said(login: str, state: str, commit: str = "head", at: str = "2026-12-01T10:00:00Z") -> dict[str, Any]:
    return {"user": {"login": login}, "state": state, "commit_id": commit, "submitted_at": at}


@pytest.mark.parametrize(
    ("reviews", "who"),
    [
        ([_said("grace", "APPROVED"), _said("grace", "COMMENTED")], "grace\n"),
        ([_said("grace", "APPROVED", "an earlier commit")], ""),
        ([_said("ada", "APPROVED")], ""),  # her own pull request
        ([_said("grace", "APPROVED"), _said("grace", "CHANGES_REQUESTED")], ""),
        ([_said("grace", "APPROVED"), _said("grace", "DISMISSED")], ""),
        ([_said("grace", "APPROVED", at="2026-12-01T08:00:00Z")], ""),  # of a comparison with another base
        ([{**_said("grace", "APPROVED"), "user": None}], ""),
        ([], ""),
    ],
)
def test_an_approval_counts_for_the_commit_it_was_given_to_and_from_another_person(
    reviews: list[dict[str, Any]], who: str
) -> None:
    pages = json.dumps(reviews[:1]) + json.dumps(reviews[1:])  # as `gh api --paginate` prints them
    run = [str(GITHUB / "scripts" / "approvals"), "head", "ada", "2026-12-01T09:00:00Z"]
    assert subprocess.check_output(run, input=pages, text=True) == who


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
    assert "base_ref_changed" in "\n".join(_commands(REVIEW))


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


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_token_is_in_the_steps_that_call_github_and_in_no_other(path: Path) -> None:
    """What `make setup` installs runs code of others; a token in its environment would be theirs."""
    assert "token" not in str({**_workflow(path), "jobs": None}).lower()
    for job in _workflow(path)["jobs"].values():
        assert "token" not in str({**job, "steps": None}).lower()
    for step in _steps(path):
        calls_github = re.search(r"\bgh (api|auth|pr|workflow)\b", step.get("run", ""))
        assert ("github.token" in str(step)) == bool(calls_github), step
        if "checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash(path: Path) -> None:
    uses = re.findall(r"uses: (.+)", path.read_text())
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", line)] == []


def _owners() -> list[tuple[str, str]]:
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text().splitlines()]
    return [(words[0], words[1]) for words in lines if words and not words[0].startswith("#")]


def test_code_owners_name_paths_that_exist() -> None:
    assert [path for path, _ in _owners() if path != "*" and not (ROOT / path.strip("/")).exists()] == []


def test_the_owners_of_policy_own_every_file_that_decides_power() -> None:
    """Also what compiles it, what was compiled, and what chooses the packages that are installed."""
    policy = [path for path, owner in _owners() if owner == "@ledgai/policy"]
    tracked = [f"/{name}" for name in git(ROOT, "ls-files").splitlines()]
    others = [name for name in tracked if not any(name.startswith(path) for path in policy)]
    harmless = re.compile(r"/(tests|sandbox|docs|benchmarks)/|/[^/]+\.md|/LICENSE|/\.git(ignore|attributes)")
    assert [name for name in others if not harmless.match(name)] == []
    assert "/tests/access.yaml" not in others
