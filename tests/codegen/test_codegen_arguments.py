"""Arguments: names that every provider takes, places kept apart, bodies and files (C16, C17, C25)."""

# ruff: noqa: E501 - schemas, a line each

import re
from typing import Any

import pytest
from codegen_inputs import SPEC, Mini

from codegen.schemas import gate
from codegen.tools.naming import published

LONG = "a" * 70
JAPANESE = "名前"


def test_argument_names_are_made_acceptable_and_distinct_and_the_original_is_kept(mini: Mini) -> None:
    """C16."""
    mini.spec = (
        SPEC.replace(
            "      tags:",
            "      parameters:\n"
            "        - {name: 'filter[id]', in: query, required: true, schema: {type: string}}\n"
            "        - {name: filter_id, in: query, schema: {type: string}}\n"
            "        - {name: Start<, in: query, schema: {type: string}}\n"
            "      tags:",
        )
        .replace("required: [id]", f"required: [{LONG}, {JAPANESE}]")
        .replace(
            "id: {type: integer, description: Which one.}",
            f"{LONG}: {{type: string}}\n                {JAPANESE}: {{type: object, properties: {{$type: {{type: string}}}}}}",
        )
    )
    tool = mini.tools()["read_thing"]
    names = {(argument.place, argument.api_name): argument.name for argument in tool.arguments}
    assert names == {
        ("query", "filter[id]"): "filter_id_2",
        ("query", "filter_id"): "filter_id",
        ("query", "Start<"): "Start",
        ("body", LONG): "a" * 55 + "_" + names["body", LONG][-8:],
        ("body", JAPANESE): "arg_" + names["body", JAPANESE][-8:],
    }
    published_names = list(tool.wire_schema["properties"])
    assert len(set(published_names)) == 5
    assert all(re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name) for name in published_names)
    assert tool.wire_schema["required"] == ["filter_id_2", names["body", LONG], names["body", JAPANESE]]
    # Only arguments are renamed: inside a value the API's spelling is the only one.
    assert list(tool.wire_schema["properties"][names["body", JAPANESE]]["properties"]) == ["$type"]


def test_names_are_distinct_fit_and_do_not_depend_on_the_order_of_arguments() -> None:
    """C16, C30."""
    keys: list[Any] = [
        ("query", "a[b]"),
        ("query", "a(b)"),
        ("body", "a_b"),
        ("path", "id"),
        ("body", "id"),
        *((place, name) for place in ("query", "body") for name in ("é", "x" * 64)),
    ]
    assert published(keys) == published(reversed(keys))
    assert len(set(published(keys).values())) == len(keys)
    assert all(gate.ARGUMENT_NAME.fullmatch(name) for name in published(keys).values())


@pytest.mark.parametrize("length", [64, 65, 66, 73, 74, 500])
def test_a_long_name_fits_and_two_with_one_beginning_differ(length: int) -> None:
    """C16."""
    keys: list[Any] = [("query", "x" * (length - 1) + end) for end in "ab"]
    names = published(keys).values()
    assert len(set(names)) == 2
    assert {len(name) for name in names} == {64}


def test_the_same_name_in_two_places_is_two_arguments(mini: Mini) -> None:
    """C17: and names that a runtime might use itself stay what they are."""
    mini.spec = """
openapi: 3.1.0
info: {title: Mini, version: '1'}
paths:
  /things/{id}:
    put:
      operationId: put_thing
      tags: [things]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties: {id: {type: string}, context: {type: string}, self: {type: string}, class: {type: string}, body: {type: string}, client: {type: string}}
"""
    mini.scopes = mini.scopes.replace("/things/read", "/things/{id}")
    tool = mini.tools()["put_thing"]
    assert tool.method == "PUT"
    assert [(argument.name, argument.place, argument.api_name) for argument in tool.arguments] == [
        ("id", "path", "id"),
        ("body_id", "body", "id"),
        ("context", "body", "context"),
        ("self", "body", "self"),
        ("class", "body", "class"),
        ("body", "body", "body"),
        ("client", "body", "client"),
    ]
    assert tool.wire_schema["properties"]["id"] == {"type": "integer"}
    assert tool.wire_schema["properties"]["body_id"] == {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            "{type: array, items: {type: number}}",
            {"type": "array", "items": {"type": "number"}, "maxItems": 1000},
        ),
        ("{type: string}", {"type": "string"}),
        (
            "{type: object, additionalProperties: {type: string}}",
            {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}},
        ),
        (
            "{oneOf: [{type: object, properties: {a: {type: string}}}, {type: array, items: {type: string}}]}",
            None,
        ),
    ],
)
def test_a_body_that_is_no_object_is_one_argument(mini: Mini, schema: str, expected: Any) -> None:
    """C17."""
    mini.body(schema)
    mini.spec = mini.spec.replace(
        "      tags:",
        "      parameters: [{name: body, in: query, schema: {type: string}}, {name: values, in: query, schema: {type: string}}]\n      tags:",
    )
    tool = mini.tools()["read_thing"]
    assert [(argument.name, argument.place, argument.api_name) for argument in tool.arguments] == [
        ("body_body", "whole_body", "body"),
        ("body", "query", "body"),
        ("values", "query", "values"),
    ]
    assert tool.wire_schema["required"] == ["body_body"]
    if expected is not None:
        assert tool.wire_schema["properties"]["body_body"] == expected


@pytest.mark.parametrize(
    "form",
    [
        "{type: string, format: binary}",
        "{type: string, contentMediaType: application/octet-stream}",
        "{contentMediaType: image/png}",
    ],
)
def test_bytes_of_a_multipart_request_are_base64_text(mini: Mini, form: str) -> None:
    """C25: never a path, never bytes that were taken for text."""
    schema = f"{{type: object, required: [key, data], properties: {{key: {{type: string}}, data: {form}}}}}"
    mini.body("", content=f"multipart/form-data: {{schema: {schema}}}")
    tool = mini.tools()["read_thing"]
    assert tool.wire_schema["properties"]["data"] == {"type": "string", "contentEncoding": "base64"}
    assert [(argument.name, argument.place) for argument in tool.arguments] == [
        ("key", "body"),
        ("data", "file"),
    ]
