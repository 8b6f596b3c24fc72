"""How somebody could gain more without a new grant: by the overlay, names, personas, files."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from policy_pairs import BOTH, FILES, FOLDER, LIMITED, ROOT, change, codegen, diff, escalations, grant
from quantconnect_tools import CATALOG

from codegen.policy_review import policy, revisions
from ledgai_mcp.calls.limits import closed
from ledgai_mcp.tokens.claims import parse_limits

LIVE = "create_live_algorithm"
CHANGES = yaml.safe_load((FOLDER / "overlay_changes.yaml").read_text(encoding="utf-8"))
CHECKED = "narrowed: {project: projectId, brokerage: brokerage.id}"
UNREACHED = "is open to every caller with a limit on the project, and calls /projects/read"


@pytest.mark.parametrize("row", CHANGES["escalates"], ids=lambda row: row["escalation"][2])
def test_what_the_overlay_lets_go_of_is_an_escalation(row: dict[str, Any], pair: Path) -> None:
    change(pair, "overlay", (row["old"], row["new"]))
    code, found = diff(pair)
    assert (code, escalations(found)) == (3, [tuple(row["escalation"])])


@pytest.mark.parametrize("row", CHANGES["harmless"], ids=lambda row: row["change"])
def test_what_gives_nobody_more_than_their_limits_allow_to_read_is_shown_and_no_escalation(
    row: dict[str, str], pair: Path
) -> None:
    """Without `narrowed` the server closes a tool to limited tokens: that was reported as a gain."""
    open_on_both_sides(pair)
    change(pair, "overlay", (row["old"], row["new"]))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    assert row["change"] in found["tools"][0]["changes"]


def test_to_check_projects_alone_is_less_than_to_check_organizations_too(pair: Path) -> None:
    both = CHECKED.replace("brokerage: brokerage.id", "organization: organizationId")
    change(pair, "overlay", (CHECKED, both), sides=BOTH)
    change(pair, "overlay", (", organization: organizationId}", "}"))
    said = "checks a limit on the organization by the token's projects alone, no longer by organizationId"
    assert escalations(diff(pair)[1]) == [("limit", LIVE, said)]


def test_people_with_limits_gain_what_opens_to_them(pair: Path) -> None:
    change(pair, "access", LIMITED, sides=BOTH)
    change(pair, "overlay", ("update_project: {", "update_project: {narrowed: {project: projectId}, "))
    _, found = diff(pair)
    assert ("gain", "contractor", "gains a write tool") in escalations(found)
    assert [person["name"] for person in found["people"] if person["gained"]] == ["contractor"]


def test_people_with_limits_reach_what_the_server_lets_them_call() -> None:
    today = policy.read(revisions.texts(str(ROOT), ROOT))
    some: dict[str, list[Any]] = {
        "projects": [[7], []],
        "organizations": [["own"], []],
        "brokerages": [["QuantConnectBrokerage"], ["unknown"]],
        "nodes": [["L-1"], []],
        "backtests_per_day": [3, 0],
        "live_deployments_per_day": [3, 0],
    }
    assert set(today.tools) == set(CATALOG)
    for values in product(*([None, *each] for each in some.values())):
        said = {name: value for name, value in zip(some, values, strict=True) if value is not None}
        limits = parse_limits(said)
        mine = {name for name, tool in today.tools.items() if not tool.closed(said)}
        assert mine == {tool.name for tool in CATALOG.values() if closed(limits, tool) is None}, said


def test_a_second_endpoint_of_a_tool_is_gained_by_all_who_reach_the_tool(pair: Path) -> None:
    """The tool keeps its name, and no line of scopes.yaml changes."""
    change(pair, "overlay", ("list_projects: {", "list_projects: {result: /live/update/stop, "))
    assert escalations(diff(pair)[1]) == [
        ("gain", "admin", "gains a live tool"),
        ("gain", "trader", "gains a live tool"),
        ("calls", "list_projects", "calls /live/update/stop, which has the effect live"),
    ]


def test_a_tool_that_changes_more_than_it_did_is_gained(pair: Path) -> None:
    grant(pair, "/projects/read", effect="live")
    assert ("gain", "readonly", "gains 2 live tools") in escalations(diff(pair)[1])


def test_an_endpoint_that_was_withheld_and_is_offered_is_an_escalation(pair: Path) -> None:
    """Withheld by one change and offered as harmless by the next, its effect would be lowered unseen."""
    line = "  /live/update/stop:     {scope: qc:live:execute, effect: live}\n"
    withheld = "withheld:\n  /live/update/stop: No real money."
    change(pair, "scopes", (line, ""), ("withheld: {}", withheld), sides=("old",))
    grant(pair, "/live/update/stop", effect="read")
    said = "is no longer withheld, for which the reason was: No real money."
    assert ("offered", "/live/update/stop", said) in escalations(diff(pair)[1])


def test_a_grant_under_another_scope_is_an_escalation_though_no_persona_shows_it(pair: Path) -> None:
    """A token may hold any scopes: admin, who has them all, gains nothing by it."""
    grant(pair, "/backtests/delete", scope="qc:live:write")
    grant(pair, "/backtests/create", scope="qc:backtests:delete")
    change(pair, "access", ("  deployer: [qc:live:write]\n", ""), sides=BOTH)
    code, found = diff(pair)
    assert code == 3
    assert ("alone", "qc:live:write", "alone is enough for a delete tool") in escalations(found)


@pytest.mark.parametrize("names", ["deployer: []", "other: []"], ids=["smaller", "taken out"])
def test_a_persona_that_is_made_smaller_does_not_hide_what_it_gains(names: str, pair: Path) -> None:
    change(pair, "access", ("deployer: [qc:live:write]", names))
    grant(pair, "/projects/update", scope="qc:live:write")
    code, found = diff(pair)
    assert code == 3
    assert ("gain", "deployer", "gains a write tool") in escalations(found)
    assert {"name": "deployer", "added": [], "removed": ["qc:live:write"]} in found["personas"]


def test_another_list_of_personas_alone_is_shown_and_gives_nobody_anything(pair: Path) -> None:
    change(pair, "access", ("deployer: [qc:live:write]", "deployer: [trader]"))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert "  ~ persona deployer  + trader, - qc:live:write" in run.stdout.splitlines()


def test_a_scope_that_is_renamed_everywhere_gives_nobody_anything(pair: Path) -> None:
    for file in ("scopes", "access"):
        change(pair, file, ("qc:live:write", "qc:live:deploy"))
    _, found = diff(pair)
    assert escalations(found) == [("orphan", "qc:live:write", "is gone; tokens still hold it")]
    assert [person["name"] for person in found["people"] if person["gained"] or person["lost"]] == []


def test_a_tool_under_another_name_is_neither_lost_nor_gained_and_keeps_its_limits(pair: Path) -> None:
    change(pair, "overlay", (f"{LIVE}:", "deploy_live_algorithm:"))
    code, found = diff(pair)
    assert (code, escalations(found)) == (0, [])
    assert [(tool["name"], tool["was"]) for tool in found["tools"]] == [("deploy_live_algorithm", LIVE)]
    change(pair, "overlay", ("brokerage: brokerage.id", "brokerage: nodeId"))
    code, found = diff(pair)
    assert (code, [rule for rule, _, _ in escalations(found)]) == (3, ["limit"])


def test_two_tools_that_change_names_are_reported_by_what_they_do(pair: Path) -> None:
    change(
        pair,
        "overlay",
        (f"        {LIVE}:", "        read_project_2:"),
        ("read_project: {", f"{LIVE}: {{"),
        ("read_project_2:", "read_project:"),
    )
    code, found = diff(pair)
    assert code == 3
    assert ("calls", "read_project", "calls /live/create, which has the effect live") in escalations(found)


def test_two_tools_renamed_at_once_do_not_hide_what_limited_tokens_can_call(pair: Path) -> None:
    fresh = "see_project: {unreached: [project], only: [projectId]}"
    changes = (("read_project: {only: [projectId]}", fresh), ("list_projects: {omit", "see_projects: {omit"))
    change(pair, "overlay", *changes)
    assert ("limit", "see_project", UNREACHED) in escalations(diff(pair)[1])


@pytest.mark.parametrize("name", ["update_project", "set_project"])
def test_a_tool_that_is_closed_no_longer_to_a_limit_is_told(name: str, pair: Path) -> None:
    """Of a limit on brokerages or nodes nothing else says that it does not reach the tool."""
    change(pair, "overlay", ("update_project: {", "update_project: {closed: [brokerage], "), sides=("old",))
    change(pair, "overlay", ("update_project: {", f"{name}: {{"))
    said = "is open to every caller with a limit on the brokerage, and calls /projects/update"
    code, found = diff(pair)
    assert (code, escalations(found)) == (3, [("limit", name, said)])


def open_on_both_sides(pair: Path) -> None:
    """Let update_project be unreached by limits on projects, before and after."""
    change(pair, "overlay", ("update_project: {", "update_project: {unreached: [project], "), sides=BOTH)


def test_an_open_tool_that_takes_the_place_of_another_is_told(pair: Path) -> None:
    """The name and its `unreached` stay; what stands behind it does not."""
    open_on_both_sides(pair)
    change(
        pair,
        "overlay",
        ("        update_project: {unreached: [project], title: Update project}", "        read_project: {}"),
        ("        read_project: {only: [projectId]}", "        update_project: {unreached: [project]}"),
    )
    assert ("limit", "update_project", UNREACHED) in escalations(diff(pair)[1])


def test_another_endpoint_under_an_open_tool_is_told(pair: Path) -> None:
    """It looks like a renamed endpoint."""
    open_on_both_sides(pair)
    for file in ("scopes", "overlay", "spec"):
        change(pair, file, ("/projects/update", "/projects/rewrite"))
    said = UNREACHED.replace("read", "rewrite")
    assert ("limit", "update_project", said) in escalations(diff(pair)[1])


@pytest.mark.parametrize("file", ["overlay", "spec"])
def test_a_file_that_is_not_yaml_is_refused_and_no_tools_are_guessed(file: str, pair: Path) -> None:
    path = pair / "new" / FILES[file]
    path.write_text(path.read_text() + "  : [\n")
    run = codegen("scopes", "diff", "old", "new", folder=pair)
    assert run.exit_code == 2
    assert f"new/{FILES[file]}:" in run.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("lint", "nowhere.yaml"),
        ("lint", "empty"),
        ("diff", "empty", "new"),
        ("diff", "old", "nowhere.yaml"),
        ("diff", "old", "new", "--access", "nowhere.yaml"),
        ("diff", "old", "new", "--access", "latin.yaml"),
        ("page", "/dev/null", "nowhere", "--out", "page.html"),
        ("explain", "admin", "--at", "old", "--access", "nowhere.yaml"),
    ],
)
def test_a_file_that_cannot_be_used_ends_in_a_sentence_and_not_in_an_empty_policy(
    command: tuple[str, ...], pair: Path
) -> None:
    (pair / "empty").mkdir()
    (pair / "latin.yaml").write_bytes("personas: {caf\u00e9: []}".encode("latin-1"))
    run = codegen("scopes", *command, folder=pair)
    assert run.exit_code == 2
    assert any(part in run.stderr for part in ("fix: give a", command[-1]))
    assert not (pair / "page.html").exists()
