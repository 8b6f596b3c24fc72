"""The guard: a pure function."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantconnect_tools import CATALOG
from quantconnect_tools.tool import Tool
from runtime_stage import identity, tool

from ledgai_mcp.calls import limits
from ledgai_mcp.calls.guard import Allowed, Refusal, decide, decide_arguments, visible
from ledgai_mcp.identity import Limits

SCOPES = ("qc:a:read", "qc:a:write", "qc:b:read", "qc:b:write")
scopes = st.frozensets(st.sampled_from(SCOPES))
effects = st.sampled_from(["read", "write", "delete", "live"])


@given(needed=scopes, held=scopes, effect=effects, read_only=st.booleans())
def test_a_call_is_allowed_exactly_when_every_scope_is_held(
    needed: Any, held: Any, effect: str, read_only: bool
) -> None:
    made = tool("t", "/t", effect, tuple(sorted(needed)))
    verdict = decide(made, identity(held), read_only)
    assert isinstance(verdict, Allowed) == (needed <= held and (effect == "read" or not read_only))
    if isinstance(verdict, Refusal) and verdict.reason == "scope":
        assert set(verdict.missing) == needed - held
        assert all(scope in verdict.text for scope in verdict.missing)
        assert verdict.needed == made.scopes


@given(st.lists(st.tuples(scopes, effects), max_size=6), scopes, st.booleans())
def test_listed_is_callable_and_the_list_is_in_order(kinds: Any, held: Any, read_only: bool) -> None:
    catalog: dict[str, Tool] = {
        f"t{n}": tool(f"t{n}", "/t", effect, tuple(sorted(needed)))
        for n, (needed, effect) in enumerate(kinds)
    }
    names = [made.name for made in visible(catalog, identity(held), read_only)]
    assert names == sorted(names)
    callable_ = {
        name for name in catalog if isinstance(decide(catalog[name], identity(held), read_only), Allowed)
    }
    assert set(names) == callable_


@pytest.mark.parametrize("name", ["create_project_collaborator", "update_project_collaborator"])
def test_nobody_gives_another_person_what_they_may_not_do_themselves(name: str) -> None:
    """A token without any live scope gave live control to whom it liked."""
    shared = CATALOG[name]
    (control, write) = sorted(shared.raised, key=len, reverse=True)
    assert shared.raised == {control: ("qc:live:execute", "qc:live:write"), write: ("qc:files:write",)}
    for held, said, missing in (
        ((), {}, None),
        ((), {control: False, write: False}, None),
        ((), {control: None}, None),
        ((), {control: True}, shared.raised[control]),
        (("qc:live:execute",), {control: True}, ("qc:live:write",)),
        (shared.raised[control], {control: True}, None),
        (shared.raised[control], {control: True, write: True}, ("qc:files:write",)),
        ((), {control: "yes", write: 1}, ("qc:files:write", "qc:live:execute", "qc:live:write")),
    ):
        verdict = decide_arguments(shared, identity(frozenset((*shared.scopes, *held))), said)
        if missing is None:
            assert isinstance(verdict, Allowed)
        else:
            assert isinstance(verdict, Refusal)
            assert (verdict.reason, verdict.missing) == ("scope", missing)
            assert set(verdict.needed) == {*shared.scopes, *missing, *held}
            assert all(scope in verdict.text for scope in missing)
            assert f"{name} with " in verdict.text


@pytest.mark.parametrize(
    ("limit", "is_allowed"),
    [({"projects": {1}}, True), ({"projects": {1}, "organizations": {"o"}}, True), ({}, True),
     ({"brokerages": {"QuantConnectBrokerage"}}, False), ({"nodes": {"L-1"}}, False),
     ({"live_deployments_per_day": 9}, False), ({"backtests_per_day": 9}, False)],
)  # fmt: skip
def test_a_limit_that_the_other_person_would_not_have_refuses_to_give_more(
    limit: Any, is_allowed: bool
) -> None:
    shared = CATALOG["create_project_collaborator"]
    held = Limits(**{name: frozenset(v) if isinstance(v, set) else v for name, v in limit.items()})
    harmless = {"projectId": 1, "collaborationLiveControl": False, "collaborationWrite": False}
    assert limits.decide(held, shared, harmless) is None
    for argument in shared.raised:
        refusal = limits.decide(held, shared, {**harmless, argument: True})
        assert (refusal is None) == is_allowed
        assert refusal is None or (refusal.limit in limit and f"`{argument}`" in refusal.text)
