"""Faults that real users of such generators met, as inputs: the case ids are those of the project's list."""

# ruff: noqa: E501 - schemas, a line each

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from codegen_inputs import SPEC, Mini
from jsonschema import Draft202012Validator

from codegen import compilation, document, gate
from codegen.compilation import Inputs
from codegen.naming import published
from codegen.problems import Problems

ROOT = Path(__file__).resolve().parents[2]
OURS = Inputs(
    spec=ROOT / "spec" / "quantconnect.yaml",
    overlay=ROOT / "spec" / "overlay.yaml",
    scopes=ROOT / "scopes.yaml",
    repairs=ROOT / "spec" / "repairs.yaml",
)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _resolved(schema: Any) -> bool:
    return all(reference.removeprefix("#/$defs/") in schema["$defs"] for reference in _references(schema))


NODE = (
    "Node: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Node'}}}}"
)
PAIR = (
    "A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}}}, "
    "B: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}"
)
CHAIN = ", ".join(
    f"{one}: {{type: object, required: [next], properties: {{next: {{$ref: '#/components/schemas/{two}'}}}}}}"
    for one, two in ("AB", "BC", "CD")
)


@pytest.mark.parametrize(
    ("components", "used", "kept"),
    [
        (NODE, "Node", {"Node"}),
        (PAIR, "A", {"A", "B"}),
        (f"{CHAIN}, D: {{type: string, minLength: 1}}, Unused: {{type: string}}", "A", set()),
        (NODE.replace("items: {$ref", "items: {nullable: true, $ref"), "Node", {"Node"}),
    ],
)
def test_cycles_end_and_every_reference_resolves_inside_its_tool(
    mini: Mini, components: str, used: str, kept: set[str]
) -> None:
    """C11: self-reference, mutual reference, a chain of which only the first is used directly."""
    mini.body(
        f"{{type: object, properties: {{x: {{$ref: '#/components/schemas/{used}'}}}}}}",
        components=f"{{{components}}}",
    )
    wire = mini.tools()["read_thing"].wire_schema
    assert set(wire.get("$defs", {})) == kept
    assert _resolved(wire)


def test_a_chain_keeps_its_last_link(mini: Mini) -> None:
    """C11: the definitions below the first level are not lost."""
    mini.body(
        "{type: object, properties: {x: {$ref: '#/components/schemas/A'}}}",
        components=f"{{{CHAIN}, D: {{type: string, minLength: 1}}}}",
    )
    full = Draft202012Validator(dict(mini.tools()["read_thing"].full_schema))
    assert full.is_valid({"x": {"next": {"next": {"next": "d"}}}})
    assert not full.is_valid({"x": {"next": {"next": {"next": ""}}}})


def test_a_body_that_refers_to_itself_still_has_a_flat_root(mini: Mini) -> None:
    """C11, C12."""
    mini.body("{$ref: '#/components/schemas/Node'}", components=f"{{{NODE}}}")
    wire = mini.tools()["read_thing"].wire_schema
    assert (wire["type"], list(wire["properties"]), list(wire["$defs"])) == ("object", ["children"], ["Node"])


@pytest.mark.parametrize(
    ("components", "what"),
    [
        ("{L: {allOf: [{$ref: '#/components/schemas/L'}]}}", "refers to itself without anything"),
        (
            "{L: {allOf: [{$ref: '#/components/schemas/L'}, {type: object, properties: {a: {type: string}}}]}}",
            "which includes itself",
        ),
        (
            "{L: {anyOf: [{$ref: '#/components/schemas/L'}, {type: string}]}}",
            "refers to itself without anything",
        ),
        (
            (
                "{L: {type: array, items: {$ref: '#/components/schemas/L'}}, M: {allOf: [{$ref: '#/components/schemas/L'}, "
                "{$ref: '#/components/schemas/N'}]}, N: {type: array, items: {$ref: '#/components/schemas/N'}}}"
            ),
            "contain themselves",
        ),
    ],
)
def test_a_schema_that_never_ends_is_refused_and_the_run_ends(mini: Mini, components: str, what: str) -> None:
    """C11."""
    used = "M" if "M:" in components else "L"
    mini.body(
        f"{{type: object, properties: {{x: {{$ref: '#/components/schemas/{used}'}}}}}}", components=components
    )
    assert any(what in text for text in mini.refused())


def test_other_tools_do_not_notice_a_cycle(mini: Mini) -> None:
    """C11."""
    mini.spec = SPEC + f"components: {{schemas: {{{NODE}}}}}\n"
    assert "$defs" not in mini.tools()["read_thing"].wire_schema


