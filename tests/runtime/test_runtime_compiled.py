"""Odd descriptions compiled, and their tools called: what reaches the API is what it expects."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from quantconnect_tools.tool import Tool
from runtime_stage import Stage, identity

from codegen.inputs.problems import Refused
from codegen.output import rendering
from codegen.tools import compilation
from codegen.tools.compilation import Inputs

HEAD = "openapi: 3.1.0\ninfo: {title: Odd, version: '1'}\npaths:\n"
LONG, JAPANESE = "a" * 70, "名前"


@pytest.fixture
def compiled(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Stage]:
    """case Compile paths (YAML) into tools, import them, and put them on the stage."""

    def compile_(paths: str) -> Stage:
        spec, overlay, scopes = (tmp_path / f"{name}.yaml" for name in ("spec", "overlay", "scopes"))
        spec.write_text(HEAD + paths, encoding="utf-8")
        overlay.write_text("overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n"
                           "- {target: $.info, update: {title: Odd}}\n")  # fmt: skip
        names = yaml.safe_load(HEAD + paths)["paths"]
        grants = "".join(f"  {json.dumps(name)}: {{scope: s, effect: read}}\n" for name in names)
        scopes.write_text(f"scopes: {{s: S.}}\nendpoints:\n{grants}", encoding="utf-8")
        try:
            catalogue = compilation.compile(Inputs(str(spec), overlay, scopes)).catalogue
        except Refused as refused:
            raise AssertionError([str(problem) for problem in refused.problems]) from None
        rendering.write(rendering.tool_modules(catalogue), tmp_path / "odd_tools")
        monkeypatch.syspath_prepend(str(tmp_path))
        for name in [name for name in sys.modules if name.partition(".")[0] == "odd_tools"]:
            monkeypatch.delitem(sys.modules, name)
        tools: dict[str, Tool] = dict(import_module("odd_tools").CATALOG)
        stage.tools = tools
        return stage

    return compile_


EVERY_SCOPE = identity(frozenset({"s"}))


def test_the_api_receives_its_own_names(compiled: Callable[[str], Stage]) -> None:
    """case C16"""
    stage = compiled(
        f"""\
  /things/read:
    post:
      operationId: read_thing
      tags: [things]
      parameters:
        - {{name: 'filter[id]', in: query, required: true, schema: {{type: string}}}}
        - {{name: filter_id, in: query, schema: {{type: string}}}}
        - {{name: Start<, in: query, schema: {{type: string}}}}
      requestBody:
        content:
          application/json:
            schema:
              {{type: object, required: [{LONG}],
              properties: {{{LONG}: {{type: string}}, {JAPANESE}: {{type: string}}}}}}
"""
    )
    published = stage.tools["read_thing"].wire["inputSchema"]["properties"]
    given = {name: f"value {number}" for number, name in enumerate(published)}
    long, japanese = (next(name for name in published if name.startswith(start)) for start in ("aaa", "arg_"))
    assert not stage.call("read_thing", given, EVERY_SCOPE).failed
    (seen,) = stage.stub.seen
    query = f"filter%5Bid%5D={given['filter_id_2']}&filter_id={given['filter_id']}&Start%3C={given['Start']}"
    assert seen.path == "/things/read?" + query.replace(" ", "+")
    assert seen.json == {LONG: given[long], JAPANESE: given[japanese]}


@pytest.mark.parametrize("name", ["thing.id", "id[0]", "Id<", "the id", "名"])
def test_a_path_is_filled_by_the_apis_own_name(compiled: Callable[[str], Stage], name: str) -> None:
    """case C16"""
    stage = compiled(
        f"""\
  '/things/{{{name}}}/read':
    get:
      operationId: read_thing
      tags: [things]
      parameters: [{{name: '{name}', in: path, required: true, schema: {{type: string}}}}]
"""
    )
    (published,) = stage.tools["read_thing"].wire["inputSchema"]["properties"]
    assert not stage.call("read_thing", {published: "{a}/b"}, EVERY_SCOPE).failed
    assert stage.stub.paths() == ["/things/%7Ba%7D%2Fb/read"]


def test_each_value_reaches_its_own_place(compiled: Callable[[str], Stage]) -> None:
    """case C17"""
    text = "{type: string}"
    fields = ("id", "context", "self", "class", "body", "client", "api", "arguments")
    properties = ", ".join(f"{name}: {text}" for name in fields)
    stage = compiled(
        f"""\
  /u/{{id}}:
    put:
      operationId: put_thing
      tags: [things]
      parameters: [{{name: id, in: path, required: true, schema: {text}}}]
      requestBody:
        content: {{application/json: {{schema: {{type: object, properties: {{{properties}}}}}}}}}
  /values:
    post:
      operationId: send_values
      tags: [things]
      parameters: [{{name: values, in: query, schema: {text}}}, {{name: body, in: query, schema: {text}}}]
      requestBody: {{content: {{application/json: {{schema: {{type: array, items: {{type: integer}}}}}}}}}}
  /text:
    post:
      operationId: send_text
      tags: [things]
      requestBody: {{content: {{application/json: {{schema: {text}}}}}}}
"""
    )
    given = {name: f"the {name}" for name in fields[1:]}
    assert not stage.call("put_thing", {"id": "a/b", "body_id": "other", **given}, EVERY_SCOPE).failed
    assert not stage.call(
        "send_values", {"body_body": [1, 2], "values": "v", "body": "b"}, EVERY_SCOPE
    ).failed
    assert not stage.call("send_text", {"body": "[1,2]"}, EVERY_SCOPE).failed
    put, values, plain = stage.stub.seen
    assert (put.method, put.path, put.json) == ("PUT", "/u/a%2Fb", {"id": "other", **given})
    assert (values.path, values.json) == ("/values?values=v&body=b", [1, 2])
    assert plain.json == "[1,2]"


def test_paths_that_look_alike_are_called_apart(compiled: Callable[[str], Stage]) -> None:
    """case C21"""
    path = "parameters: [{name: b, in: path, required: true, schema: {type: string}}]"
    stage = compiled(
        "  /: {get: {operationId: read_root, tags: [a]}}\n"
        "  /a/b: {get: {operationId: read_ab, tags: [a]}}\n"
        f"  /a/{{b}}: {{get: {{operationId: read_a, tags: [a], {path}}}}}\n"
    )
    listed = [made.name for made in stage.service().listed(EVERY_SCOPE)]
    assert listed == ["read_a", "read_ab", "read_root"]
    for name in listed:
        assert not stage.call(name, {"b": "b/c"} if name == "read_a" else {}, EVERY_SCOPE).failed
    assert [(seen.method, seen.path) for seen in stage.stub.seen] == [
        ("GET", "/a/b%2Fc"),
        ("GET", "/a/b"),
        ("GET", "/"),
    ]
