"""From operations to tools; and whatever is in the files, codegen compiles it or says what is wrong."""

# ruff: noqa: E501 - schemas, a line each

import json
from typing import Any

import pytest
from codegen_inputs import FILE_OFFERS, FILES, GRANT, SCOPES, Mini
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen.inputs import yaml_document
from codegen.inputs.problems import Problem, Problems, Refused
from codegen.tools import compilation

RESULT = """
openapi: 3.1.0
info: {title: Mini, version: '1'}
paths:
  /auth/start:
    post:
      operationId: start
      tags: [auth]
      description: Sign in.
      x-tools: {authorize: {result: /auth/read}}
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {who: {type: string}}}}}}
  /auth/read:
    post:
      operationId: read
      tags: [auth]
      x-tools: {}
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {who: {type: string}}}}}}
"""
TWO = """
scopes: {a: A., b: B., c: C.}
endpoints:
  /auth/start: {scope: [c, a], effect: EFFECT1}
  /auth/read: {scope: [b, a], effect: EFFECT2}
"""


@pytest.mark.parametrize(
    ("first", "second", "strongest"),
    [
        ("read", "write", "write"),
        ("delete", "write", "delete"),
        ("live", "delete", "live"),
        ("read", "read", "read"),
    ],
)
def test_a_tool_over_two_endpoints_needs_the_scopes_of_both_and_has_the_stronger_effect(
    mini: Mini, first: str, second: str, strongest: str
) -> None:
    mini.spec, mini.scopes = RESULT, TWO.replace("EFFECT1", first).replace("EFFECT2", second)
    tool = mini.tools()["authorize"]
    assert (tool.endpoints, tool.scopes, tool.effect) == (
        ("/auth/start", "/auth/read"),
        ("a", "b", "c"),
        strongest,
    )


def test_a_client_only_operation_is_in_the_client_and_no_tool(mini: Mini) -> None:
    mini.spec = mini.spec + (
        "    get:\n      operationId: read_thing_by_get\n      tags: [things]\n      x-client-only: true\n"
        "      parameters: [{name: id, in: query, schema: {type: integer}}]\n"
    )
    assert list(mini.tools()) == ["read_thing"]


def test_a_withheld_endpoint_has_no_tool_and_its_reason_is_kept(mini: Mini) -> None:
    mini.scopes = SCOPES.replace(f"  /things/read: {GRANT}\n", "").replace("endpoints:", "endpoints: {}")
    mini.scopes = mini.scopes.replace("withheld: {}", "withheld:\n  /things/read: Of no use\n    to a model.")
    catalogue = mini.compile().catalogue
    assert catalogue.tools == ()
    assert [(w.endpoint, w.reason) for w in catalogue.withheld] == [("/things/read", "Of no use to a model.")]


def test_headers_that_openapi_ignores_are_no_arguments(mini: Mini) -> None:
    parameters = "[{name: Authorization, in: header, schema: {type: string}}]"
    mini.spec = mini.spec.replace("      tags:", f"      parameters: {parameters}\n      tags:")
    assert list(mini.tools()["read_thing"].wire_schema["properties"]) == ["id"]


def test_a_parameter_of_the_path_is_shared_and_an_operation_may_replace_it(mini: Mini) -> None:
    shared = "[{name: a, in: query, schema: {type: string}}, {$ref: '#/components/parameters/B'}]"
    mini.spec = mini.spec.replace("    post:", f"    parameters: {shared}\n    post:").replace(
        "      tags:",
        "      parameters: [{name: a, in: query, required: true, schema: {type: integer}}]\n      tags:",
    )
    mini.spec += (
        "components: {parameters: {B: {name: b, in: query, description: B., schema: {type: boolean}}}}\n"
    )
    wire = mini.tools()["read_thing"].wire_schema
    assert wire["properties"]["a"] == {"type": "integer"}
    assert wire["properties"]["b"] == {"type": "boolean", "description": "B."}
    assert wire["required"] == ["a", "id"]


def test_a_tool_without_any_text_says_what_it_calls(mini: Mini) -> None:
    mini.spec = mini.spec.replace("      description: Read a thing.\n", "")
    assert mini.tools()["read_thing"].description == "Calls POST /things/read."


def test_the_document_for_the_client_is_plain_and_has_the_overlay_in_it(mini: Mini) -> None:
    compiled = mini.compile()
    assert compiled.document["info"]["title"] == "Mini API"
    assert type(compiled.document["paths"]["/things/read"]["post"]) is dict
    assert compiled.catalogue.api_version == "1.2.3"


def test_a_local_tool_may_take_arguments(mini: Mini) -> None:
    mini.overlay = (
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n- target: $\n  update:\n    x-local-tools:\n"
        "      ping: {title: Ping, description: 'Is  there?', toolset: server, inputSchema: "
        "{type: object, properties: {b: {type: string}, a: {type: array}}, required: [a]}}\n"
    )
    mini.scopes = SCOPES.replace("local: {}", "local: {ping: {scope: things:read, effect: write}}")
    tool = mini.tools()["ping"]
    assert [argument.name for argument in tool.arguments] == ["a", "b"]
    assert (tool.description, tool.effect, tool.wire_schema["additionalProperties"]) == (
        "Is there?",
        "write",
        False,
    )


# Whatever is in the files, codegen compiles it or says what is wrong; it never fails by an exception of another kind.

junk = st.sampled_from(
    [None, True, 0, 1.5, "", "text", [], [1], [[]], {}, {"a": 1}, {"$ref": "#/paths"}, {"$ref": 3}]
)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [spot for key, item in value.items() for spot in _spots(item, (*path, key))]
    if isinstance(value, list):
        return found + [spot for index, item in enumerate(value) for spot in _spots(item, (*path, index))]
    return found


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_is_compiled_or_refused_in_words(mini: Mini, data: st.DataObject) -> None:
    mini.spec, mini.overlay = (
        FILES,
        FILE_OFFERS + "        rename_file: {branch: newName, narrowed: {project: folderId}}\n",
    )
    mini.overlay += (
        "        rewrite_file: {branch: content, inject: {codeSourceId: agent_name}, only: [folderId, name, content]}\n"
        "  - target: $\n    update:\n      x-local-tools: {ping: {title: P, description: D, toolset: server}}\n"
    )
    mini.repairs = (
        "overlay: 1.0.0\ninfo: {title: R, version: '1'}\nactions:\n"
        "- {target: $.info, x-defect: D, x-reason: why, x-was: {title: Mini}, update: {title: New}}\n"
    )
    mini.scopes = SCOPES.replace("/things/read", "/files/update").replace(
        "local: {}", "local: {ping: {scope: [], effect: read}}"
    )
    inputs = mini.inputs()
    which = data.draw(st.sampled_from(["spec", "overlay", "scopes", "repairs"]))
    path = mini.folder / f"{which}.yaml"
    root = yaml_document.plain(yaml_document.parse(path.read_text(), "f", Problems()))
    spot = data.draw(st.sampled_from(_spots(root)))
    holder = root
    for part in spot[:-1]:
        holder = holder[part]
    holder[spot[-1]] = data.draw(junk)
    path.write_text(json.dumps(root))
    said: tuple[Problem, ...] = ()
    try:
        compilation.compile(inputs)
    except Refused as refused:
        said = refused.problems
    assert all(problem.file and problem.what and problem.fix for problem in said)
