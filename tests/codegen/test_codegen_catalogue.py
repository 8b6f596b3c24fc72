"""The catalogue: every tool under its given name, and no host (C19, C21, C22)."""

# ruff: noqa: E501 - schemas, a line each

from codegen_inputs import SPEC, Mini

from codegen.schemas import gate
from codegen.tools import compilation, endpoints


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
        assert endpoints.names_tool(tool.name)
        assert tool.description
        assert tool.title


def test_paths_that_look_alike_are_two_tools_with_their_own_names(mini: Mini) -> None:
    """C21: `/a`, `/a/{b}` and `/a/b/c`."""
    mini.spec = """
openapi: 3.1.0
info: {title: Mini, version: '1'}
paths:
  /a: {get: {operationId: read_root, tags: [a]}}
  /a/b/c: {get: {operationId: read_abc, tags: [a]}}
  /a/{b}: {get: {operationId: read_a, tags: [a], parameters: [{name: b, in: path, required: true, schema: {type: string}}]}}
"""
    mini.scopes = "scopes: {s: S.}\nendpoints:\n" + "".join(
        f"  '{path}': {{scope: s, effect: read}}\n" for path in ("/a", "/a/b/c", "/a/{b}")
    )
    assert {name: tool.endpoints for name, tool in mini.tools().items()} == {
        "read_root": ("/a",),
        "read_abc": ("/a/b/c",),
        "read_a": ("/a/{b}",),
    }
