"""An odd description compiled, and its tools called: what reaches the API is what it expects."""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from quantconnect_tools.tool import Tool
from runtime_stage import Stage, identity

from codegen.output import rendering
from codegen.tools import compilation
from codegen.tools.compilation import Inputs

LONG, JAPANESE = "a" * 70, "名前"
FIELDS = ("id", "context", "self", "class", "body", "client", "api", "arguments")
TEXT = "{type: string}"
PARAMETER = "in: path, required: true, schema: {type: string}"
SPEC = f"""\
openapi: 3.1.0
info: {{title: Odd, version: '1'}}
paths:
  /things/read:
    post:
      operationId: read_thing
      tags: [things]
      parameters:
        - {{name: 'filter[id]', in: query, required: true, schema: {TEXT}}}
        - {{name: filter_id, in: query, schema: {TEXT}}}
        - {{name: Start<, in: query, schema: {TEXT}}}
      requestBody:
        content:
          application/json:
            schema:
              {{type: object, required: [{LONG}],
              properties: {{{LONG}: {TEXT}, {JAPANESE}: {TEXT}}}}}
  /u/{{id}}:
    put:
      operationId: put_thing
      tags: [things]
      parameters: [{{name: id, {PARAMETER}}}]
      requestBody:
        content: {{application/json: {{schema: {{type: object,
          properties: {{{", ".join(f"{name}: {TEXT}" for name in FIELDS)}}}}}}}}}
  /values:
    post:
      operationId: send_values
      tags: [things]
      parameters: [{{name: values, in: query, schema: {TEXT}}}, {{name: body, in: query, schema: {TEXT}}}]
      requestBody: {{content: {{application/json: {{schema: {{type: array, items: {{type: integer}}}}}}}}}}
  /odd/{{thing.id}}/{{thing_id}}/{{id-0}}/{{Id}}/read:
    get:
      operationId: read_odd
      tags: [things]
      parameters:
        - {{name: thing.id, {PARAMETER}}}
        - {{name: thing_id, {PARAMETER}}}
        - {{name: id-0, {PARAMETER}}}
        - {{name: Id, {PARAMETER}}}
  /flags/{{flag}}/{{ratio}}:
    get:
      operationId: read_flag
      tags: [things]
      parameters:
        - {{name: flag, in: path, required: true, schema: {{type: boolean}}}}
        - {{name: ratio, in: path, required: true, schema: {{type: number}}}}
  /a/b: {{post: {{operationId: read_ab, tags: [things]}}}}
  /a/{{b}}: {{get: {{operationId: read_a, tags: [things], parameters: [{{name: b, {PARAMETER}}}]}}}}
"""
ANYBODY = identity(frozenset({"s"}))


@pytest.fixture(scope="module")
def odd_tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Tool]]:
    """The tools of the description above, compiled and imported."""
    folder = tmp_path_factory.mktemp("odd")
    spec, overlay, scopes = (folder / f"{name}.yaml" for name in ("spec", "overlay", "scopes"))
    spec.write_text(SPEC, encoding="utf-8")
    action = "- {target: $.info, update: {title: Odd}}"
    overlay.write_text(f"overlay: 1.0.0\ninfo: {{title: T, version: '1'}}\nactions:\n{action}\n")
    grants = "".join(
        f"  {json.dumps(name)}: {{scope: s, effect: read}}\n" for name in yaml.safe_load(SPEC)["paths"]
    )
    scopes.write_text(f"scopes: {{s: S.}}\nendpoints:\n{grants}", encoding="utf-8")
    catalogue = compilation.compile(Inputs(str(spec), overlay, scopes)).catalogue
    rendering.write(rendering.tool_modules(catalogue), folder / "odd_tools")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield dict(import_module("odd_tools").CATALOG)


def sent(stage: Stage, name: str, given: dict[str, Any]) -> tuple[str, str, Any]:
    """Call a tool; return method, path and body of what the API received."""
    reply = stage.call(name, given, ANYBODY)
    assert not reply.failed, reply.text
    seen = stage.stub.seen[-1]
    return seen.method, seen.path, json.loads(seen.body) if seen.body else None


def test_the_api_receives_its_own_names(stage: Stage, odd_tools: dict[str, Tool]) -> None:
    """case C16"""
    stage.tools = odd_tools
    published = odd_tools["read_thing"].wire["inputSchema"]["properties"]
    given = {name: f"v{number}" for number, name in enumerate(published)}
    long, japanese = (next(name for name in published if name.startswith(start)) for start in ("aaa", "arg_"))
    _, path, body = sent(stage, "read_thing", given)
    query = f"filter%5Bid%5D={given['filter_id_2']}&filter_id={given['filter_id']}&Start%3C={given['Start']}"
    assert (path, body) == (f"/things/read?{query}", {LONG: given[long], JAPANESE: given[japanese]})
    places = odd_tools["read_odd"].wire["inputSchema"]["properties"]
    values = {name: f"{{{n}}}/b" for n, name in enumerate(places)}
    _, path, _ = sent(stage, "read_odd", values)
    assert path == "/odd/" + "/".join(f"%7B{n}%7D%2Fb" for n in range(4)) + "/read"


def test_each_value_reaches_its_own_place(stage: Stage, odd_tools: dict[str, Tool]) -> None:
    """case C17"""
    stage.tools = odd_tools
    given = {name: f"the {name}" for name in FIELDS[1:]}
    put = sent(stage, "put_thing", {"id": "a/b", "body_id": "other", **given})
    assert put == ("PUT", "/u/a%2Fb", {"id": "other", **given})
    values = sent(stage, "send_values", {"body_body": [1, 2], "values": "v", "body": "b"})
    assert values == ("POST", "/values?values=v&body=b", [1, 2])


def test_paths_that_look_alike_are_called_apart(stage: Stage, odd_tools: dict[str, Tool]) -> None:
    """case C21"""
    stage.tools = odd_tools
    assert sent(stage, "read_a", {"b": "b/c"}) == ("GET", "/a/b%2Fc", None)
    assert sent(stage, "read_ab", {}) == ("POST", "/a/b", {})


def test_a_value_in_a_path_is_written_as_in_json(stage: Stage, odd_tools: dict[str, Tool]) -> None:
    stage.tools = odd_tools
    assert sent(stage, "read_flag", {"flag": True, "ratio": 1.5}) == ("GET", "/flags/true/1.5", None)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=9, alphabet=st.characters(codec=None))
    | st.lists(st.sampled_from(["..", ".", "/", "\\", "%2e", "a", "?", "#"]), max_size=5).map("".join)
)
@example("..").via("reached another endpoint")
@example("a/../b")
@example("a\ud800")
def test_a_value_arrives_in_its_own_place_of_the_path_or_nothing_is_sent(
    stage: Stage, odd_tools: dict[str, Tool], value: str
) -> None:
    stage.tools = odd_tools
    stage.stub.seen.clear()
    reply = stage.call("read_a", {"b": value}, ANYBODY)
    if reply.failed:
        pieces = value.replace("\\", "/").split("/")
        half = any("\ud800" <= character <= "\udfff" for character in value)
        assert not value or "." in pieces or ".." in pieces or half
        assert "b: " in reply.text
        assert stage.stub.seen == []
    else:
        (seen,) = stage.stub.seen
        start, place = seen.path[:3], seen.path[3:]
        assert (start, unquote(place, errors="strict"), "/" in place) == ("/a/", value, False)
