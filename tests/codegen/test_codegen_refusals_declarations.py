"""Declarations and local tools that are refused: what they name, what they may be."""

# ruff: noqa: E501 - tables of exact texts, a line each

from __future__ import annotations

import pytest
from codegen_inputs import SCOPES, Mini, table


@pytest.mark.parametrize("case", table("declarations"), ids=lambda case: case["entry"])
def test_a_declaration_that_cannot_be_followed_is_refused(mini: Mini, case: dict[str, str]) -> None:
    told = f"overlay.yaml:7: {case['what']}\n    fix: {case['fix']}"
    assert told in mini.offered(case["entry"]).refused()


@pytest.mark.parametrize("words", ["{a: x}", "{a: x, b: y, c: z}"])
def test_the_other_words_of_a_limit_are_those_of_the_argument(mini: Mini, words: str) -> None:
    mini.spec = mini.spec.replace("id: {type: integer,", "id: {type: string, enum: [a, b],")
    assert mini.offered(f"{{narrowed: {{project: id}}, called: {{project: {words}}}}}").refused() == [
        (
            'overlay.yaml:7: the tool read_thing: called gives the project other words than "id" can have\n'
            '    fix: give each of "a", "b" its word'
        )
    ]


def test_only_that_names_no_argument_is_refused(mini: Mini) -> None:
    first = mini.offered("{only: [idd]}").refused()[0]
    assert first.startswith('overlay.yaml:7: the tool read_thing: "id" is required by the API')
    assert any(
        'only names "idd", which is no argument (did you mean "id"?)' in text for text in mini.refused()
    )


def test_a_local_tool_that_is_not_well_formed_is_refused(mini: Mini) -> None:
    mini.overlay = (
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n- target: $\n  update:\n"
        "    x-local-tools: {ping: {title: T, tools: server}}\n"
    )
    mini.scopes = SCOPES.replace("local: {}", "local: {ping: {scope: [], effect: read}}")
    assert mini.refused() == [
        (
            "overlay.yaml:6: the local tool ping is not well formed (description, tools, toolset)\n"
            '    fix: write "description", "toolset", and inputSchema if it takes arguments'
        )
    ]


def test_a_local_tool_whose_arguments_are_no_object_is_refused(mini: Mini) -> None:
    mini.overlay = (
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n- target: $\n  update:\n"
        "    x-local-tools: {ping: {title: T, description: D, toolset: server, inputSchema: {type: string}}}\n"
    )
    mini.scopes = SCOPES.replace("local: {}", "local: {ping: {scope: [], effect: read}}")
    assert mini.refused()[0] == (
        "overlay.yaml:6: the tool ping does not pass the gate: $: the root is no object\n"
        "    fix: correct its inputSchema"
    )
