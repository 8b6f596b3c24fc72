"""Who gains under other names: renamed scopes, personas and tools, and files that are no policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from changed_pairs import FILES, change, diff, escalations, open_on_both_sides
from policy_pairs import codegen


def test_a_grant_under_another_scope_is_an_escalation_though_no_persona_shows_it(pair: Path) -> None:
    """A token may hold any scopes: admin, who has them all, gains nothing by it."""
    change(
        pair,
        "scopes",
        (
            "/backtests/delete:     {scope: qc:backtests:delete",
            "/backtests/delete:     {scope: qc:live:write",
        ),
        (
            "/backtests/create:     {scope: qc:backtests:write",
            "/backtests/create:     {scope: qc:backtests:delete",
        ),
    )
    change(pair, "access", ("  deployer: [qc:live:write]\n", ""))
    (pair / "old" / "tests" / "access.yaml").write_text((pair / "new" / "tests" / "access.yaml").read_text())
    code, found = diff(pair)
    assert code == 3
    assert ("alone", "qc:live:write", "alone is enough for a delete tool") in escalations(found)


def test_a_persona_that_is_made_smaller_does_not_hide_what_it_gains(pair: Path) -> None:
    change(pair, "access", ("deployer: [qc:live:write]", "deployer: []"))
    change(
        pair,
        "scopes",
        ("/projects/update:      {scope: qc:projects:write", "/projects/update:      {scope: qc:live:write"),
    )
    code, found = diff(pair)
    assert code == 3
    assert ("gain", "deployer", "gains a write tool") in escalations(found)
    assert found["personas"] == [{"name": "deployer", "added": [], "removed": ["qc:live:write"]}]


def test_a_scope_that_is_renamed_everywhere_gives_nobody_anything(pair: Path) -> None:
    for file in ("scopes", "access"):
        change(pair, file, ("qc:live:write", "qc:live:deploy"))
    _, found = diff(pair)
    assert escalations(found) == [("orphan", "qc:live:write", "is gone; tokens still hold it")]
    assert [person["name"] for person in found["people"] if person["gained"] or person["lost"]] == []


def test_another_list_of_personas_alone_is_shown_and_gives_nobody_anything(pair: Path) -> None:
    change(pair, "access", ("deployer: [qc:live:write]", "deployer: [trader]"))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert "  ~ persona deployer  + trader, - qc:live:write" in run.stdout.splitlines()


def test_a_tool_under_another_name_is_neither_lost_nor_gained(pair: Path) -> None:
    change(pair, "overlay", ("create_live_algorithm:", "deploy_live_algorithm:"))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    assert [(tool["name"], tool["was"]) for tool in found["tools"]] == [
        ("deploy_live_algorithm", "create_live_algorithm")
    ]


def test_a_tool_cannot_let_go_of_a_limit_by_taking_another_name(pair: Path) -> None:
    change(
        pair,
        "overlay",
        ("create_live_algorithm:", "deploy_live_algorithm:"),
        ("brokerage: brokerage.id", "brokerage: nodeId"),
    )
    code, found = diff(pair)
    assert (code, [rule for rule, _, _ in escalations(found)]) == (3, ["limit"])


def test_two_tools_that_change_names_are_reported_by_what_they_do(pair: Path) -> None:
    change(
        pair,
        "overlay",
        ("        create_live_algorithm:", "        read_project_2:"),
        ("read_project: {", "create_live_algorithm: {"),
        ("read_project_2:", "read_project:"),
    )
    code, found = diff(pair)
    assert code == 3
    assert ("calls", "read_project", "calls /live/create, which has the effect live") in escalations(found)


@pytest.mark.parametrize("file", ["spec/overlay.yaml", "spec/quantconnect.yaml"])
def test_a_file_that_is_no_yaml_is_refused_and_no_tools_are_guessed(file: str, pair: Path) -> None:
    path = pair / "new" / file
    path.write_text(path.read_text() + "  : [\n")
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert run.returncode == 2
    assert f"new/{file}:" in run.stderr


@pytest.mark.parametrize(
    "command",
    [("lint", "nowhere.yaml"), ("lint", "empty"), ("diff", "old", "nowhere.yaml"), ("diff", "empty", "new")],
)
def test_a_misspelt_file_is_not_a_policy_that_grants_nothing(command: tuple[str, ...], pair: Path) -> None:
    (pair / "empty").mkdir()
    run = codegen("scopes", *command, folder=pair)
    assert run.returncode == 2
    assert "fix: give a" in run.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("diff", "old", "new", "--access", "nowhere.yaml"),
        ("diff", "old", "new", "--access", "latin.yaml"),
        ("page", "/dev/null", "--out", "nowhere/page.html"),
        ("explain", "admin", "--at", "old", "--access", "nowhere.yaml"),
    ],
)
def test_a_file_that_cannot_be_used_ends_in_a_sentence(command: tuple[str, ...], pair: Path) -> None:
    (pair / "latin.yaml").write_bytes("personas: {caf\u00e9: []}".encode("latin-1"))
    run = codegen("scopes", *command, folder=pair)
    assert run.returncode == 2
    assert command[-1] in run.stderr


@pytest.mark.parametrize("path", ["/live/update/stop/", "/live/update/Stop"])
def test_a_path_spelled_otherwise_still_says_what_it_does(path: str, pair: Path) -> None:
    line = "/live/update/stop:     {scope: qc:live:execute, effect: live}"
    change(pair, "scopes", (line, f"{path}: {{scope: qc:live:read, effect: read}}"))
    run = codegen("scopes", "lint", "new", "--repository", "new", folder=pair)
    assert run.returncode == 1
    assert 'says "stop", and has the effect read' in run.stdout


UNREACHED = "is open to every caller with a limit on the project, and calls /projects/read"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            [
                (
                    "        read_project: {",
                    "        browse_projects: {unreached: [project]}\n        read_project: {",
                )
            ],
            ("browse_projects", UNREACHED),
        ),
        (
            [
                (
                    "read_project: {only: [projectId]}",
                    "see_project: {unreached: [project], only: [projectId]}",
                ),
                ("list_projects: {omit", "see_projects: {omit"),
            ],
            ("see_project", UNREACHED),
        ),
        (
            [("update_project: {", "update_project: {narrowed: {project: projectId}, ")],
            ("update_project", "can be called with a limit on the project, judged by projectId"),
        ),
    ],
    ids=["a new tool", "two tools renamed at once", "a tool that was closed"],
)
def test_no_name_hides_what_limited_tokens_can_call_besides(
    changes: list[tuple[str, str]], expected: tuple[str, str], pair: Path
) -> None:
    change(pair, "overlay", *changes)
    code, found = diff(pair)
    assert code == 3
    assert ("limit", *expected) in escalations(found)


def test_an_open_tool_that_takes_the_place_of_another_is_told(pair: Path) -> None:
    """The name and its `unreached` stay; what stands behind it does not."""
    open_on_both_sides(pair)
    change(
        pair,
        "overlay",
        ("        update_project: {unreached: [project], title: Update project}", "        read_project: {}"),
        ("        read_project: {only: [projectId]}", "        update_project: {unreached: [project]}"),
    )
    code, found = diff(pair)
    assert code == 3
    assert ("limit", "update_project", UNREACHED) in escalations(found)


def test_another_endpoint_under_an_open_tool_is_told(pair: Path) -> None:
    """It looks like a renamed endpoint."""
    open_on_both_sides(pair)
    for file in (*FILES.values(), "spec/quantconnect.yaml"):
        path = pair / "new" / file
        if path.exists():
            path.write_text(path.read_text().replace("/projects/update", "/projects/rewrite"))
    code, found = diff(pair)
    assert code == 3
    said = "is open to every caller with a limit on the project, and calls /projects/rewrite"
    assert ("limit", "update_project", said) in escalations(found)
