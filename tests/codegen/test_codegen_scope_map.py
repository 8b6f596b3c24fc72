"""scopes.yaml: every way of getting it wrong is refused with its line and the line to write (C47)."""

# ruff: noqa: E501 - tables of exact texts, a line each

from __future__ import annotations

import pytest
from codegen_inputs import SCOPES, Mini, table

GRANT = "{scope: things:read, effect: read}"


def _with(entry: str) -> str:
    return SCOPES.replace(GRANT, entry)


@pytest.mark.parametrize("case", table("grants"), ids=lambda case: case["entry"])
def test_a_grant_of_the_wrong_kind_is_refused(mini: Mini, case: dict[str, str]) -> None:
    """C47: `[]`, null, letters of a text and typos never grant anything."""
    mini.scopes = _with(case["entry"])
    assert mini.refused() == [f"scopes.yaml:4: {case['what']}\n    fix: {case['fix']}"]


def test_a_text_is_one_scope_and_never_letters(mini: Mini) -> None:
    """C47."""
    assert mini.tools()["read_thing"].scopes == ("things:read",)


def test_several_scopes_are_all_required_and_sorted(mini: Mini) -> None:
    mini.scopes = _with("{scope: [things:read, admin], effect: live}").replace(
        "scopes: {", "scopes: {admin: All., "
    )
    tool = mini.tools()["read_thing"]
    assert (tool.scopes, tool.effect, tool.idempotent) == (("admin", "things:read"), "live", False)


@pytest.mark.parametrize("offered", ["", "      x-tools: {}\n"])
def test_an_endpoint_without_scope_is_refused(mini: Mini, offered: str) -> None:
    mini.spec = mini.spec.replace("      tags:", f"{offered}      tags:")
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", "").replace("endpoints:", "endpoints: {}")
    assert mini.refused() == [
        (
            "spec.yaml:4: the endpoint /things/read has no scope\n"
            "    fix: add to scopes.yaml, under endpoints: `/things/read: {scope: qc:FAMILY:read, effect: read}`, "
            "or under withheld with a reason"
        )
    ]


def test_a_scope_entry_without_endpoint_is_refused(mini: Mini) -> None:
    mini.scopes = SCOPES.replace("endpoints:\n", f"endpoints:\n  /things/raed: {GRANT}\n")
    assert mini.refused() == [
        "scopes.yaml:4: the description has no endpoint /things/raed\n    fix: correct the path, or delete the line"
    ]


def test_a_misspelt_path_is_both_and_each_names_the_other(mini: Mini) -> None:
    mini.scopes = SCOPES.replace("/things/read:", "/thing/read:")
    assert [text.splitlines()[0] for text in mini.refused()] == [
        'scopes.yaml:4: the description has no endpoint /thing/read (did you mean "/things/read"?)',
        'spec.yaml:4: the endpoint /things/read has no scope (did you mean "/thing/read"?)',
    ]


def test_a_duplicate_key_is_refused(mini: Mini) -> None:
    """C47: of two grants for one endpoint neither wins."""
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", f"  /things/read: {GRANT}\n" * 2)
    assert mini.refused() == [
        'scopes.yaml:5: duplicate key "/things/read", first on line 4\n    fix: keep one of the two, or rename one'
    ]


def test_an_endpoint_that_no_tool_calls_is_refused(mini: Mini) -> None:
    mini.spec = mini.spec.replace("      tags:", "      x-client-only: true\n      tags:")
    assert mini.refused() == [
        (
            "scopes.yaml:4: no tool calls /things/read\n"
            "    fix: offer it in overlay.yaml under x-tools, or move it to withheld with a reason"
        )
    ]


def test_a_withheld_endpoint_has_no_tool_and_its_reason_is_kept(mini: Mini) -> None:
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", "").replace("endpoints:", "endpoints: {}")
    mini.scopes = mini.scopes.replace("withheld: {}", "withheld:\n  /things/read: Of no use\n    to a model.")
    catalogue = mini.compile().catalogue
    assert catalogue.tools == ()
    assert [(w.endpoint, w.reason) for w in catalogue.withheld] == [("/things/read", "Of no use to a model.")]
    assert catalogue.operations == ("read_thing",)


@pytest.mark.parametrize("reason", ["", "''", "null", "[why]"])
def test_withholding_needs_a_reason(mini: Mini, reason: str) -> None:
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", "").replace("endpoints:", "endpoints: {}")
    mini.scopes = mini.scopes.replace("withheld: {}", f"withheld:\n  /things/read: {reason}")
    assert mini.refused() == [
        "scopes.yaml:6: /things/read is withheld without a reason\n    fix: write `/things/read: why`"
    ]


def test_granted_and_withheld_at_once_is_refused(mini: Mini) -> None:
    mini.scopes = SCOPES.replace("withheld: {}", "withheld: {/things/read: why}")
    assert (
        "scopes.yaml:6: /things/read is withheld and granted (line 4)\n    fix: keep one of the two"
        in mini.refused()
    )


