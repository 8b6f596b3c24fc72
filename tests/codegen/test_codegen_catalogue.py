"""The catalogue: every tool under its given name, and no host (C19, C21, C22)."""

# ruff: noqa: E501 - schemas, a line each

from __future__ import annotations

import yaml
from codegen_inputs import OURS, SPEC, Mini

from codegen.schemas import gate
from codegen.tools import compilation


def test_the_servers_of_a_document_reach_nothing(mini: Mini) -> None:
    """C22: no tool knows a host."""
    mini.spec = "servers: [{url: 'https://mock.test/x'}]\n" + SPEC.lstrip().replace(
        "      tags:", "      servers: [{url: 'https://other.test'}]\n      tags:"
    )
    assert "test/x" not in repr(mini.compile().catalogue)
    assert "other.test" not in repr(mini.compile().catalogue)


def test_every_tool_of_ours_passes_the_gate(ours: compilation.Compiled) -> None:
    """C11, C12, C13, C14, C16, over the whole product."""
    for tool in ours.catalogue.tools:
        assert list(gate.faults(dict(tool.wire_schema), on_the_wire=True)) == [], tool.name
        assert list(gate.faults(dict(tool.full_schema), on_the_wire=False)) == [], tool.name
        assert gate.TOOL_NAME.match(tool.name)
        assert tool.description
        assert tool.title


def test_tool_names_are_what_the_overlay_says_and_nothing_else(ours: compilation.Compiled) -> None:
    """C21: one name, given in one place."""
    overlay = yaml.safe_load(OURS.overlay.read_text(encoding="utf-8"))
    updates = [action["update"] for action in overlay["actions"]]
    own = [update.get("x-tools", {update.get("operationId"): {}}) for update in updates]
    local = [update.get("x-local-tools", {}) for update in updates]
    named = [name for tools in (*own, *local) for name in tools if name]
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


def test_text_that_looks_like_json_is_a_string_and_nothing_else(ours: compilation.Compiled) -> None:
    """C19: whether a text may be read as JSON is decided by the type, so the type must be there."""
    tool = next(tool for tool in ours.catalogue.tools if tool.name == "update_file_contents")
    assert tool.wire_schema["properties"]["content"]["type"] == "string"
    files = next(tool for tool in ours.catalogue.tools if tool.name == "check_syntax").wire_schema[
        "properties"
    ]["files"]
    assert files["type"] == "array"
