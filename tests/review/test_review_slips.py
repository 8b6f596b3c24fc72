"""Ways in which the overlay could give somebody more without a line of the map changing."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_slips import change, diff, escalations


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
        (
            "update_project: {",
            "update_project: {unreached: [project], ",
            (
                "limit",
                "update_project",
                "is open to every caller with a limit on the project, and calls /projects/update",
            ),
        ),
    ],
)
def test_what_the_overlay_lets_go_of_is_an_escalation(
    old: str, new: str, escalation: tuple[str, str, str], pair: Path
) -> None:
    change(pair, "overlay", (old, new))
    code, found = diff(pair)
    assert (code, escalations(found)) == (3, [escalation])


def test_what_the_overlay_holds_back_besides_is_shown_and_no_escalation(pair: Path) -> None:
    change(pair, "overlay", ("list_projects: {omit: [projectId]}", "list_projects: {omit: [projectId, end]}"))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    assert [tool["changes"] for tool in found["tools"]] == [["no longer lets callers set end"]]


def test_a_second_endpoint_of_a_tool_is_gained_by_all_who_reach_the_tool(pair: Path) -> None:
    """The tool keeps its name, and no line of scopes.yaml changes."""
    change(pair, "overlay", ("list_projects: {", "list_projects: {result: /live/update/stop, "))
    code, found = diff(pair)
    assert code == 3
    assert escalations(found) == [
        ("gain", "admin", "gains a live tool"),
        ("gain", "trader", "gains a live tool"),
        ("calls", "list_projects", "calls /live/update/stop, which has the effect live"),
    ]


def test_a_tool_that_changes_more_than_it_did_is_gained(pair: Path) -> None:
    change(
        pair,
        "scopes",
        (
            "/projects/read:        {scope: qc:projects:read, effect: read}",
            "/projects/read:        {scope: qc:projects:read, effect: live}",
        ),
    )
    code, found = diff(pair)
    assert code == 3
    assert ("gain", "readonly", "gains 2 live tools") in escalations(found)


def test_an_endpoint_that_was_withheld_and_is_offered_is_an_escalation(pair: Path) -> None:
    """Withheld by one change and offered as harmless by the next, its effect would be lowered unseen."""
    old = pair / "old" / "scopes.yaml"
    line = "  /live/update/stop:     {scope: qc:live:execute, effect: live}\n"
    withheld = "withheld:\n  /live/update/stop: No real money."
    old.write_text(old.read_text().replace(line, "").replace("withheld: {}", withheld))
    change(pair, "scopes", ("qc:live:execute, effect: live}", "qc:live:execute, effect: read}"))
    code, found = diff(pair)
    assert code == 3
    said = "is no longer withheld, for which the reason was: No real money."
    assert ("offered", "/live/update/stop", said) in escalations(found)
