"""Requests that are refused: references that lead nowhere, constructs and parameters that cannot be sent."""

# ruff: noqa: E501 - tables of exact texts, a line each

from __future__ import annotations

import pytest
from codegen_inputs import SCOPES, SPEC, Mini


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
            "    fix: correct the spelling, or describe what it names"
        )
    ]


def test_a_request_that_leads_nowhere_is_one_problem_and_not_one_for_each_argument(mini: Mini) -> None:
    body = SPEC[SPEC.index("              type: object") : SPEC.index("      responses")]
    mini.spec = SPEC.replace(body, "              $ref: '#/components/schemas/Gone'\n")
    told = mini.offered("{require: [id], narrowed: {project: id}, branch: id}").refused()
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
    told = mini.offered(f"{{abridge: {{id: {schema}}}}}").refused()
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