def test_a_root_of_alternatives_is_flat_on_the_wire(mini: Mini) -> None:
    """C12: `/object/get` as the API describes it."""
    jobs = "{type: object, required: [organizationId, keys], properties: {organizationId: {type: string}, keys: {type: array, items: {type: string}}}}"
    urls = "{type: object, required: [organizationId, jobId], properties: {organizationId: {type: string}, jobId: {type: string}}}"
    mini.body(f"{{oneOf: [{jobs}, {urls}]}}")
    tool = mini.tools()["read_thing"]
    assert tool.wire_schema == {
        "type": "object",
        "properties": {
            "organizationId": {"type": "string"},
            "keys": {"type": "array", "items": {"type": "string"}},
            "jobId": {"type": "string"},
        },
        "required": ["organizationId"],
        "additionalProperties": False,
    }
    full = Draft202012Validator(dict(tool.full_schema))
    assert not full.is_valid({"organizationId": "o"})
    assert full.is_valid({"organizationId": "o", "jobId": "j"})


@pytest.mark.parametrize("combinator", ["allOf", "anyOf", "oneOf"])
def test_a_root_with_one_member_is_that_member(mini: Mini, combinator: str) -> None:
    """C12."""
    mini.body(f"{{{combinator}: [{{type: object, properties: {{a: {{type: string}}}}}}]}}")
    tool = mini.tools()["read_thing"]
    assert tool.wire_schema == tool.full_schema
    assert list(tool.wire_schema) == ["type", "properties", "additionalProperties"]


@pytest.mark.parametrize("version", ["3.0.0", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "check"),
    [
        (
            "{type: array}",
            lambda x: x["items"]["type"] == ["string", "number", "boolean", "object", "array", "null"],
        ),
        ("{type: object}", lambda x: x == {"type": "object", "properties": {}, "additionalProperties": True}),
        (
            "{type: integer, minimum: 0, exclusiveMinimum: true}",
            lambda x: x == {"type": "integer", "exclusiveMinimum": 0},
        ),
        (
            "{type: integer, maximum: 9, exclusiveMaximum: true}",
            lambda x: x == {"type": "integer", "exclusiveMaximum": 9},
        ),
        (
            "{type: integer, minimum: 0, exclusiveMinimum: false}",
            lambda x: x == {"type": "integer", "minimum": 0},
        ),
        ("{type: string, example: a, readOnly: true, xml: {}}", lambda x: x == {"type": "string"}),
        ("{type: string, required: true}", lambda x: x == {"type": "string"}),
    ],
)
def test_what_strict_providers_refuse_is_mended(mini: Mini, version: str, schema: str, check: Any) -> None:
    """C13."""
    got = mini.schema(schema, version=version)
    assert check(got), got


def test_a_tool_without_arguments_is_a_closed_object(mini: Mini) -> None:
    """C13."""
    mini.spec = re.sub(r"      requestBody:.*?      responses", "      responses", SPEC, flags=re.DOTALL)
    tool = mini.tools()["read_thing"]
    assert tool.wire_schema == {"type": "object", "properties": {}, "additionalProperties": False}
    assert tool.arguments == ()


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "value", "null"),
    [
        ("{type: number, nullable: true}", 1.5, True),
        ("{type: string, enum: [A, B], nullable: true}", "A", True),
        ("{type: string, enum: [A, B, null], nullable: true}", "A", True),
        ("{allOf: [{$ref: '#/components/schemas/X'}], nullable: true}", {"a": "b"}, True),
        ("{$ref: '#/components/schemas/X', nullable: true}", {"a": "b"}, True),
        ("{oneOf: [{$ref: '#/components/schemas/X'}, {type: integer}], nullable: true}", 1, True),
        ("{type: array, items: {type: string}, nullable: true}", ["a"], True),
        ("{type: string, nullable: false}", "a", False),
        ("{type: string, enum: [A, null], nullable: false}", "A", False),
        ("{$ref: '#/components/schemas/X'}", {"a": "b"}, False),
    ],
)
def test_null_is_accepted_where_the_source_says_nullable(
    mini: Mini, version: str, schema: str, value: Any, null: bool
) -> None:
    """C14: scalar, enum, reference, allOf and oneOf; the type keyword stays, `nullable` goes."""
    components = "{X: {type: object, properties: {a: {type: string}}}}"
    got = mini.schema(schema, version=version, components=components)
    validator = Draft202012Validator(
        {**got, "$defs": mini.tools()["read_thing"].wire_schema.get("$defs", {})}
    )
    assert validator.is_valid(value)
    assert validator.is_valid(None) is null
    assert "nullable" not in json.dumps(got)
    assert "type" in got or "anyOf" in got


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


