"""What a token's limits allow, for every tool that exists."""

import json
from typing import Any

import pytest
from attrs import evolve
from quantconnect_tools import CATALOG
from quantconnect_tools.tool import Answer, Api, Arguments, Effect, Tool
from token_forge import run

from ledgai_mcp.calls.allowance import Allowance
from ledgai_mcp.calls.guard import visible
from ledgai_mcp.calls.limits import KINDS, closed, counted, decide, exhausted
from ledgai_mcp.identity import Identity, Limits
from ledgai_mcp.state import StateUnavailable

PAPER = "QuantConnectBrokerage"
ONE_PROJECT = Limits(projects=frozenset({1}))
PAPER_ONLY = Limits(brokerages=frozenset({PAPER}))
ONE_NODE = Limits(nodes=frozenset({"LN-1"}))
ONE_ORGANIZATION = Limits(organizations=frozenset({"org"}))

LIMITED_ARGUMENTS = {
    "projectId": "project",
    "libraryId": "project",
    "organizationId": "organization",
    "brokerage": "brokerage",
    "nodeId": "node",
    "nodes": "node",
}
"""Arguments of the API that name what a limit may narrow."""

CLOSED_TO = {
    "projects": """
        abort_optimization broadcast_live_command create_project delete_object delete_optimization
        list_live_algorithms list_object_store_files list_projects read_object_properties
        read_object_store_file_download_url read_object_store_file_job_id
        read_optimization update_optimization
        upload_object""",
    "brokerages": """
        authorize_connection broadcast_live_command create_live_command liquidate_live_algorithm
        stop_live_algorithm""",
    "nodes": """
        broadcast_live_command create_live_command liquidate_live_algorithm stop_live_algorithm""",
    "backtests_per_day": "create_optimization",
    "live_deployments_per_day": "",
}
"""Limit -> tools that no argument opens: what a reviewer should read."""


async def _unused(api: Api, arguments: Arguments) -> Answer:
    raise AssertionError("a decision calls nothing")


def tool(endpoint: str, effect: Effect = "read", **narrowed: str) -> Tool:
    named = {kind: (path,) for kind, path in narrowed.items()}
    return Tool("some_tool", "some", effect, (), (endpoint,), _unused, narrowed=named)


@pytest.mark.parametrize("limit", list(CLOSED_TO))
def test_the_tools_that_each_limit_closes_are_these(limit: str) -> None:
    value: Any = 3 if limit.endswith("_per_day") else frozenset({"some"})
    limits = Limits(**{limit: value})
    found = {each.name for each in CATALOG.values() if closed(limits, each) is not None}
    assert found == set(CLOSED_TO[limit].split())


@pytest.mark.parametrize("limit", ["projects", "backtests_per_day"])
def test_what_a_limit_closes_is_refused_and_not_listed(limit: str) -> None:
    limits = Limits(**{limit: frozenset({1}) if limit == "projects" else 0})
    scopes = frozenset(scope for each in CATALOG.values() for scope in each.scopes)
    listed = visible(CATALOG, Identity("ledgai", "alice", scopes, limits=limits), read_only=False)
    assert {each.name for each in listed} == {
        each.name for each in CATALOG.values() if closed(limits, each) is None
    }


def test_a_counted_call_is_not_made_where_nothing_can_count() -> None:
    alice = Identity("ledgai", "alice", frozenset(), limits=Limits(backtests_per_day=5))
    with pytest.raises(StateUnavailable):
        run(Allowance().take(CATALOG["create_backtest"], alice, {"projectId": 1}))


def test_a_limit_on_organizations_closes_what_names_none_unless_projects_are_listed_too() -> None:
    both = Limits(projects=frozenset({1}), organizations=frozenset({"org"}))
    for each in CATALOG.values():
        is_open = closed(ONE_ORGANIZATION, each) is None
        names_it = "organization" in each.narrowed
        is_nowhere = not each.endpoints or "organization" in each.unreached
        assert is_open == (names_it or is_nowhere), each.name
    assert closed(ONE_ORGANIZATION, CATALOG["read_file"]) is not None
    assert closed(both, CATALOG["read_file"]) is None
    assert decide(both, CATALOG["read_file"], {"projectId": 1}) is None
    assert decide(both, CATALOG["read_file"], {"projectId": 2}) is not None


