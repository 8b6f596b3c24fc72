"""Ways in which a change of policy could give somebody more without a line of scopes.yaml that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from review_policies import codegen, laid_out

TOOLS = """\
  - target: $.paths['/live/create'].post
    update:
      x-tools:
        create_live_algorithm:
          narrowed: {project: projectId, brokerage: brokerage.id}
          inject: {codeSourceId: agent_name}
          counted: {live_deployments_per_day: many}
  - target: $.paths['/projects/read'].post
    update:
      x-tools:
        read_project: {only: [projectId]}
        list_projects: {omit: [projectId]}
  - target: $.paths['/projects/update'].post
    update:
      x-tools:
        update_project: {title: Update project}
"""
"""What the overlay of both sides says besides."""
FILES = {"scopes": "scopes.yaml", "overlay": "spec/overlay.yaml", "access": "tests/access.yaml"}


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two equal policies, `old` and `new`, whose overlay keeps something from callers."""
    laid_out("nothing_but_order", tmp_path)
    (tmp_path / "new" / "scopes.yaml").write_text((tmp_path / "old" / "scopes.yaml").read_text())
    for side in ("old", "new"):
        overlay = tmp_path / side / "spec" / "overlay.yaml"
        overlay.write_text(overlay.read_text() + TOOLS)
    return tmp_path


def _change(folder: Path, file: str, *pairs: tuple[str, str]) -> None:
    path = folder / "new" / FILES[file]
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def _diff(folder: Path) -> tuple[int, dict[str, Any]]:
    run = codegen("scopes", "diff", "old", "new", "--format", "json", folder=folder)
    assert run.returncode in (0, 3), run.stderr
    return run.returncode, json.loads(run.stdout)


def _escalations(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["rule"], each["who"], each["said"]) for each in found["escalations"]]


@pytest.mark.parametrize(
    ("old", "new", "escalation"),
    [
        (
            "project: projectId, brokerage: brokerage.id",
            "project: projectId",
            (
                "limit",
                "create_live_algorithm",
                "can no longer be held to a limit on the brokerage (was judged by brokerage.id)",
            ),
        ),
        (
            "brokerage: brokerage.id",
            "brokerage: nodeId",
            (
                "limit",
                "create_live_algorithm",
                "judges a limit on the brokerage by nodeId, no longer by brokerage.id",
            ),
        ),
        (
            "          inject: {codeSourceId: agent_name}\n",
            "",
            ("exposed", "create_live_algorithm", "lets callers set codeSourceId"),
        ),
        (
            "read_project: {only: [projectId]}",
            "read_project: {only: [projectId, start]}",
            ("exposed", "read_project", "lets callers set start"),
        ),
        (
            "read_project: {only: [projectId]}",
            "read_project: {}",
            ("exposed", "read_project", "takes every argument, no longer only projectId"),
        ),
        (
            "list_projects: {omit: [projectId]}",
            "list_projects: {}",
            ("exposed", "list_projects", "lets callers set projectId"),
        ),
        (
            "        create_live_algorithm:\n",
            "        create_live_algorithm:\n          idempotent: true\n",
            ("repeated", "create_live_algorithm", "is declared safe to repeat"),
        ),
        (
            "          counted: {live_deployments_per_day: many}\n",
            "",
            ("limit", "create_live_algorithm", "is no longer counted in live_deployments_per_day"),
        ),
        (
            "live_deployments_per_day: many",
            "live_deployments_per_day: one",
            ("limit", "create_live_algorithm", "takes one of live_deployments_per_day, no longer many"),
        ),
        (
            "project: projectId, brokerage",
            "project: nodeId, brokerage",
            (
                "limit",
                "create_live_algorithm",
                "judges a limit on the project by nodeId, no longer by projectId",
            ),
        ),
        (
            "brokerage: brokerage.id}\n",
            "brokerage: brokerage.id}\n          called: {brokerage: {a: Alpaca}}\n",
            (
                "limit",
                "create_live_algorithm",
                "judges a limit on the brokerage by brokerage.id (a for Alpaca), no longer by brokerage.id",
            ),
        ),
        (
            "update_project: {",
            "update_project: {additive: true, ",
            ("additive", "update_project", "is declared to replace nothing"),
        ),
    ],
)
def test_what_the_overlay_lets_go_of_is_an_escalation(
    old: str, new: str, escalation: tuple[str, str, str], pair: Path
) -> None:
    _change(pair, "overlay", (old, new))
    code, found = _diff(pair)
    assert (code, _escalations(found)) == (3, [escalation])


def test_what_the_overlay_holds_back_besides_is_shown_and_no_escalation(pair: Path) -> None:
    _change(
        pair, "overlay", ("list_projects: {omit: [projectId]}", "list_projects: {omit: [projectId, end]}")
    )
    code, found = _diff(pair)
    assert (code, _escalations(found)) == (0, [])
    assert [tool["changes"] for tool in found["tools"]] == [["no longer lets callers set end"]]


