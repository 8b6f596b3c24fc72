"""Ways in which the overlay could give somebody more without a line of the map changing."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from changed_pairs import FILES, change, diff, escalations, open_on_both_sides
from policy_pairs import ROOT
from quantconnect_tools import CATALOG

from codegen.policy_review import policy, revisions
from ledgai_mcp.calls.limits import closed
from ledgai_mcp.tokens.claims import parse_limits


@pytest.mark.parametrize(
    ("old", "new", "escalation"),
    [
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


JUDGED = "narrowed: {project: projectId, brokerage: brokerage.id}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            JUDGED,
            "narrowed: {project: projectId}",
            "is closed to every caller with a limit on the brokerage (was judged by brokerage.id)",
        ),
        (
            "unreached: [project], ",
            "narrowed: {project: projectId}, ",
            "can be held to a limit on the project, judged by projectId",
        ),
    ],
)
def test_what_closes_a_tool_to_limited_tokens_is_shown_and_no_escalation(
    old: str, new: str, said: str, pair: Path
) -> None:
    """Without `narrowed` no argument is judged, and the server closes the tool."""
    open_on_both_sides(pair)
    change(pair, "overlay", (old, new))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    assert said in found["tools"][0]["changes"]


def test_a_tool_that_only_reads_may_be_opened_to_limited_tokens_within_their_limits(pair: Path) -> None:
    change(pair, "overlay", ("read_project: {", "read_project: {narrowed: {project: projectId}, "))
    assert diff(pair)[0] == 0


def test_projects_alone_judge_less_than_organizations_and_projects(pair: Path) -> None:
    for side in ("old", "new"):
        overlay = pair / side / FILES["overlay"]
        both = JUDGED.replace("brokerage: brokerage.id", "organization: organizationId")
        overlay.write_text(overlay.read_text().replace(JUDGED, both))
    change(pair, "overlay", (", organization: organizationId}", "}"))
    said = "judges a limit on the organization by the token's projects alone, no longer by organizationId"
    assert escalations(diff(pair)[1]) == [("limit", "create_live_algorithm", said)]


def test_people_with_limits_gain_what_opens_to_them(pair: Path) -> None:
    for side in ("old", "new"):
        access = pair / side / FILES["access"]
        limited = "limited:\n  contractor: {scopes: [trader], limits: {projects: [7]}}\n"
        access.write_text(access.read_text() + limited)
    change(pair, "overlay", ("update_project: {", "update_project: {narrowed: {project: projectId}, "))
    code, found = diff(pair)
    assert code == 3
    assert ("gain", "contractor", "gains a write tool") in escalations(found)
    assert [person["name"] for person in found["people"] if person["gained"]] == ["contractor"]


def test_people_with_limits_reach_what_the_server_lets_them_call() -> None:
    today = policy.read(revisions.texts(str(ROOT), ROOT))
    held = today.resolved(["admin"])
    some: dict[str, list[Any]] = {
        "projects": [[7], []],
        "organizations": [["own"], []],
        "brokerages": [["QuantConnectBrokerage"], ["unknown"]],
        "nodes": [["L-1"], []],
        "backtests_per_day": [3, 0],
        "live_deployments_per_day": [3, 0],
    }
    for values in product(*([None, *each] for each in some.values())):
        said = {name: value for name, value in zip(some, values, strict=True) if value is not None}
        limits = parse_limits(said)
        mine = {name for name, tool in today.tools.items() if not tool.closed(said)}
        assert mine == {tool.name for tool in CATALOG.values() if closed(limits, tool) is None}, said
    assert len(today.reached(held)) == len(CATALOG)


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