def test_every_argument_that_a_limit_may_narrow_is_checked() -> None:
    """A tool that takes such an argument reads it for the limit, or is closed to a token that has it."""
    for each in CATALOG.values():
        for argument in each.wire["inputSchema"]["properties"]:
            kind = LIMITED_ARGUMENTS.get(argument)
            if kind is None:
                continue
            read = [path.split(".")[0] for path in each.narrowed.get(kind, ())]
            if argument not in read:
                value: Any = frozenset({1}) if kind == "project" else frozenset({"x"})
                assert closed(Limits(**{KINDS[kind]: value}), each) is not None, (each.name, argument)


def test_unreached_tools_take_no_argument_that_the_limit_is_about() -> None:
    found = {each.name: each.unreached for each in CATALOG.values() if each.unreached}
    assert found == {
        "authorize_connection": ("organization", "project"),
        "check_initialization_errors": ("organization", "project"),
        "check_syntax": ("organization", "project"),
        "complete_code": ("organization", "project"),
        "create_optimization": ("node",),
        "enhance_error_message": ("organization", "project"),
        "list_organizations": ("project",),
        "read_account": ("project",),
        "read_lean_versions": ("organization", "project"),
        "search_quantconnect": ("organization", "project"),
        "update_code_to_pep8": ("organization", "project"),
    }
    for name, kinds in found.items():
        taken = {LIMITED_ARGUMENTS.get(one) for one in CATALOG[name].wire["inputSchema"]["properties"]}
        assert not taken & set(kinds), name


def test_an_undecided_endpoint_is_closed_to_limited_tokens() -> None:
    unknown = tool("/brand/new")
    assert closed(ONE_PROJECT, unknown) is not None
    assert closed(ONE_ORGANIZATION, unknown) is not None
    live = tool("/brand/new", "live", project="projectId")
    assert closed(PAPER_ONLY, live) is not None
    assert closed(ONE_NODE, live) is not None


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [(1, True), (2, False), ("1", False), (True, False), (None, False), ([1], True), ([1, 2], False),
     ([], False), ({"projectId": 1}, False), (1.5, False), (1.0, False)],
)  # fmt: skip
def test_a_project_must_be_one_of_the_list(value: Any, is_allowed: bool) -> None:
    assert (decide(ONE_PROJECT, CATALOG["read_backtest"], {"projectId": value}) is None) == is_allowed


def test_an_absent_argument_is_refused() -> None:
    assert decide(ONE_PROJECT, CATALOG["read_backtest"], {}) is not None
    refusal = decide(ONE_ORGANIZATION, CATALOG["list_object_store_files"], {})
    assert refusal is not None
    assert "`organizationId` must be given" in refusal.text


def test_a_library_is_a_project_too() -> None:
    library = CATALOG["add_project_library"]
    assert decide(ONE_PROJECT, library, {"projectId": 1, "libraryId": 2}) is not None
    assert decide(Limits(projects=frozenset({1, 2})), library, {"projectId": 1, "libraryId": 2}) is None


@pytest.mark.parametrize(
    ("brokerage", "is_allowed"),
    [({"id": PAPER}, True), ({"id": "InteractiveBrokersBrokerage"}, False), ({}, False),
     ({"id": [PAPER, "x"]}, False), (PAPER, False), (None, False), ({"id": PAPER.lower()}, False),
     ({"id": {"id": PAPER}}, False)],
)  # fmt: skip
def test_a_token_for_paper_trading_deploys_on_paper_alone(brokerage: Any, is_allowed: bool) -> None:
    deploy = CATALOG["create_live_algorithm"]
    arguments = {"projectId": 1, "nodeId": "LN-1", "brokerage": brokerage}
    assert (decide(PAPER_ONLY, deploy, arguments) is None) == is_allowed


