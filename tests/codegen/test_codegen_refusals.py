"""What codegen refuses: each refusal with file, line and the fix, and all problems of one run together."""

# ruff: noqa: E501 - tables of exact texts, a line each

from __future__ import annotations

import pytest
from codegen_inputs import OVERLAY, SCOPES, SPEC, Mini

from codegen import compilation
from codegen.problems import Refused


def _offered(mini: Mini, entry: str) -> Mini:
    mini.overlay = (
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n"
        "- target: $.paths['/things/read'].post\n  update:\n    x-tools:\n" + f"      read_thing: {entry}\n"
    )
    return mini


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


def test_an_argument_that_is_required_and_not_described_is_refused(mini: Mini) -> None:
    mini.body("{type: object, required: [id, key], properties: {id: {type: integer}}}")
    assert mini.refused() == [
        'spec.yaml:9: POST /things/read requires "key", which is not described\n    fix: describe it'
    ]


def test_a_dangling_reference_is_refused(mini: Mini) -> None:
    mini.body("{type: object, properties: {x: {$ref: '#/components/schemas/Gone'}}}")
    assert mini.refused() == [
        (
            "spec.yaml:9: the reference #/components/schemas/Gone leads nowhere\n"
            "    fix: mend its spelling, or describe what it names"
        )
    ]


def test_a_request_that_leads_nowhere_is_one_problem_and_not_one_for_each_argument(mini: Mini) -> None:
    body = SPEC[SPEC.index("              type: object") : SPEC.index("      responses")]
    mini.spec = SPEC.replace(body, "              $ref: '#/components/schemas/Gone'\n")
    told = _offered(mini, "{require: [id], narrowed: {project: id}, branch: id}").refused()
    assert [text.partition("\n")[0] for text in told] == [
        "spec.yaml:14: the reference #/components/schemas/Gone leads nowhere"
    ]


def test_a_dangling_reference_in_a_response_is_refused_too(mini: Mini) -> None:
    mini.spec = SPEC.replace("{description: The thing.}", "{$ref: '#/components/responses/Gone'}")
    assert [text.splitlines()[0] for text in mini.refused()] == [
        "spec.yaml:18: the reference #/components/responses/Gone leads nowhere"
    ]


@pytest.mark.parametrize(
    "schema",
    [
        "{$ref: '#/components/schemas/Gone'}",
        "{type: object, properties: {default: {$ref: '#/components/schemas/Gone'}}}",
    ],
)
def test_security_a_dangling_reference_in_the_tool_layer_does_not_let_anything_through(
    mini: Mini, schema: str
) -> None:
    """Followed to nothing it would be a schema that accepts everything."""
    gone = "the reference #/components/schemas/Gone leads nowhere"
    told = _offered(mini, f"{{abridge: {{id: {schema}}}}}").refused()
    assert [text.splitlines()[0] for text in told] == [f"overlay.yaml:7: {gone}"]
    ping = f"{{title: T, description: D, toolset: server, inputSchema: {{properties: {{a: {schema}}}}}}}"
    mini.overlay = (
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n- target: $\n  update:\n"
        f"    x-local-tools: {{ping: {ping}}}\n"
    )
    mini.scopes = SCOPES.replace("local: {}", "local: {ping: {scope: [], effect: read}}")
    assert [text.splitlines()[0] for text in mini.refused()] == [f"overlay.yaml:6: {gone}"]


def test_a_reference_out_of_the_document_is_refused(mini: Mini) -> None:
    mini.body("{type: object, properties: {x: {$ref: 'other.yaml#/X'}}}")
    assert mini.refused() == [
        (
            "spec.yaml:9: the reference other.yaml#/X leads out of the document\n"
            "    fix: copy what it means into components"
        )
    ]


def test_what_looks_like_a_reference_in_an_example_is_none(mini: Mini) -> None:
    properties = "{$ref: {type: string}, default: {$ref: '#/components/schemas/A'}, x: {type: object, example: {$ref: '#/gone'}}}"
    mini.body(f"{{type: object, properties: {properties}}}", components="{A: {type: integer}}")
    assert set(mini.tools()["read_thing"].wire_schema["properties"]) == {"ref", "default", "x"}


