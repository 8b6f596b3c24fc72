"""Declarations: two tools of one endpoint, arguments that are kept, dropped, filled; limits."""

# ruff: noqa: E501 - schemas, a line each

from typing import Any

import pytest
from codegen_inputs import FILE_OFFERS, FILES, SCOPES, Mini
from jsonschema import Draft202012Validator

from codegen.inputs.problems import Refused


def _tools(mini: Mini, offers: str, spec: str = FILES) -> dict[str, Any]:
    mini.spec = spec
    mini.overlay = FILE_OFFERS + "".join(f"        {line}\n" for line in offers.strip().splitlines())
    mini.scopes = SCOPES.replace("/things/read", "/files/update").replace("effect: read", "effect: write")
    return mini.tools()


def test_two_tools_share_an_endpoint_each_with_its_branch(mini: Mini) -> None:
    tools = _tools(
        mini,
        """
rename_file: {branch: newName, inject: {codeSourceId: agent_name}, description: Rename it.}
rewrite_file: {branch: content, title: Rewrite it, idempotent: true}
""",
    )
    rename, rewrite = tools["rename_file"], tools["rewrite_file"]
    assert rename.injected == {"codeSourceId": "agent_name"}
    assert rename.wire_schema == {
        "type": "object",
        "properties": {
            "folderId": {"type": "integer"},
            "name": {"type": "string", "description": "File."},
            "newName": {"type": "string"},
        },
        "required": ["folderId", "name", "newName"],
        "additionalProperties": False,
    }
    assert (rename.title, rename.description, rename.idempotent) == ("Rename file", "Rename it.", False)
    assert (rewrite.title, rewrite.description, rewrite.idempotent) == (
        "Rewrite it",
        "Update a file.",
        True,
    )
    assert list(rewrite.wire_schema["properties"]) == ["folderId", "name", "content", "codeSourceId"]
    assert (rename.endpoints, rename.method, rename.toolset) == (("/files/update",), "POST", "files")


def test_a_defaulted_argument_is_optional_in_both_schemas(mini: Mini) -> None:
    tool = _tools(mini, "rename_file: {branch: newName, default: {name: organization_id}}")["rename_file"]
    assert tool.wire_schema["required"] == tool.full_schema["required"] == ["folderId", "newName"]
    assert tool.defaulted == {"name": "organization_id"}


def test_arguments_are_kept_dropped_and_required_as_offered(mini: Mini) -> None:
    spec = FILES.replace("required: [folderId, name, newName]", "required: [newName]")
    tools = _tools(
        mini,
        """
one: {branch: newName, only: [newName, folderId], require: [folderId]}
two: {branch: newName, omit: [folderId, name]}
""",
        spec,
    )
    assert (list(tools["one"].wire_schema["properties"]), tools["one"].wire_schema["required"]) == (
        ["folderId", "newName"],
        ["folderId", "newName"],
    )
    assert list(tools["two"].wire_schema["properties"]) == ["newName", "codeSourceId"]


def test_without_a_branch_the_wire_is_flat_and_the_alternatives_are_enforced(mini: Mini) -> None:
    """C12: no combinator at the root; a call with the required keys of neither is refused by the full schema."""
    tool = _tools(mini, "update_file: {title: Update}")["update_file"]
    assert "anyOf" not in tool.wire_schema
    assert list(tool.wire_schema["properties"]) == ["folderId", "name", "newName", "codeSourceId", "content"]
    assert tool.wire_schema["required"] == ["folderId", "name"]
    full = Draft202012Validator(dict(tool.full_schema))
    assert full.is_valid({"folderId": 1, "name": "a", "newName": "b"})
    assert full.is_valid({"folderId": 1, "name": "a", "content": ""})
    assert not full.is_valid({"folderId": 1, "name": "a"})
    assert not full.is_valid({"folderId": 1, "name": "a", "newName": "b", "content": ""})


def test_a_limit_may_descend_into_an_argument(mini: Mini) -> None:
    spec = FILES.replace(
        "newName: {type: string}",
        "newName: {oneOf: [{type: object, properties: {id: {type: string}}}, {$ref: '#/components/schemas/Rewrite'}]}",
    )
    tool = _tools(mini, "rename_file: {branch: newName, narrowed: {brokerage: newName.id}}", spec)[
        "rename_file"
    ]
    assert tool.narrowed == {"brokerage": ("newName.id",)}
    with pytest.raises(Refused, match=r'narrowed reads the brokerage from "newName\.idd"'):
        _tools(mini, "rename_file: {branch: newName, narrowed: {brokerage: newName.idd}}", spec)