def deployed(**more: Any) -> dict[str, Any]:
    return {"projectId": 1, "nodeId": "LN-1", "brokerage": {"id": PAPER}, **more}


@pytest.mark.parametrize(
    ("providers", "is_allowed"),
    [({PAPER: {"id": PAPER}}, True), ({}, True),
     ({"InteractiveBrokersBrokerage": {"id": "InteractiveBrokersBrokerage"}}, False),
     ({PAPER: {"id": PAPER}, "OandaBrokerage": {"id": "OandaBrokerage"}}, False),
     ({PAPER: {"id": "OandaBrokerage"}}, False), ({"OandaBrokerage": {"id": PAPER}}, False),
     ({"PolygonDataFeed": {"id": "Polygon"}}, False), ({PAPER: {}}, False), ({PAPER: PAPER}, False),
     (None, False), (PAPER, False), ([PAPER], False), ({PAPER: {"id": [PAPER, "x"]}}, False)],
)  # fmt: skip
def test_data_providers_sign_in_only_where_the_brokerages_of_the_token_are(
    providers: Any, is_allowed: bool
) -> None:
    """A token for paper trading signed in at Interactive Brokers for its data."""
    deploy = CATALOG["create_live_algorithm"]
    refusal = decide(PAPER_ONLY, deploy, deployed(dataProviders=providers))
    assert (refusal is None) == is_allowed
    if refusal is not None:
        assert refusal.limit == "brokerages"
        assert "`dataProviders" in refusal.text
        assert "health_check" in refusal.text
    assert decide(ONE_NODE, deploy, deployed(dataProviders=providers)) is None


def test_quantconnects_own_data_is_open_to_every_deployment_and_a_vendors_to_who_lists_it() -> None:
    deploy = CATALOG["create_live_algorithm"]
    alpaca = deployed(brokerage={"id": "AlpacaBrokerage"})
    own, vendor = {PAPER: {"id": PAPER}}, {"PolygonDataFeed": {"id": "Polygon"}}
    only = Limits(brokerages=frozenset({"AlpacaBrokerage"}))
    listed = Limits(brokerages=frozenset({"AlpacaBrokerage", "PolygonDataFeed", "Polygon"}))
    assert decide(only, deploy, alpaca) is None
    assert decide(only, deploy, {**alpaca, "dataProviders": own}) is None
    assert decide(only, deploy, {**alpaca, "dataProviders": vendor}) is not None
    assert decide(listed, deploy, {**alpaca, "dataProviders": vendor}) is None
    # What is free as a data provider is no brokerage to trade with.
    assert decide(only, deploy, deployed()) is not None


def test_a_token_for_one_node_lets_a_project_use_no_other() -> None:
    update = CATALOG["update_project_nodes"]
    assert decide(ONE_NODE, update, {"projectId": 1, "nodes": ["LN-1"]}) is None
    for nodes in (["LN-1", "LN-2"], ["LN-2"], []):
        assert decide(ONE_NODE, update, {"projectId": 1, "nodes": nodes}) is not None
    assert decide(ONE_NODE, update, {"projectId": 1}) is not None


@pytest.mark.parametrize("effect", ["read", "write"])
def test_a_tool_that_is_closed_to_a_limit_on_money_is_so_whatever_its_effect(effect: Effect) -> None:
    shut = evolve(tool("/brand/new", effect), closed=("brokerage",))
    assert closed(PAPER_ONLY, shut) is not None
    assert closed(ONE_NODE, shut) is None