def test_names_do_not_depend_on_the_order_of_arguments() -> None:
    """C16, C30."""
    keys: list[Any] = [
        ("query", "a[b]"),
        ("query", "a(b)"),
        ("body", "a_b"),
        ("path", "id"),
        ("body", "id"),
        ("body", "é"),
    ]
    assert published(keys) == published(reversed(keys))
    assert len(set(published(keys).values())) == len(keys)


@pytest.mark.parametrize("length", [64, 65, 66, 73, 74, 500])
def test_a_long_name_fits_and_two_with_one_beginning_differ(length: int) -> None:
    """C16."""
    keys: list[Any] = [("query", "x" * (length - 1) + end) for end in "ab"]
    names = published(keys).values()
    assert len(set(names)) == 2
    assert {len(name) for name in names} == {64}


def test_a_name_that_is_taken_gets_a_number_and_still_fits() -> None:
    """C16."""
    names = published([("query", "x" * 64), ("body", "x" * 64), ("query", "é"), ("body", "é")])
    assert len(set(names.values())) == 4
    assert all(re.fullmatch(gate.ARGUMENT_NAME.pattern, name) for name in names.values())


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
        ("{type: array, items: {type: number}}", {"type": "array", "items": {"type": "number"}}),
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


def test_bytes_outside_of_a_multipart_request_are_refused(mini: Mini) -> None:
    """C25."""
    mini.body("{type: object, properties: {data: {type: string, format: binary}}}")
    assert any("bytes outside of a multipart request" in text for text in mini.refused())
    mini.body(
        "",
        content="multipart/form-data: {schema: {type: object, properties: {data: {type: array, items: {type: string, format: binary}}}}}",
    )
    assert any("bytes outside of a multipart request" in text for text in mini.refused())


def test_the_servers_of_a_document_reach_nothing(mini: Mini) -> None:
    """C22: no tool knows a host."""
    mini.spec = "servers: [{url: 'https://mock.test/x'}]\n" + SPEC.lstrip().replace(
        "      tags:", "      servers: [{url: 'https://other.test'}]\n      tags:"
    )
    assert "test/x" not in repr(mini.compile().catalogue)
    assert "other.test" not in repr(mini.compile().catalogue)


@pytest.mark.parametrize("name", ["Request", "File", "Error", "Card", "Order", "Response", "Client", "Unset"])
def test_a_bare_schema_name_is_kept_for_the_client_to_check(mini: Mini, name: str) -> None:
    """C26: the catalogue lists every schema, so that a lost one is noticed."""
    mini.spec = (
        SPEC + f"components: {{schemas: {{{name}: {{type: object}}, {name}Schema: {{type: object}}}}}}\n"
    )
    assert mini.compile().catalogue.schemas == (name, f"{name}Schema")


@pytest.fixture(scope="module")
def ours() -> compilation.Compiled:
    return compilation.compile(OURS)


def test_every_tool_of_ours_passes_the_gate(ours: compilation.Compiled) -> None:
    """C11, C12, C13, C14, C16, over the whole product."""
    assert len(ours.catalogue.tools) == 71
    for tool in ours.catalogue.tools:
        assert list(gate.faults(dict(tool.wire_schema), on_the_wire=True)) == [], tool.name
        assert list(gate.faults(dict(tool.full_schema), on_the_wire=False)) == [], tool.name
        assert gate.TOOL_NAME.match(tool.name)
        assert _resolved({"$defs": {}, **tool.wire_schema})
        assert tool.description
        assert tool.title


def test_tool_names_are_what_the_overlay_says_and_nothing_else(ours: compilation.Compiled) -> None:
    """C21: one name, given in one place."""
    overlay = yaml.safe_load(OURS.overlay.read_text(encoding="utf-8"))
    updates = [action["update"] for action in overlay["actions"]]
    named = [
        name for update in updates for name in (*update.get("x-tools", {}), *update.get("x-local-tools", {}))
    ]
    assert sorted(named) == [tool.name for tool in ours.catalogue.tools]


