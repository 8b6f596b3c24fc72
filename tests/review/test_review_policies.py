"""What a change of policy means: the exact report for each kind of change, in all three layouts."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from policy_pairs import FOLDER, ROOT, change, codegen, diff, escalations, git, golden, laid_out

TEXT, MARKDOWN, JSON = ("text", "txt"), ("markdown", "md"), ("json", "json")
CASES = {
    "grant_added": (3, TEXT),
    "grant_moved": (3, TEXT),
    "effect_lowered": (3, TEXT),
    "endpoint_renamed": (0, TEXT, JSON),
    "scope_split": (3, TEXT, MARKDOWN),
    "toolset_withheld": (3, TEXT, MARKDOWN, JSON),
    "nothing_but_order": (0, TEXT, MARKDOWN),
    "from_nothing": (3, TEXT, MARKDOWN),
}
"""Case -> exit code, and the layouts in which it shows something of its own."""


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_policy_is_reported_exactly(case: str, tmp_path: Path) -> None:
    laid_out(case, tmp_path)
    old = "/dev/null" if case == "from_nothing" else "old"
    code, *layouts = CASES[case]
    for layout, ending in layouts:
        # The clone is whose personas are read beside a file that does not exist.
        options = ("--format", layout, "--repository", "new")
        run = codegen("scopes", "diff", old, "new", *options, folder=tmp_path)
        assert run.exit_code == code, run.stderr
        golden(FOLDER / case / f"report.{ending}", run.stdout)


def test_an_acknowledged_escalation_no_longer_fails(tmp_path: Path) -> None:
    laid_out("effect_lowered", tmp_path)
    run = codegen("scopes", "diff", "old", "new", "--acknowledged", folder=tmp_path)
    assert (run.exit_code, "ESCALATIONS (1)" in run.stdout) == (0, True)


def test_needing_fewer_scopes_is_an_escalation_even_if_no_persona_shows_it(pair: Path) -> None:
    one, both = "{scope: qc:live:write, effect", "{scope: [qc:live:write, qc:live:execute], effect"
    change(pair, "scopes", (one, both), sides=("old",))
    for side in ("old", "new"):
        (pair / side / "tests" / "access.yaml").unlink()
    code, found = diff(pair)
    assert code == 3
    assert escalations(found) == [("fewer", "/live/create", "no longer needs qc:live:execute")]


@pytest.mark.parametrize(
    "path",
    [
        "/backtests/x/../delete",
        "/backtests//delete",
        "/backtests/%64elete",
        "/backtests/Delete",
        "/{a}/delete",
    ],
)
@pytest.mark.parametrize("files", [("scopes",), ("spec",), ("scopes", "spec")])
def test_a_tool_that_reads_is_never_granted_under_another_form_of_a_path_that_deletes(
    pair: Path, files: tuple[str, ...], path: str
) -> None:
    """It was no escalation, and a token that may read deleted."""
    item = f"  {path}: {{post: {{operationId: look, tags: [backtests], description: Look.}}}}\n"
    for file, place, line in (
        ("scopes", "  /backtests/read: ", f"  {path}: {{scope: qc:backtests:read, effect: read}}\n"),
        ("spec", "  /backtests/read: ", item),
    ):
        if file in files:
            change(pair, file, (place, line + place))
    if path == "/{a}/delete" and "spec" not in files:
        assert diff(pair)[0] == 0, "no tool calls what the description does not have"
        return
    for command in (("diff", "old", "new"), ("page", "old", "new", "--out", "page.html"), ("lint", "new")):
        run = codegen("scopes", *command, "--repository", "new", folder=pair)
        assert (run.exit_code, run.stdout) == (2, "")
        assert "the one form of a path" in run.stderr or "a server may take" in run.stderr


def test_an_argument_that_needs_no_more_than_the_tool_any_longer_is_an_escalation(pair: Path) -> None:
    plain = "/projects/update:      {scope: qc:projects:write, effect: write"
    raised = f"{plain}, raises: {{share: [qc:live:execute, qc:live:write]}}"
    change(pair, "scopes", (plain, raised), sides=("old",))
    code, found = diff(pair)
    said = "no longer needs qc:live:execute, qc:live:write for share"
    assert (code, escalations(found)) == (3, [("fewer", "/projects/update", said)])
    change(pair, "scopes", (plain, raised.replace("qc:live:execute, ", "")))
    assert escalations(diff(pair)[1]) == [
        ("fewer", "/projects/update", "no longer needs qc:live:execute for share")
    ]
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert "share besides qc:live:execute + qc:live:write -> qc:live:write" in run.stdout
    run = codegen("scopes", "explain", "/projects/update", "--at", "old", folder=pair)
    assert "share: needs qc:live:execute + qc:live:write besides" in run.stdout


def test_an_argument_that_needs_more_is_shown_and_no_escalation(pair: Path) -> None:
    plain = "/projects/update:      {scope: qc:projects:write, effect: write"
    change(pair, "scopes", (plain, f"{plain}, raises: {{share: qc:live:write}}"))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    assert [entry["name"] for entry in found["endpoints"]] == ["/projects/update"]


def test_a_local_tool_that_anybody_may_call_and_that_writes_is_an_escalation(pair: Path) -> None:
    local = "health_check: {scope: [], effect: read}"
    change(pair, "scopes", (local, f"{local}\n  reset: {{scope: [], effect: write}}"))
    gains = {each["who"]: each["tools"] for each in diff(pair)[1]["escalations"]}
    assert gains["stranger"] == ["reset"]


def test_nothing_in_a_policy_can_break_out_of_the_markdown(pair: Path) -> None:
    reason = "'</details><img src=x> @everyone [a](http://b) | `x`'"
    change(
        pair,
        "scopes",
        ("withheld: {}", f"withheld:\n  /live/read: {reason}"),
        ("  /live/read:            {scope: qc:live:read, effect: read}\n", ""),
    )
    run = codegen("scopes", "diff", "old", "new", "--format", "markdown", folder=pair)
    line = next(line for line in run.stdout.splitlines() if "img" in line)
    assert "&lt;/details>&lt;img src=x> &#64;everyone &#91;a](http://b) &#124; 'x'" in line


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no-such-branch", "no-such-branch: is neither a git revision nor a file"),
        ("--output=x", "No such option"),
    ],
)
def test_what_names_no_policy_is_refused(source: str, said: str, pair: Path) -> None:
    run = codegen("scopes", "diff", source, "new", "--repository", str(ROOT), folder=pair)
    assert run.exit_code == 2
    assert said in run.stderr


def test_a_policy_that_is_not_well_formed_is_refused_with_its_line(pair: Path) -> None:
    change(pair, "scopes", ("effect: delete}", "effect: destroy}"))
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert run.exit_code == 2
    assert "new/scopes.yaml:26: the effect of /backtests/delete is 'destroy'" in run.stderr


def _committed(case: str, folder: Path) -> Path:
    """Make a repository whose HEAD~1 is the old policy and whose HEAD is the new one."""
    laid_out(case, folder)
    clone = folder / "clone"
    clone.mkdir()
    git(clone, "init", "--quiet", "--initial-branch", "main")
    (clone / "README.md").write_text("Before there was a policy.\n")
    for side in (None, "old", "new"):
        if side:
            shutil.copytree(folder / side, clone, copy_function=shutil.copy, dirs_exist_ok=True)
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message", str(side))
    return clone


def _compared(clone: Path, old: str = "HEAD~1", new: str = "HEAD") -> Result:
    return codegen("scopes", "diff", old, new, "--repository", str(clone), folder=clone)


def test_git_revisions_are_compared_with_the_description_of_their_own_time(tmp_path: Path) -> None:
    clone = _committed("endpoint_renamed", tmp_path)
    renamed = _compared(clone)
    assert renamed.exit_code == 0, renamed.stderr
    assert "> /backtests/start  renamed from /backtests/create (create_backtest)" in renamed.stdout
    first = _compared(clone, "HEAD~2", "HEAD~1")
    assert first.exit_code == 3
    assert "admin gains 3 live tools" in first.stdout


def test_a_policy_that_git_cannot_show_is_refused_and_not_taken_for_one_that_grants_nothing(
    tmp_path: Path,
) -> None:
    """An object that was missing, or a link in place of the file, made every escalation disappear."""
    clone = _committed("effect_lowered", tmp_path)
    assert _compared(clone).exit_code == 3
    blob = git(clone, "rev-parse", "HEAD:scopes.yaml")
    (clone / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    lost = _compared(clone)
    assert lost.exit_code == 2
    assert ":scopes.yaml: cannot be read out of git" in lost.stderr
    assert "git fsck" in lost.stderr


@pytest.mark.parametrize(
    ("name", "mode"),
    [("scopes.yaml", "120000"), ("spec/overlay.yaml", "160000"), ("tests/access.yaml", "120000")],
)
def test_a_link_in_place_of_a_policy_is_refused(tmp_path: Path, name: str, mode: str) -> None:
    clone = _committed("effect_lowered", tmp_path)
    target = git(clone, "rev-parse", "HEAD" if mode == "160000" else "HEAD:scopes.yaml")
    git(clone, "update-index", "--add", "--cacheinfo", f"{mode},{target},{name}")
    git(clone, "commit", "--quiet", "--message", "a link")
    run = _compared(clone)
    assert run.exit_code == 2
    assert f":{name}: cannot be read out of git" in run.stderr


def test_without_git_a_revision_is_refused_in_words(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(pair))
    run = codegen("scopes", "diff", "HEAD", "new", folder=pair)
    assert run.exit_code == 2
    assert "git: is not on PATH" in run.stderr


def test_from_nothing_to_the_policy_of_today_is_readable_and_names_every_tool() -> None:
    run = codegen("scopes", "diff", "/dev/null", str(ROOT), folder=ROOT)
    assert run.exit_code == 3, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) < 200
    assert max(map(len, lines)) <= 100
    assert lines[2].startswith("ESCALATIONS (")
    assert "  ! admin gains 5 live tools: broadcast_live_command, create_live_algorithm," in run.stdout
    found = codegen("scopes", "diff", "/dev/null", str(ROOT), "--format", "json", folder=ROOT)
    gained = {person["name"]: person["gained"] for person in json.loads(found.stdout)["people"]}
    wire = {path.stem for path in (ROOT / "generated" / "quantconnect_tools" / "wire").glob("*.json")}
    assert {tool["name"] for tool in gained["admin"]} == wire


def test_the_page_of_a_revision_shows_its_own_change_and_needs_a_folder_to_go_to(tmp_path: Path) -> None:
    clone = _committed("endpoint_renamed", tmp_path)
    options = ("--repository", str(clone), "--out")
    first = codegen("scopes", "page", "HEAD~2", "HEAD~1", *options, "page.html", folder=tmp_path)
    assert first.exit_code == 0, first.stderr
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "to acknowledge" in text
    assert "<code>trader</code> gains" in text
    assert str(tmp_path) not in text
    run = codegen("scopes", "page", "HEAD~1", "HEAD", *options, "page.html", folder=tmp_path)
    assert run.exit_code == 0, run.stderr
    assert "No escalation" in (tmp_path / "page.html").read_text(encoding="utf-8")
    lost = codegen("scopes", "page", "HEAD~1", "HEAD", *options, "nowhere/page.html", folder=tmp_path)
    assert (lost.exit_code, "nowhere/page.html: cannot be written" in lost.stderr) == (2, True)
