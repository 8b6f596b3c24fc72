"""scopes.yaml: what is granted to whom (C47). What is refused: tables/refusals.yaml."""

from __future__ import annotations

from codegen_inputs import GRANT, SCOPES, Mini


def test_a_text_is_one_scope_and_never_letters(mini: Mini) -> None:
    """C47."""
    assert mini.tools()["read_thing"].scopes == ("things:read",)


def test_several_scopes_are_all_required_and_sorted(mini: Mini) -> None:
    mini.scopes = SCOPES.replace(GRANT, "{scope: [things:read, admin], effect: live}").replace(
        "scopes: {", "scopes: {admin: All., "
    )
    tool = mini.tools()["read_thing"]
    assert (tool.scopes, tool.effect, tool.idempotent) == (("admin", "things:read"), "live", False)


def test_a_withheld_endpoint_has_no_tool_and_its_reason_is_kept(mini: Mini) -> None:
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", "").replace("endpoints:", "endpoints: {}")
    mini.scopes = mini.scopes.replace("withheld: {}", "withheld:\n  /things/read: Of no use\n    to a model.")
    catalogue = mini.compile().catalogue
    assert catalogue.tools == ()
    assert [(w.endpoint, w.reason) for w in catalogue.withheld] == [("/things/read", "Of no use to a model.")]


def test_groups_are_expanded(mini: Mini) -> None:
    mini.scopes = SCOPES.replace("scopes: {", "scopes: {b: B., a: A., ").replace(
        "groups: {all: all}", "groups: {some: [b, a], admin: all}"
    )
    assert mini.compile().catalogue.groups == {"admin": ("a", "b", "things:read"), "some": ("a", "b")}
