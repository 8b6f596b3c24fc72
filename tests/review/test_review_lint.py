"""The policy's own sense, and who reaches what."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_pairs import ROOT, codegen, laid_out


def _lint(tmp_path: Path, *changes: tuple[str, str]) -> tuple[int, list[str]]:
    laid_out("nothing_but_order", tmp_path)
    path = tmp_path / "old" / "scopes.yaml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    run = codegen("scopes", "lint", "old", "--repository", "old", folder=tmp_path)
    return run.returncode, [line for line in run.stdout.splitlines() if ": " in line and "fix:" not in line]


def test_the_policy_of_this_repository_makes_sense() -> None:
    run = codegen("scopes", "lint", folder=ROOT)
    assert (run.returncode, run.stdout) == (0, "The policy makes sense.\n")


def test_the_small_policy_makes_sense(tmp_path: Path) -> None:
    assert _lint(tmp_path) == (0, [])


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "/projects/update:      {scope: qc:projects:write",
            "/projects/update:      {scope: qc:projects:read",
            "scopes.yaml:23: /projects/update has the effect write, and needs qc:projects:read",
        ),
        (
            "/backtests/delete:     {scope: qc:backtests:delete",
            "/backtests/delete:     {scope: qc:backtests:write",
            "scopes.yaml:26: /backtests/delete deletes, and needs no :delete scope (qc:backtests:write)",
        ),
        (
            "/backtests/delete:     {scope: qc:backtests:delete, effect: delete}",
            "/backtests/delete:     {scope: qc:backtests:delete, effect: write}",
            "scopes.yaml:26: /backtests/delete needs a :delete scope, and has the effect write",
        ),
        (
            "/backtests/create:     {scope: qc:backtests:write, effect: write}",
            "/backtests/create:     {scope: qc:backtests:write, effect: read}",
            'scopes.yaml:24: /backtests/create says "create", and has the effect read',
        ),
        (
            "readonly: [qc:projects:read, qc:backtests:read, qc:live:read]",
            "readonly: [qc:projects:read, qc:backtests:read, qc:live:read, qc:live:write]",
            (
                'scopes.yaml:11: the group "readonly" reaches create_live_algorithm,'
                " which moves real money (qc:live:write)"
            ),
        ),
        (
            "/live/create:          {scope: qc:live:write, effect: live}",
            "/live/create:          {scope: qc:live:read, effect: live}",
            (
                'scopes.yaml:11: the group "readonly" reaches create_live_algorithm,'
                " which moves real money (qc:live:read)"
            ),
        ),
        (
            "  qc:live:read: See live algorithms.",
            "  qc:live:read: See live algorithms.\n  qc:live:delete: Delete.",
            "scopes.yaml:8: qc:live:delete covers no endpoint",
        ),
        (
            "  qc:live:read: See live algorithms.",
            "  qc:live:read: Reserved; covers nothing.",
            "scopes.yaml:7: qc:live:read is reserved, and covers an endpoint",
        ),
        (
            "operator: [qc:live:read]",
            "operator: [qc:live:read]\n  no-live: [qc:projects:read, qc:live:read]",
            'scopes.yaml:20: the group "no-live" holds what its name denies: qc:live:read',
        ),
        (
            "    - qc:projects:read\n",
            "",
            (
                'scopes.yaml:11: the group "readonly" holds qc:projects:read,'
                ' which the more powerful group "trader" lacks'
            ),
        ),
        (
            "operator: [qc:live:read]",
            "operator: [qc:live:read]\n  auditor: [qc:projects:read, qc:projects:write]",
            'scopes.yaml:20: the group "auditor" holds qc:projects:write',
        ),
    ],
)
def test_a_line_that_is_odd_is_found(old: str, new: str, finding: str, tmp_path: Path) -> None:
    code, found = _lint(tmp_path, (old, new))
    assert code == 1
    assert finding in found


def test_a_persona_that_has_what_does_not_exist_is_found(tmp_path: Path) -> None:
    """It would show less than it should: a name that grants nothing is no power to be reviewed."""
    laid_out("nothing_but_order", tmp_path)
    access = tmp_path / "old" / "tests" / "access.yaml"
    limited = "limited:\n  contractor: {scopes: [tradr], limits: {projects: [7]}}\n"
    access.write_text(access.read_text().replace("qc:live:write", "qc:live:wirte") + limited)
    run = codegen("scopes", "lint", "old", "--repository", "old", folder=tmp_path)
    assert run.returncode == 1
    assert run.stdout.startswith(
        'tests/access.yaml:4: the persona deployer has "qc:live:wirte", which is no group and no scope'
        ' (did you mean "qc:live:write"?)'
    )
    assert 'tests/access.yaml:6: the persona contractor has "tradr"' in run.stdout


def test_a_reserved_scope_may_cover_nothing(tmp_path: Path) -> None:
    line = "  qc:live:read: See live algorithms."
    assert _lint(tmp_path, (line, f"{line}\n  qc:live:delete: Reserved; covers nothing today.")) == (0, [])


def test_an_undeclared_scope_is_refused(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    path = tmp_path / "old" / "scopes.yaml"
    path.write_text(path.read_text().replace("{scope: qc:live:write", "{scope: qc:live:wrote"))
    run = codegen("scopes", "lint", "old", "--repository", "old", folder=tmp_path)
    assert run.returncode == 2
    assert 'scopes.yaml:27: /live/create needs the undeclared scope "qc:live:wrote"' in run.stderr


def _explained(tmp_path: Path, name: str) -> str:
    laid_out("nothing_but_order", tmp_path)
    return codegen("scopes", "explain", name, "--at", "old", "--repository", "old", folder=tmp_path).stdout


def test_a_tool_is_explained_by_who_reaches_it_and_why(tmp_path: Path) -> None:
    assert _explained(tmp_path, "stop_live_algorithm") == (
        "stop_live_algorithm: tool of live, effect live, needs qc:live:execute\n"
        "  /live/update/stop: live, qc:live:execute (scopes.yaml, line 29)\n"
        "  yes admin: holds qc:live:execute\n"
        "  no  operator: lacks qc:live:execute\n"
        "  no  readonly: lacks qc:live:execute\n"
        "  yes trader: holds qc:live:execute\n"
        "  no  stranger: lacks qc:live:execute\n"
        "  no  deployer: lacks qc:live:execute\n"
    )


@pytest.mark.parametrize("name", ["/live/update/stop", "live/update/stop"])
def test_an_endpoint_is_explained_through_its_tools(name: str, tmp_path: Path) -> None:
    lines = _explained(tmp_path, name).splitlines()
    assert lines[0] == "/live/update/stop: effect live, needs qc:live:execute (scopes.yaml, line 29)"
    assert lines[1] == "  stop_live_algorithm: tool of live, effect live, needs qc:live:execute"


def test_a_scope_is_explained_by_holders_and_tools(tmp_path: Path) -> None:
    assert _explained(tmp_path, "qc:live:execute") == (
        "qc:live:execute: Stop and command live algorithms.\n"
        "  held by admin, trader\n"
        "  opens 2 tools\n"
        "    live   create_live_command\n"
        "    live   stop_live_algorithm\n"
    )


def test_a_group_is_explained_by_what_it_holds_lacks_and_reaches(tmp_path: Path) -> None:
    assert _explained(tmp_path, "operator") == (
        "operator: group, reaches 2 of 10 tools\n"
        "  holds qc:live:read\n"
        "  lacks qc:backtests:delete, qc:backtests:read, qc:backtests:write, qc:live:execute, qc:live:write,"
        " qc:projects:read, qc:projects:write\n"
        "  2 read: health_check, read_live_algorithm\n"
    )


def test_a_name_that_nothing_has_is_refused_with_a_hint(tmp_path: Path) -> None:
    laid_out("nothing_but_order", tmp_path)
    run = codegen(
        "scopes", "explain", "stop_live_algoritm", "--at", "old", "--repository", "old", folder=tmp_path
    )
    assert run.returncode == 2
    assert '(did you mean "stop_live_algorithm"?)' in run.stderr
