"""Offers and local tools that are refused: what they name, what they may be."""

# ruff: noqa: E501 - tables of exact texts, a line each

from __future__ import annotations

import pytest
from codegen_inputs import SCOPES, Mini


@pytest.mark.parametrize(
    ("entry", "what", "fix"),
    [
        (
            "{titel: Read}",
            'overlay.yaml:7: unknown key "titel" in the tool read_thing (did you mean "title"?)',
            (
                'use one of "abridge", "additive", "branch", "called", "closed", "counted", "default", "description", "idempotent", "inject", "narrowed", '
                '"omit", "only", "require", "result", "title", "unreached"'
            ),
        ),
        (
            "{title: 5}",
            "overlay.yaml:7: title of the tool read_thing is of the wrong type",
            "write `title: text`",
        ),
        (
            "{only: id}",
            "overlay.yaml:7: only of the tool read_thing is of the wrong type",
            "write `only: [argument]`",
        ),
        (
            "{additive: true}",
            "overlay.yaml:7: the tool read_thing is said to be additive, and its effect is read",
            "take `additive` out: only a write can add and replace nothing",
        ),
        (
            "{idempotent: yes}",
            "overlay.yaml:7: idempotent of the tool read_thing is of the wrong type",
            "write `idempotent: true`",
        ),
        (
            "{narrowed: [id]}",
            "overlay.yaml:7: narrowed of the tool read_thing is of the wrong type",
            "write `narrowed: {kind: argument}`",
        ),
        (
            "text",
            "overlay.yaml:7: the entry of the tool read_thing is no mapping",
            "write `read_thing: {title: Read thing}`",
        ),
        *(
            (
                entry,
                (
                    f'overlay.yaml:7: the tool read_thing: {entry[1:].split(":")[0]} names "idd", which is no argument'
                    ' (did you mean "id"?)'
                ),
                'use one of "id"',
            )
            for entry in (
                "{omit: [idd]}",
                "{require: [idd]}",
                "{inject: {idd: agent_name}}",
                "{default: {idd: organization_id}}",
                "{abridge: {idd: {type: string}}}",
            )
        ),
        (
            "{branch: idd}",
            'overlay.yaml:7: the tool read_thing: "idd" is required by no alternative of the request',
            'use one of "id"',
        ),
        (
            "{narrowed: {project: idd}}",
            (
                'overlay.yaml:7: the tool read_thing: narrowed reads the project from "idd", which is no argument'
                ' (did you mean "id"?)'
            ),
            'use one of "id"',
        ),
        (
            "{narrowed: {project: [id, idd]}}",
            (
                'overlay.yaml:7: the tool read_thing: narrowed reads the project from "idd", which is no argument'
                ' (did you mean "id"?)'
            ),
            'use one of "id"',
        ),
        (
            "{narrowed: {project: []}}",
            "overlay.yaml:7: narrowed of the tool read_thing is of the wrong type",
            "write `narrowed: {kind: argument}`",
        ),
        (
            "{called: {project: {a: b}}}",
            'overlay.yaml:7: the tool read_thing calls the project otherwise, and is not narrowed by "project"',
            "add project to its `narrowed`, or delete it here",
        ),
        (
            "{narrowed: {project: id}, called: {project: {a: b}}}",
            'overlay.yaml:7: the tool read_thing: called gives the project other words than "id" can have',
            "delete it: any text is accepted",
        ),
        (
            "{called: {project: a}}",
            "overlay.yaml:7: called of the tool read_thing is of the wrong type",
            "write `called: {kind: {own word: the limit's word}}`",
        ),
        (
            "{counted: {backtests_per_day: two}}",
            (
                'overlay.yaml:7: the tool read_thing takes "two" of the count "backtests_per_day", '
                "which is not known"
            ),
            'use one of "backtests_per_day", "live_deployments_per_day" with one of "many", "one"',
        ),
        (
            "{unreached: [brokerage]}",
            'overlay.yaml:7: the tool read_thing is unreached by "brokerage", which no tool can be',
            'use one of "organization", "project"',
        ),
        (
            "{narrowed: {project: id}, unreached: [project]}",
            (
                "overlay.yaml:7: the tool read_thing is narrowed by the project, and said to be unreached by "
                "a limit on it"
            ),
            "delete one of the two",
        ),
        (
            "{unreached: project}",
            "overlay.yaml:7: unreached of the tool read_thing is of the wrong type",
            "write `unreached: [kind]`",
        ),
        (
            "{narrowed: {planet: id}}",
            'overlay.yaml:7: the tool read_thing is narrowed by "planet", which is no kind of limit',
            'use one of "brokerage", "node", "organization", "project"',
        ),
        (
            "{inject: {id: agent}}",
            'overlay.yaml:7: inject of the tool read_thing fills id from "agent", which does not exist',
            'use one of "agent_name"',
        ),
        (
            "{omit: [id]}",
            'overlay.yaml:7: the tool read_thing: "id" is required by the API, and the tool leaves it out',
            "keep it, inject it, or make it optional where the API is described",
        ),
        (
            "{result: /things/result}",
            "overlay.yaml:7: the tool read_thing: its result /things/result is no POST endpoint",
            "name a path of the description",
        ),
    ],
)
def test_an_offer_that_names_what_does_not_exist_is_refused(
    mini: Mini, entry: str, what: str, fix: str
) -> None:
    assert f"{what}\n    fix: {fix}" in mini.offered(entry).refused()


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