def test_a_brokerage_is_signed_in_to_under_its_other_name() -> None:
    """A token for Alpaca was shown the tool and could not use it: the two tools spell it differently."""
    sign_in = CATALOG["authorize_connection"]
    alpaca = Limits(brokerages=frozenset({"AlpacaBrokerage", PAPER}))
    assert decide(alpaca, sign_in, {"brokerage": "alpaca"}) is None
    for other in ("tradestation", "AlpacaBrokerage", PAPER, ["alpaca", "x"], "ALPACA", ""):
        assert decide(alpaca, sign_in, {"brokerage": other}) is not None
    assert closed(PAPER_ONLY, sign_in) is not None
    assert decide(PAPER_ONLY, sign_in, {"brokerage": "alpaca"}) is not None


def test_the_other_names_are_those_of_the_two_tools() -> None:
    names = CATALOG["authorize_connection"].called["brokerage"]
    assert set(names) == set(CATALOG["authorize_connection"].schema["properties"]["brokerage"]["enum"])
    deployed = json.dumps(CATALOG["create_live_algorithm"].schema)
    assert all(f'"{name}"' in deployed for name in names.values())
    assert all(name.lower() == f"{own}brokerage" for own, name in names.items())


def test_all_limits_hold_together() -> None:
    limits = Limits(projects=frozenset({1}), brokerages=frozenset({PAPER}), nodes=frozenset({"LN-1"}))
    deploy = CATALOG["create_live_algorithm"]
    good = {"projectId": 1, "nodeId": "LN-1", "brokerage": {"id": PAPER}}
    assert decide(limits, deploy, good) is None
    for change, limit in (
        ({"projectId": 2}, "projects"),
        ({"nodeId": "LN-2"}, "nodes"),
        ({"brokerage": {"id": "x"}}, "brokerages"),
    ):
        refusal = decide(limits, deploy, {**good, **change})
        assert refusal is not None
        assert refusal.limit == limit
        assert f"`{limit}`" in refusal.text


def test_an_empty_list_allows_nothing_and_closes_the_tool() -> None:
    assert closed(Limits(projects=frozenset()), CATALOG["read_file"]) is not None
    assert closed(Limits(brokerages=frozenset()), CATALOG["authorize_connection"]) is not None
    assert closed(Limits(backtests_per_day=0), CATALOG["create_backtest"]) is not None
    everything = Limits(frozenset(), frozenset(), frozenset(), frozenset(), 0, 0)
    for local in ("search_quantconnect", "health_check"):
        assert closed(Limits(projects=frozenset()), CATALOG[local]) is None
    assert decide(everything, CATALOG["health_check"], {}) is None


def test_every_tool_that_starts_what_is_counted_takes_from_the_count() -> None:
    starting = {
        "/backtests/create": {"backtests_per_day": "one"},
        "/optimizations/create": {"backtests_per_day": "many"},
        "/live/create": {"live_deployments_per_day": "one"},
    }
    for each in CATALOG.values():
        expected = [starting[endpoint] for endpoint in each.endpoints if endpoint in starting] or [{}]
        assert [each.counted] == expected, each.name


def test_counts_are_named_for_the_calls_that_use_them() -> None:
    limits = Limits(backtests_per_day=5, live_deployments_per_day=0)
    count = counted(limits, CATALOG["create_backtest"])
    assert count is not None
    assert (count.name, count.per_day) == ("backtests_per_day", 5)
    assert decide(limits, CATALOG["create_backtest"], {"projectId": 1}) is None
    assert counted(limits, CATALOG["read_backtest"]) is None
    assert closed(limits, CATALOG["create_live_algorithm"]) is not None
    assert closed(Limits(backtests_per_day=0), CATALOG["create_optimization"]) is not None
    assert counted(Limits(live_deployments_per_day=1), CATALOG["create_backtest"]) is None
    assert "all 5 of today" in exhausted(CATALOG["create_backtest"], count).text


def test_a_refusal_names_the_limit_and_not_what_it_allows() -> None:
    refusal = decide(Limits(projects=frozenset({424242})), CATALOG["read_file"], {"projectId": 7})
    assert refusal is not None
    assert "`projects`" in refusal.text
    assert "424242" not in refusal.text
    assert "read_file" in refusal.text
