"""What codegen refuses: each refusal with file, line and the fix, and all problems of one run together."""

# ruff: noqa: E501 - tables of exact texts, a line each

from __future__ import annotations

import pytest
from codegen_inputs import OVERLAY, SCOPES, SPEC, Mini

from codegen.inputs.problems import Refused
from codegen.tools import compilation


def test_all_problems_of_one_run_are_told_together(mini: Mini) -> None:
    mini.spec = SPEC.replace("      operationId: read_thing\n", "").replace("integer", "int")
    mini.overlay = OVERLAY.replace("$.info", "$.nothing")
    mini.scopes = SCOPES.replace("effect: read", "effect: reed") + "more: {}\n"
    files = [text.split(":")[0] for text in mini.refused()]
    assert files == ["overlay.yaml", "scopes.yaml", "scopes.yaml", "spec.yaml", "spec.yaml"], mini.refused()


def test_a_missing_operation_id_is_refused(mini: Mini) -> None:
    """C21: a name is given, never derived."""
    mini.spec = SPEC.replace("      operationId: read_thing\n", "")
    assert mini.refused() == [
        (
            "spec.yaml:5: POST /things/read has no operationId\n"
            "    fix: in overlay.yaml: `target: $.paths['/things/read'].post`, `update:` `operationId: verb_noun`"
        )
    ]


@pytest.mark.parametrize(
    ("tags", "what", "line"),
    [
        ("", "POST /things/read is in no toolset", 5),
        ("      tags: []\n", "POST /things/read is in no toolset", 7),
        ("      tags: [a, b]\n", "POST /things/read has 2 tags, and a toolset is one text", 7),
        (
            "      tags: [Big-Things]\n",
            'the toolset "Big-Things" of POST /things/read cannot name a module',
            7,
        ),
    ],
)
def test_an_operation_is_in_exactly_one_toolset(mini: Mini, tags: str, what: str, line: int) -> None:
    mini.spec = SPEC.replace("      tags: [things]\n", tags)
    assert [text.splitlines()[0] for text in mini.refused()] == [f"spec.yaml:{line}: {what}"]


def test_two_operations_of_one_id_are_refused(mini: Mini) -> None:
    mini.spec = SPEC + "    put: {operationId: read_thing, tags: [things], x-client-only: true}\n"
    assert mini.refused() == [
        (
            "spec.yaml:19: PUT /things/read has the operationId of POST /things/read, read_thing\n"
            "    fix: give each operation a name of its own"
        )
    ]


def test_two_tools_of_one_name_are_refused(mini: Mini) -> None:
    mini.spec = SPEC + (
        "    put:\n      operationId: write_thing\n      tags: [things]\n"
        "      x-tools:\n        read_thing: {title: Again}\n"
    )
    assert mini.refused() == [
        (
            "spec.yaml:23: two tools are called read_thing; the other is in spec.yaml, line 5\n"
            "    fix: rename one of them"
        )
    ]


def test_a_local_tool_with_the_name_of_another_is_refused(mini: Mini) -> None:
    mini.overlay = (
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n- target: $\n  update:\n"
        "    x-local-tools: {read_thing: {title: T, description: D, toolset: server}}\n"
    )
    mini.scopes = SCOPES.replace("local: {}", "local: {read_thing: {scope: [], effect: read}}")
    assert mini.refused() == [
        (
            "scopes.yaml:5: two tools are called read_thing: a local one, and one that calls an endpoint\n"
            "    fix: rename one of them"
        )
    ]


@pytest.mark.parametrize("name", ["readThing", "read-thing", "a" * 49, "läsen"])
def test_a_bad_tool_name_is_refused(mini: Mini, name: str) -> None:
    mini.spec = SPEC.replace("operationId: read_thing", f"operationId: {name}")
    assert mini.refused()[0].splitlines()[0] in {
        f'spec.yaml:5: "{name}" of POST /things/read is no tool name',
        "scopes.yaml:4: no tool calls /things/read",
    }
    assert any("is no tool name\n    fix: use lower case letters, digits" in text for text in mini.refused())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (SCOPES, "not an OpenAPI 3.0 or 3.1 document"),
        ("openapi: 3.1.0\ninfo: {title: T, version: '1'}\n", "the description has no paths"),
        ("openapi: 3.1.0\npaths: {}\n", "the description has no paths"),
    ],
)
def test_a_file_that_is_no_description_is_named_and_not_everything_that_misses_it(
    mini: Mini, text: str, what: str
) -> None:
    mini.spec = text
    assert any(what in problem for problem in mini.refused())
    assert all(problem.startswith("spec.yaml:") for problem in mini.refused())


@pytest.mark.parametrize("version", ["2.0", "3.2.0", "4.0.0"])
def test_another_version_of_openapi_is_refused(mini: Mini, version: str) -> None:
    mini.spec = SPEC.replace("openapi: 3.1.0", f"openapi: {version}")
    assert mini.refused() == [
        "spec.yaml:1: not an OpenAPI 3.0 or 3.1 document\n    fix: write `openapi: 3.1.0`"
    ]


def test_a_missing_input_is_refused_with_its_name(mini: Mini) -> None:
    inputs = mini.inputs()
    (mini.folder / "scopes.yaml").unlink()
    with pytest.raises(Refused) as caught:
        compilation.compile(inputs)
    assert [(problem.line, problem.what) for problem in caught.value.problems] == [
        (0, "cannot be read: No such file or directory")
    ]
    assert caught.value.problems[0].file == str(inputs.scopes)
