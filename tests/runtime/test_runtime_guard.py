"""The guard: a pure function."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from quantconnect_tools.tool import Tool
from runtime_stage import identity, tool

from ledgai_mcp.calls.guard import Allowed, Refusal, decide, visible

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
