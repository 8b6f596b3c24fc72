"""From operations and offers to tools."""

# ruff: noqa: E501 - schemas, a line each

from __future__ import annotations

import json
from typing import Any

import pytest
from codegen_inputs import SCOPES, Mini
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from codegen import compilation, document
from codegen.problems import Problem, Problems, Refused

SPEC = """
openapi: 3.1.0
info: {title: Mini, version: '1'}
paths:
  /files/update:
    post:
      operationId: update_file
      tags: [files]
      summary: Update a file.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              oneOf:
                - {$ref: '#/components/schemas/Rename'}
                - {$ref: '#/components/schemas/Rewrite'}
      responses: {'200': {description: ok}}
components:
  schemas:
    Rename:
      type: object
      required: [projectId, name, newName]
      properties:
        projectId: {type: integer}
        name: {type: string, description: File.}
        newName: {type: string}
        codeSourceId: {type: string}
    Rewrite:
      type: object
      required: [projectId, name, content]
      properties:
        codeSourceId: {type: string}
        projectId: {type: integer}
        name: {type: string, description: File.}
        content: {type: string}
"""
OVERLAY = """
overlay: 1.0.0
info: {title: T, version: '1'}
actions:
  - target: $.paths['/files/update'].post
    update:
      x-tools:
"""


def _tools(mini: Mini, offers: str, spec: str = SPEC) -> dict[str, Any]:
    mini.spec = spec
    mini.overlay = OVERLAY + "".join(f"        {line}\n" for line in offers.strip().splitlines())
    mini.scopes = SCOPES.replace("/things/read", "/files/update").replace("effect: read", "effect: write")
    return mini.tools()


def test_two_tools_share_an_endpoint_each_with_its_branch(mini: Mini) -> None:
    tools = _tools(
        mini,
        """
rename_file: {branch: newName, inject: {codeSourceId: agent_name}, description: Rename it.}
rewrite_file: {branch: content, title: Write it anew, idempotent: true}
""",
    )
    rename, rewrite = tools["rename_file"], tools["rewrite_file"]
    assert rename.wire_schema == {
        "type": "object",
        "properties": {
            "projectId": {"type": "integer"},
            "name": {"type": "string", "description": "File."},
            "newName": {"type": "string"},
        },
        "required": ["projectId", "name", "newName"],
        "additionalProperties": False,
    }
    assert (rename.title, rename.description, rename.idempotent) == ("Rename file", "Rename it.", False)
    assert (rewrite.title, rewrite.description, rewrite.idempotent) == (
        "Write it anew",
        "Update a file.",
        True,
    )
    assert list(rewrite.wire_schema["properties"]) == ["projectId", "name", "content", "codeSourceId"]
    assert (rename.endpoints, rename.method, rename.toolset) == (("/files/update",), "POST", "files")


def test_an_injected_argument_is_sent_and_not_shown(mini: Mini) -> None:
    tool = _tools(mini, "rename_file: {branch: newName, inject: {codeSourceId: agent_name}}")["rename_file"]
    assert [argument.name for argument in tool.arguments] == ["projectId", "name", "newName", "codeSourceId"]
    assert "codeSourceId" not in tool.full_schema["properties"]
    assert tool.injected == {"codeSourceId": "agent_name"}


def test_a_hidden_argument_is_neither_sent_nor_shown(mini: Mini) -> None:
    tool = _tools(mini, "rename_file: {branch: newName, hidden: [codeSourceId]}")["rename_file"]
    assert [argument.name for argument in tool.arguments] == ["projectId", "name", "newName"]


def test_a_defaulted_argument_is_optional_in_both_schemas(mini: Mini) -> None:
    tool = _tools(mini, "rename_file: {branch: newName, default: {name: organization_id}}")["rename_file"]
    assert tool.wire_schema["required"] == tool.full_schema["required"] == ["projectId", "newName"]
    assert tool.defaulted == {"name": "organization_id"}