def test_a_second_endpoint_of_a_tool_is_gained_by_all_who_reach_the_tool(pair: Path) -> None:
    """The tool keeps its name, and no line of scopes.yaml changes."""
    _change(pair, "overlay", ("list_projects: {", "list_projects: {result: /live/update/stop, "))
    code, found = _diff(pair)
    assert code == 3
    assert _escalations(found) == [
        ("gain", "admin", "gains a live tool"),
        ("gain", "trader", "gains a live tool"),
        ("calls", "list_projects", "calls /live/update/stop, which has the effect live"),
    ]


def test_a_tool_that_changes_more_than_it_did_is_gained(pair: Path) -> None:
    _change(
        pair,
        "scopes",
        (
            "/projects/read:        {scope: qc:projects:read, effect: read}",
            "/projects/read:        {scope: qc:projects:read, effect: live}",
        ),
    )
    code, found = _diff(pair)
    assert code == 3
    assert ("gain", "readonly", "gains 2 live tools") in _escalations(found)


def test_a_grant_under_another_scope_is_an_escalation_though_no_persona_shows_it(pair: Path) -> None:
    """A token may hold any scopes: admin, who has them all, gains nothing by it."""
    _change(
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
    _change(pair, "access", ("  deployer: [qc:live:write]\n", ""))
    (pair / "old" / "tests" / "access.yaml").write_text((pair / "new" / "tests" / "access.yaml").read_text())
    code, found = _diff(pair)
    assert code == 3
    assert ("alone", "qc:live:write", "alone is enough for a delete tool") in _escalations(found)


def test_a_persona_that_is_made_smaller_does_not_hide_what_it_gains(pair: Path) -> None:
    _change(pair, "access", ("deployer: [qc:live:write]", "deployer: []"))
    _change(
        pair,
        "scopes",
        ("/projects/update:      {scope: qc:projects:write", "/projects/update:      {scope: qc:live:write"),
    )
    code, found = _diff(pair)
    assert code == 3
    assert ("gain", "deployer", "gains a write tool") in _escalations(found)
    assert found["personas"] == [{"name": "deployer", "added": [], "removed": ["qc:live:write"]}]


def test_a_scope_that_is_renamed_everywhere_gives_nobody_anything(pair: Path) -> None:
    for file in ("scopes", "access"):
        _change(pair, file, ("qc:live:write", "qc:live:deploy"))
    _, found = _diff(pair)
    assert _escalations(found) == [("orphan", "qc:live:write", "is gone; tokens still hold it")]
    assert [person["name"] for person in found["people"] if person["gained"] or person["lost"]] == []


def test_another_list_of_personas_alone_is_shown_and_gives_nobody_anything(pair: Path) -> None:
    _change(pair, "access", ("deployer: [qc:live:write]", "deployer: [trader]"))
    code, found = _diff(pair)
    assert (code, _escalations(found)) == (0, [])
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert "  ~ persona deployer  + trader, - qc:live:write" in run.stdout.splitlines()


def test_a_tool_under_another_name_is_neither_lost_nor_gained(pair: Path) -> None:
    _change(pair, "overlay", ("create_live_algorithm:", "deploy_live_algorithm:"))
    code, found = _diff(pair)
    assert (code, _escalations(found)) == (0, [])
    assert [(tool["name"], tool["was"]) for tool in found["tools"]] == [
        ("deploy_live_algorithm", "create_live_algorithm")
    ]


def test_a_tool_cannot_let_go_of_a_limit_by_taking_another_name(pair: Path) -> None:
    _change(
        pair,
        "overlay",
        ("create_live_algorithm:", "deploy_live_algorithm:"),
        (", brokerage: brokerage.id", ""),
    )
    code, found = _diff(pair)
    assert (code, [rule for rule, _, _ in _escalations(found)]) == (3, ["limit"])


def test_two_tools_that_change_names_are_reported_by_what_they_do(pair: Path) -> None:
    _change(
        pair,
        "overlay",
        ("        create_live_algorithm:", "        read_project_2:"),
        ("read_project: {", "create_live_algorithm: {"),
        ("read_project_2:", "read_project:"),
    )
    code, found = _diff(pair)
    assert code == 3
    assert ("calls", "read_project", "calls /live/create, which has the effect live") in _escalations(found)


def test_an_endpoint_that_was_withheld_and_is_offered_is_an_escalation(pair: Path) -> None:
    """Withheld by one change and offered as harmless by the next, its effect would be lowered unseen."""
    old = pair / "old" / "scopes.yaml"
    line = "  /live/update/stop:     {scope: qc:live:execute, effect: live}\n"
    withheld = "withheld:\n  /live/update/stop: No real money."
    old.write_text(old.read_text().replace(line, "").replace("withheld: {}", withheld))
    _change(pair, "scopes", ("qc:live:execute, effect: live}", "qc:live:execute, effect: read}"))
    code, found = _diff(pair)
    assert code == 3
    said = "is no longer withheld, for which the reason was: No real money."
    assert ("offered", "/live/update/stop", said) in _escalations(found)


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
    _change(pair, "scopes", (line, f"{path}: {{scope: qc:live:read, effect: read}}"))
    run = codegen("scopes", "lint", "new", "--repository", "new", folder=pair)
    assert run.returncode == 1
    assert 'says "stop", and has the effect read' in run.stdout
