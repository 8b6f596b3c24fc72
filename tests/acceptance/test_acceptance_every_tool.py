"""Every tool through the real server: it succeeds, and refuses in words that a model can act on."""

from collections.abc import Callable
from typing import Any

import pytest
from acceptance_server import Server
from furnished_account import CODE, Account
from good_calls import PATCH, calls_of
from jsonschema import Draft202012Validator
from quantconnect_tools import CATALOG

from ledgai_mcp.calls.departures import departures

NAMES = sorted(CATALOG)
IN_PROJECTS = [name for name in NAMES if "projectId" in CATALOG[name].schema.get("required", ())]
IN_ORGANIZATIONS = [name for name in NAMES if "organizationId" in CATALOG[name].schema["properties"]]
DEMANDING = [name for name in NAMES if CATALOG[name].schema.get("required")]
"""Tools that cannot be called without arguments."""


def good_arguments(name: str, account: Account) -> dict[str, Any]:
    """The first good call of the tool's endpoint that fits the tool, without what the server fills in."""
    tool = CATALOG[name]
    calls = calls_of(tool.endpoints[0]) if tool.endpoints else [lambda account: {}]
    fits = Draft202012Validator(tool.schema).is_valid
    for call in calls:
        arguments = {key: value for key, value in call(account).items() if key not in tool.injected}
        if fits(arguments):
            return arguments
    raise AssertionError(f"good_calls.py has no call of {tool.endpoints[0]} that fits the tool {name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_call_succeeds_and_asks_the_endpoints_of_its_tool(
    name: str, account: Account, server: Server
) -> None:
    tool = CATALOG[name]
    try:
        arguments = good_arguments(name, account)
        server.asked()
        answer = server.ok(name, **arguments)
        asked = server.asked()
    finally:
        account.turn_clock(0)
    assert answer.get("success", True) is True
    received = {key: value for key, value in answer.items() if not key.startswith("_")}
    assert list(departures(received, tool.answer)) == []
    if tool.endpoints:
        assert tuple(dict.fromkeys(asked)) == tool.endpoints
    if tool.endpoints and tool.effect == "read":
        assert set(answer) >= set(account.caller(tool.endpoints[0], **arguments))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_argument_is_named_with_those_there_are_and_nothing_is_sent(
    name: str, server: Server
) -> None:
    server.asked()
    text = server.no(name, unheardOf=1)
    assert server.asked() == []
    assert text.startswith(f"The arguments do not fit {name}, so nothing was sent:\n- ")
    assert "- unheardOf: unknown argument; " in text
    assert [
        argument for argument in CATALOG[name].wire["inputSchema"]["properties"] if argument not in text
    ] == []


@pytest.mark.parametrize("name", DEMANDING)
def test_every_argument_that_is_missing_is_named_at_once(name: str, server: Server) -> None:
    first, *lines = server.no(name).splitlines()
    assert first == f"The arguments do not fit {name}, so nothing was sent:"
    named = [line.partition(";")[0] for line in lines]
    assert named == [f"- {each}: required, and missing" for each in sorted(CATALOG[name].schema["required"])]


@pytest.mark.parametrize("name", IN_PROJECTS)
def test_an_unknown_project_is_refused(name: str, account: Account, server: Server) -> None:
    arguments = {**good_arguments(name, account), "projectId": -1}
    assert "Project not found, or you have no access to it" in server.no(name, **arguments)


@pytest.mark.parametrize("name", IN_ORGANIZATIONS)
def test_an_organization_of_others_is_refused(name: str, account: Account, server: Server) -> None:
    arguments = {**good_arguments(name, account), "organizationId": "0" * 32}
    assert "Organization not found, or you are not a member of it" in server.no(name, **arguments)


def broken_build(account: Account) -> dict[str, Any]:
    project = account.caller.project("Broken", main=CODE.replace("set_cash(100_000)", "set_cash(100_000"))
    build = account.caller.ok("/compile/create", projectId=project)["compileId"]
    return {"projectId": project, "compileId": build, "backtestName": "none"}


REFUSALS: list[tuple[str, Callable[[Account], dict[str, Any]], list[str]]] = [
    ("create_backtest", broken_build, ["The build has errors", "correct them and compile again"]),
    ("health_check", lambda a: {"projectId": 1}, ["projectId: unknown argument; none is accepted here"]),
    ("list_projects", lambda a: {"start": 1, "end": 0}, ["start must be at least 0 and less than end"]),
    ("add_project_library", lambda a: a.in_project(libraryId=-1), ["Project not found", "That is libraryId"]),
    ("update_project_nodes", lambda a: a.in_project(nodes=[7]), ["nodes[0]: must be string, not integer"]),
    ("read_file", lambda a: a.in_project(name="none.py"), ["File not found: none.py"]),
    (
        "patch_file",
        lambda a: a.in_project(patch=PATCH.replace("Imports", "Exports")),
        ["cannot be applied", "main.py"],
    ),
    (
        "check_syntax",
        lambda a: {"language": "python", "files": [{"name": "main.py", "contents": "x"}]},
        ["language: must be one of: C#, Py", "files[0].contents: unknown argument; did you mean"],
    ),
    ("read_backtest_orders", lambda a: a.of_backtest(start=0, end=101), ["at most 100"]),
    (
        "read_backtest_chart",
        lambda a: a.of_backtest(name="Equity", count=10),
        ["no chart named 'Equity'", "Strategy Equity"],
    ),
    (
        "create_optimization",
        lambda a: {**a.optimizing(), "target": "SharpeRatio", "parameters": [{"min": 1}]},
        ["target: must be one of: TotalPerformance.", "parameters[0].name: required, and missing"],
    ),
    (
        "abort_optimization",
        lambda a: {"optimizationId": a.optimization},
        ["cannot be aborted: it is completed"],
    ),
    ("read_live_algorithm", Account.in_project, ["No live deployment found"]),
    ("read_object_properties", lambda a: {"key": "folder"}, ["Object not found: folder"]),
    ("read_object_store_file_download_url", lambda a: {"jobId": "none"}, ["jobId names no job"]),
]


@pytest.mark.parametrize(("name", "bad_arguments", "words"), REFUSALS, ids=[name for name, *_ in REFUSALS])
def test_a_refusal_names_the_problem(
    name: str,
    bad_arguments: Callable[[Account], dict[str, Any]],
    words: list[str],
    account: Account,
    server: Server,
) -> None:
    text = server.no(name, **bad_arguments(account))
    assert [each for each in words if each not in text] == []