@pytest.mark.parametrize(
    "construct",
    [
        "not: {type: string}",
        "if: {type: string}",
        "patternProperties: {a: {type: string}}",
        "prefixItems: [{type: string}]",
        "dependentRequired: {a: [b]}",
        "unevaluatedProperties: false",
        "contains: {type: string}",
        "propertyNames: {pattern: a}",
    ],
)
def test_an_unsupported_construct_in_a_request_is_refused(mini: Mini, construct: str) -> None:
    mini.body(f"{{type: object, properties: {{x: {{type: object, {construct}}}}}}}")
    word = construct.split(":")[0]
    assert mini.refused() == [
        (
            f'spec.yaml:9: unsupported construct "{word}" in a request schema\n'
            "    fix: describe it with type, properties, items, enum, oneOf or allOf"
        )
    ]


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ("{type: text}", "'text' is no type"),
        ("{type: string, enum: []}", "an enum without values"),
        ("{type: string, enum: [1]}", "the enum value 1 is not of type string"),
        ("{type: array, items: [{type: string}]}", "a schema is no mapping"),
        ("{type: array, items: false}", "a schema is `false`"),
        ("text", "a schema is no mapping"),
        ("{oneOf: []}", "oneOf is no list of schemas"),
        ("{type: integer, minimum: low}", "minimum is 'low', not a number"),
        ("{type: object, properties: [a]}", "properties is no mapping"),
        (
            "{allOf: [{type: string}, {type: integer}]}",
            "unsupported construct: allOf of the types string and integer",
        ),
        (
            "{allOf: [{type: string, pattern: a}, {type: string, pattern: b}]}",
            "unsupported construct: allOf of both 'a' and 'b'",
        ),
        (
            "{allOf: [{type: string, enum: [a]}, {type: string, enum: [b]}]}",
            "unsupported construct: allOf of two enums that share no value",
        ),
    ],
)
def test_a_malformed_request_schema_is_refused(mini: Mini, schema: str, what: str) -> None:
    mini.body(f"{{type: object, properties: {{x: {schema}}}}}")
    assert [text.splitlines()[0] for text in mini.refused()] == [f"spec.yaml:9: {what}"]


def test_an_unsupported_construct_in_a_response_is_none_of_our_business(mini: Mini) -> None:
    mini.spec = SPEC.replace(
        "{description: The thing.}",
        "{description: T, content: {application/json: {schema: {not: {type: string}}}}}",
    )
    assert list(mini.tools()) == ["read_thing"]


@pytest.mark.parametrize(
    ("entry", "what", "fix"),
    [
        (
            "{titel: Read}",
            'overlay.yaml:7: unknown key "titel" in the tool read_thing (did you mean "title"?)',
            (
                'use one of "abridge", "additive", "branch", "called", "counted", "default", "description", "hidden", "idempotent", "inject", "narrowed", '
                '"omit", "only", "require", "result", "title"'
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
                "{hidden: [idd]}",
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
            "delete it: any text is taken",
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
            "{hidden: [id]}",
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
    assert f"{what}\n    fix: {fix}" in _offered(mini, entry).refused()


def test_only_that_names_no_argument_is_refused(mini: Mini) -> None:
    first = _offered(mini, "{only: [idd]}").refused()[0]
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
            '    fix: write "description", "title", "toolset", and inputSchema if it takes arguments'
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
        "    fix: mend its inputSchema"
    )


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


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ("[{name: a, in: cookie, schema: {type: string}}]", "unsupported parameter a in cookie"),
        ("[{name: X-A, in: header, schema: {type: string}}]", "unsupported parameter X-A in header"),
        ("[{name: a, in: query, content: {}}]", "unsupported parameter a in query"),
        (
            "[{name: a, in: query, style: deepObject, schema: {type: string}}]",
            "unsupported style of the parameter a",
        ),
        ("[{name: a, in: query, schema: {type: object}}]", "unsupported object in the parameter a"),
        (
            "[{name: a, in: query, schema: {type: string}}, {name: a, in: query, schema: {type: string}}]",
            '"a" is twice in the query',
        ),
        (
            "[{name: a, in: path, required: true, schema: {type: string}}]",
            '"a" is either in the path /things/read or among its parameters, not in both',
        ),
    ],
)
def test_a_parameter_that_cannot_be_sent_is_refused(mini: Mini, parameters: str, what: str) -> None:
    mini.spec = SPEC.replace("      tags:", f"      parameters: {parameters}\n      tags:")
    assert [text.splitlines()[0].split(": ", 1)[1] for text in mini.refused()] == [what]


def test_a_body_of_another_media_type_is_refused(mini: Mini) -> None:
    mini.spec = SPEC.replace("application/json", "text/csv")
    assert [text.splitlines()[0] for text in mini.refused()] == [
        "spec.yaml:11: POST /things/read takes neither application/json nor multipart/form-data"
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
