"""The runtime over the generated catalogue: whatever codegen writes must work here."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from attrs import fields
from quantconnect_tools import CATALOG, GROUPS, SCOPES
from runtime_stage import Stage, identity

from ledgai_mcp.identity import Credentials
from ledgai_mcp.settings import Settings

EVERYTHING = identity(frozenset(SCOPES), organization="org-1")


@pytest.fixture
def real(stage: Stage) -> Stage:
    stage.tools = dict(CATALOG)
    return stage


def test_every_hidden_argument_has_a_setting_and_every_default_a_source() -> None:
    settings = {field.name for field in fields(Settings)}
    credentials = {field.name for field in fields(Credentials)}
    for made in CATALOG.values():
        assert set(made.injected.values()) <= settings
        assert set(made.defaulted.values()) <= credentials
        assert not set(made.injected) & set(made.wire["inputSchema"]["properties"])


def test_the_groups_name_declared_scopes_and_admin_all_of_them() -> None:
    assert set(GROUPS["admin"]) == set(SCOPES)
    assert all(set(scopes) <= set(SCOPES) for scopes in GROUPS.values())


def test_file_content_arrives_byte_for_byte(real: Stage) -> None:
    """C19"""
    for content in ('{"a":1}', "null", "123", "", "\r\n\t é 😀 \u0000"):
        given: dict[str, Any] = {"projectId": "12", "name": "a.py", "content": content}
        reply = real.call("update_file_contents", given, EVERYTHING)
        assert not reply.failed
        sent = real.stub.seen[-1].json
        assert (sent["content"], sent["projectId"]) == (content, 12)
        assert sent["codeSourceId"] == "MCP Server"


@pytest.mark.parametrize("size", [0, 256, 100_000])
def test_an_upload_sends_the_exact_bytes(real: Stage, size: int) -> None:
    """C25"""
    content = bytes(n % 256 for n in range(size))
    given = {"key": "a/b.bin", "objectData": base64.b64encode(content).decode()}
    reply = real.call("upload_object", given, EVERYTHING)
    assert not reply.failed
    (seen,) = real.stub.seen
    boundary = seen.headers["Content-Type"].partition("boundary=")[2].encode()
    parts = {
        part.partition(b"\r\n\r\n")[0]: part.partition(b"\r\n\r\n")[2]
        for part in seen.body.split(b"--" + boundary)
    }
    (head,) = (head for head in parts if b"objectData" in head)
    assert b"filename=" in head
    assert b"Content-Type: application/octet-stream" in head
    assert parts[head] == content + b"\r\n"
    assert any(b'name="organizationId"' in head and part == b"org-1\r\n" for head, part in parts.items())


def test_a_broken_or_too_large_upload_sends_nothing(real: Stage) -> None:
    """C25"""
    real.more["LEDGAI_MAX_UPLOAD_BYTES"] = "100"
    for data, said in (
        ("@@", "base64"),
        (base64.b64encode(bytes(101)).decode(), "at most 100"),
        ("/etc/passwd", "base64"),
    ):
        reply = real.call("upload_object", {"key": "k", "objectData": data}, EVERYTHING)
        assert reply.failed
        assert said in reply.text
    assert real.stub.seen == []


def test_every_tool_that_calls_an_endpoint_calls_its_own(real: Stage) -> None:
    for name, made in CATALOG.items():
        if not made.endpoints or made.toolset == "live" or len(made.endpoints) > 1:
            continue
        given = {
            n: _sample(made.schema["properties"][n], made.schema) for n in made.schema.get("required", ())
        }
        real.stub.seen.clear()
        reply = real.call(name, given, EVERYTHING)
        assert not reply.failed, (name, reply.text)
        assert real.stub.paths() == [made.endpoints[0]]


def _sample(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Make some value that fits a plain schema."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _sample(schema[word][0], root)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    match kind:
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return [_sample(schema["items"], root)] * schema.get("minItems", 1)
        case "object":
            return {name: _sample(schema["properties"][name], root) for name in schema.get("required", ())}
        case _:
            return base64.b64encode(b"x").decode() if schema.get("contentEncoding") else "x"


def test_the_list_of_all_tools_has_a_ceiling() -> None:
    """C08"""
    seen = [
        json.dumps(
            {key: made.wire[key] for key in ("name", "description", "inputSchema")}, separators=(",", ":")
        )
        for made in CATALOG.values()
    ]
    assert sum(len(text.encode()) for text in seen) <= 45_000
    assert max(len(text.encode()) for text in seen) <= 6_000