def test_a_tool_over_a_withheld_endpoint_is_refused(mini: Mini) -> None:
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", "").replace("endpoints:", "endpoints: {}")
    mini.scopes = mini.scopes.replace("withheld: {}", "withheld: {/things/read: why}")
    mini.spec = mini.spec.replace("      tags:", "      x-tools: {read_thing: {title: Read}}\n      tags:")
    assert mini.refused() == [
        (
            "scopes.yaml:5: /things/read is withheld, and a tool calls it\n"
            "    fix: grant it, or write `x-tools: {}` for it"
        )
    ]


@pytest.mark.parametrize(
    ("group", "what", "fix"),
    [
        (
            "[things:reed]",
            'the group "some" needs the undeclared scope "things:reed" (did you mean "things:read"?)',
            None,
        ),
        ("everything", 'the group "some" is the text "everything"', "write `all`, or a list of scopes"),
        ("[]", 'the group "some" is an empty list', "write `all`, or a list of scopes"),
        ("null", 'the group "some" is null', "write `all`, or a list of scopes"),
    ],
)
def test_a_group_lists_declared_scopes_or_is_all(mini: Mini, group: str, what: str, fix: str | None) -> None:
    mini.scopes = SCOPES.replace("groups: {all: all}", f"groups: {{some: {group}}}")
    fix = fix or "declare it under scopes: `things:reed: What it allows.`"
    assert mini.refused() == [f"scopes.yaml:2: {what}\n    fix: {fix}"]


def test_groups_are_expanded(mini: Mini) -> None:
    mini.scopes = SCOPES.replace("scopes: {", "scopes: {b: B., a: A., ").replace(
        "groups: {all: all}", "groups: {some: [b, a], admin: all}"
    )
    assert mini.compile().catalogue.groups == {"admin": ("a", "b", "things:read"), "some": ("a", "b")}


def test_a_declared_scope_needs_a_sentence_and_a_legal_name(mini: Mini) -> None:
    mini.scopes = SCOPES.replace("scopes: {", "scopes: {mute: '', two words: Yes., ")
    assert [text.splitlines()[0] for text in mini.refused()] == [
        'scopes.yaml:1: "two words" is no scope',
        "scopes.yaml:1: mute has no sentence",
    ]


def test_an_unknown_or_missing_section_is_refused(mini: Mini) -> None:
    mini.scopes = "scopes: {}\nendpoint: {}\n"
    assert 'scopes.yaml:1: the section "endpoints" is missing' in [
        text.splitlines()[0] for text in mini.refused()
    ]
    mini.scopes = "scope: {}\nendpoints: {/things/read: {scope: a, effect: read}}\n"
    assert [text.splitlines()[0] for text in mini.refused()] == [
        'scopes.yaml:1: the section "scopes" is missing',
        'scopes.yaml:1: unknown section "scope" (did you mean "scopes"?)',
        'scopes.yaml:2: /things/read needs the undeclared scope "a"',
    ]


LOCAL = """
overlay: 1.0.0
info: {title: Tools, version: 1.0.0}
actions:
  - target: $
    update:
      x-local-tools:
        ping: {title: Ping, description: Is anybody there?, toolset: server}
"""


def test_a_local_tool_may_need_no_scope_when_it_says_so(mini: Mini) -> None:
    mini.overlay, mini.scopes = LOCAL, SCOPES.replace("local: {}", "local: {ping: {scope: [], effect: read}}")
    tool = mini.tools()["ping"]
    assert (tool.scopes, tool.endpoints, tool.method, tool.toolset, tool.arguments) == (
        (),
        (),
        "",
        "server",
        (),
    )
    assert tool.wire_schema == {"type": "object", "properties": {}, "additionalProperties": False}


@pytest.mark.parametrize("scope", ["null", "{}", "''"])
def test_a_local_tool_that_does_not_say_so_is_refused(mini: Mini, scope: str) -> None:
    """C47."""
    mini.overlay = LOCAL
    mini.scopes = SCOPES.replace("local: {}", f"local: {{ping: {{scope: {scope}, effect: read}}}}")
    assert any(text.startswith("scopes.yaml:5:") for text in mini.refused())


def test_a_local_tool_missing_on_either_side_is_refused(mini: Mini) -> None:
    mini.overlay, mini.scopes = LOCAL, SCOPES.replace("local: {}", "local: {pong: {scope: [], effect: read}}")
    assert mini.refused() == [
        (
            'overlay.yaml:7: the local tool ping has no scope (did you mean "pong"?)\n'
            "    fix: add to scopes.yaml, under local: `ping: {scope: [], effect: read}`"
        ),
        (
            'scopes.yaml:5: the local tool pong is granted and not described (did you mean "ping"?)\n'
            "    fix: describe it in overlay.yaml, under x-local-tools, or delete the line"
        ),
    ]