def test_paths_that_look_alike_are_two_tools_with_their_own_names(mini: Mini) -> None:
    """C21: `/`, `/a/{b}` and `/a/b`."""
    mini.spec = """
openapi: 3.1.0
info: {title: Mini, version: '1'}
paths:
  /: {get: {operationId: read_root, tags: [a]}}
  /a/b: {get: {operationId: read_ab, tags: [a]}}
  /a/{b}: {get: {operationId: read_a, tags: [a], parameters: [{name: b, in: path, required: true, schema: {type: string}}]}}
"""
    mini.scopes = "scopes: {s: S.}\nendpoints:\n" + "".join(
        f"  '{path}': {{scope: s, effect: read}}\n" for path in ("/", "/a/b", "/a/{b}")
    )
    assert {name: tool.endpoints for name, tool in mini.tools().items()} == {
        "read_root": ("/",),
        "read_ab": ("/a/b",),
        "read_a": ("/a/{b}",),
    }


def test_an_integer_is_legal_where_string_number_or_integer_is(ours: compilation.Compiled) -> None:
    """C28's kind in a request: a backtest's parameters (api_facts 8.3)."""
    tool = next(tool for tool in ours.catalogue.tools if tool.name == "create_backtest")
    full = Draft202012Validator(dict(tool.full_schema))
    call = {"projectId": 1, "compileId": "c", "backtestName": "b", "parameters": {"a": 1, "b": "x", "c": 0.5}}
    assert full.is_valid(call)
    assert not full.is_valid({**call, "parameters": {"a": True}})


def test_a_union_of_answers_changes_no_tool(mini: Mini) -> None:
    """C28: answers are handed on as received, so a response that fits two shapes is no tool's concern."""
    plain = mini.tools()
    mini.spec = SPEC.replace(
        "{description: The thing.}",
        "{description: T, content: {application/json: {schema: {oneOf: [{type: object}, {type: object}]}}}}",
    )
    assert mini.tools() == plain


def test_text_that_looks_like_json_is_a_string_and_nothing_else(ours: compilation.Compiled) -> None:
    """C19: whether a text may be read as JSON is decided by the type, so the type must be there."""
    tool = next(tool for tool in ours.catalogue.tools if tool.name == "update_file_contents")
    assert tool.wire_schema["properties"]["content"]["type"] == "string"
    files = next(tool for tool in ours.catalogue.tools if tool.name == "check_syntax").wire_schema[
        "properties"
    ]["files"]
    assert files["type"] == "array"


def _digest(root: Path, seed: str) -> str:
    script = (
        "import sys, json, hashlib; from attrs import asdict; from codegen import compilation\n"
        "from pathlib import Path\n"
        f"r = Path({str(root)!r})\n"
        "c = compilation.compile(compilation.Inputs(spec=r/'spec'/'quantconnect.yaml', overlay=r/'spec'/'overlay.yaml',"
        " scopes=r/'scopes.yaml'))\n"
        "sys.stdout.write(hashlib.sha256(json.dumps([asdict(c.catalogue), c.document, dict(c.digests)]).encode()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "PYTHONPATH": str(ROOT)},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_the_same_inputs_compile_to_the_same_values(tmp_path: Path) -> None:
    """C30: under three hash seeds, from another folder, with CRLF line ends."""
    for path in (OURS.spec, OURS.overlay, OURS.scopes):
        target = tmp_path / Path(path).relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(Path(path).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    found = {_digest(ROOT, "0"), _digest(ROOT, "1"), _digest(tmp_path, "2")}
    assert len(found) == 1


def test_the_order_of_paths_schemas_and_scopes_changes_no_tool(
    ours: compilation.Compiled, tmp_path: Path
) -> None:
    """C30: for reordering only the documented parts move, and in the catalogue none does."""

    def turned(value: dict[str, Any]) -> dict[str, Any]:
        return dict(reversed(value.items()))

    spec, scopes = (
        document.plain(document.parse(Path(path).read_text(encoding="utf-8"), "f", Problems()))
        for path in (OURS.spec, OURS.scopes)
    )
    spec["paths"], spec["components"]["schemas"] = (
        turned(spec["paths"]),
        turned(spec["components"]["schemas"]),
    )
    scopes = {name: turned(section) for name, section in turned(scopes).items()}
    for name, value in (("spec", spec), ("scopes", scopes)):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(value), encoding="utf-8")
    again = compilation.compile(
        Inputs(spec=tmp_path / "spec.yaml", overlay=OURS.overlay, scopes=tmp_path / "scopes.yaml")
    )
    assert again.catalogue == ours.catalogue
    assert again.digests["spec"] != ours.digests["spec"]