def test_arguments_are_kept_dropped_and_required_as_offered(mini: Mini) -> None:
    spec = SPEC.replace("required: [projectId, name, newName]", "required: [newName]")
    tools = _tools(
        mini,
        """
one: {branch: newName, only: [newName, projectId], require: [projectId]}
two: {branch: newName, omit: [projectId, name]}
""",
        spec,
    )
    assert (list(tools["one"].wire_schema["properties"]), tools["one"].wire_schema["required"]) == (
        ["projectId", "newName"],
        ["projectId", "newName"],
    )
    assert list(tools["two"].wire_schema["properties"]) == ["newName", "codeSourceId"]


def test_without_a_branch_the_wire_is_flat_and_the_alternatives_are_enforced(mini: Mini) -> None:
    """C12: no combinator at the root; a call with the required keys of neither is refused by the full schema."""
    tool = _tools(mini, "update_file: {title: Update}")["update_file"]
    assert "anyOf" not in tool.wire_schema
    assert list(tool.wire_schema["properties"]) == ["projectId", "name", "newName", "codeSourceId", "content"]
    assert tool.wire_schema["required"] == ["projectId", "name"]
    full = Draft202012Validator(dict(tool.full_schema))
    assert full.is_valid({"projectId": 1, "name": "a", "newName": "b"})
    assert full.is_valid({"projectId": 1, "name": "a", "content": ""})
    assert not full.is_valid({"projectId": 1, "name": "a"})
    assert not full.is_valid({"projectId": 1, "name": "a", "newName": "b", "content": ""})


def test_an_abridged_argument_is_short_on_the_wire_and_whole_in_the_check(mini: Mini) -> None:
    spec = SPEC.replace("newName: {type: string}", "newName: {type: string, enum: [a, b], description: To.}")
    offer = "rename_file: {branch: newName, abridge: {newName: {type: string}}}"
    tool = _tools(mini, offer, spec)["rename_file"]
    assert tool.wire_schema["properties"]["newName"] == {"type": "string", "description": "To."}
    assert tool.full_schema["properties"]["newName"]["enum"] == ["a", "b"]


def test_a_limit_may_descend_into_an_argument(mini: Mini) -> None:
    spec = SPEC.replace(
        "newName: {type: string}",
        "newName: {oneOf: [{type: object, properties: {id: {type: string}}}, {$ref: '#/components/schemas/Rewrite'}]}",
    )
    tool = _tools(mini, "rename_file: {branch: newName, narrowed: {brokerage: newName.id}}", spec)[
        "rename_file"
    ]
    assert tool.narrowed == {"brokerage": ("newName.id",)}
    with pytest.raises(Refused, match=r'narrowed reads the brokerage from "newName\.idd"'):
        _tools(mini, "rename_file: {branch: newName, narrowed: {brokerage: newName.idd}}", spec)


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
    assert mini.compile().catalogue.operations == ("read", "start")


def test_a_result_that_takes_other_arguments_is_refused(mini: Mini) -> None:
    spec = RESULT.rsplit("who", 1)
    mini.spec, mini.scopes = "whom".join(spec), TWO.replace("EFFECT1", "read").replace("EFFECT2", "read")
    assert mini.refused() == [
        (
            "spec.yaml:9: the tool authorize: POST /auth/start and its result POST /auth/read take different arguments\n"
            "    fix: offer them as two tools"
        )
    ]


def test_a_client_only_operation_is_in_the_client_and_no_tool(mini: Mini) -> None:
    mini.spec = mini.spec + (
        "    get:\n      operationId: read_thing_by_get\n      tags: [things]\n      x-client-only: true\n"
        "      parameters: [{name: id, in: query, schema: {type: integer}}]\n"
    )
    catalogue = mini.compile().catalogue
    assert [tool.name for tool in catalogue.tools] == ["read_thing"]
    assert catalogue.operations == ("read_thing", "read_thing_by_get")


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
    assert (compiled.catalogue.api_version, compiled.catalogue.schemas) == ("1.2.3", ())


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


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_is_compiled_or_refused_in_words(mini: Mini, data: st.DataObject) -> None:
    mini.spec, mini.overlay = (
        SPEC,
        OVERLAY + "        rename_file: {branch: newName, narrowed: {project: projectId}}\n",
    )
    mini.overlay += (
        "        rewrite_file: {branch: content, inject: {codeSourceId: agent_name}, only: [projectId, name, content]}\n"
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
    root = document.plain(document.parse(path.read_text(), "f", Problems()))
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
