"""What the conformance suite asks for by name, behind the product's own layers.

The product's own tools report no progress and ask nobody anything; its transport has to carry it all the
same, through authentication, bodies read once, and sessions.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
from conformance_target import Bearer
from http_site import SECRET, mint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
)
from quantconnect_tools import GROUPS
from starlette.types import ASGIApp

from ledgai_mcp.http.application import application
from ledgai_mcp.http.serving import assembled
from ledgai_mcp.settings import read

Context = ServerRequestContext[Any, Any]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
SCHEMA_TOOL: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": value}], **more}


def resource(uri: str, kind: str, content: str) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": content}}


IMAGE = {"type": "image", "data": PNG, "mimeType": "image/png"}
CONTENTS: dict[str, dict[str, Any]] = {
    "test_simple_text": text("This is a simple text response for testing."),
    "test_image_content": {"content": [IMAGE]},
    "test_audio_content": {"content": [{"type": "audio", "data": WAV, "mimeType": "audio/wav"}]},
    "test_embedded_resource": {
        "content": [
            resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")
        ]
    },
    "test_multiple_content_types": {
        "content": [
            {"type": "text", "text": "Multiple content types test:"},
            IMAGE,
            resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
        ]
    },
    "test_error_handling": text("This tool intentionally returns an error for testing", isError=True),
    "json_schema_2020_12_tool": text("ok"),
    # The suite watches that nothing else comes while these are answered.
    "test_logging_tool": text("ok"),
    "test_streaming_elicitation": text("ok"),
}
"""Tools that always answer the same."""

DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}


def titled(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"const": value, "title": title} for value, title in pairs]


ENUMS = {
    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {
        "type": "string",
        "oneOf": titled(("value1", "First Option"), ("value2", "Second Option")),
    },
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {
        "type": "array",
        "items": {"type": "string", "enum": ["option1", "option2", "option3"]},
    },
    "titledMulti": {
        "type": "array",
        "items": {"anyOf": titled(("value1", "First Choice"), ("value2", "Second Choice"))},
    },
}
ASKING = {
    "test_elicitation": {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    },
    "test_elicitation_sep1034_defaults": DEFAULTS,
    "test_elicitation_sep1330_enums": ENUMS,
}
"""Tools of the handshake revisions that ask the person through the session: what they ask for."""

NAME, OK, COLOR = {"name": {"type": "string"}}, {"ok": {"type": "boolean"}}, {"color": {"type": "string"}}
ROUNDS: dict[str, list[tuple[str, dict[str, Any], str | None]]] = {
    "test_input_required_result_elicitation": [("user_name", NAME, None)],
    "test_input_required_result_request_state": [("confirm", OK, "one")],
    "test_input_required_result_tampered_state": [("confirm", OK, "one")],
    "test_input_required_result_multi_round": [("step1", NAME, "one"), ("step2", COLOR, "two")],
}
"""Tools of 2026-07-28 that ask by their result: key, what is asked for, and the state of each round."""


def asked(key: str, properties: Mapping[str, Any], state: str | None) -> dict[str, Any]:
    parameters = {
        "mode": "form",
        "message": f"Please give {key}",
        "requestedSchema": {"type": "object", "properties": properties, "required": sorted(properties)},
    }
    request = {"method": "elicitation/create", "params": parameters}
    result: dict[str, Any] = {"resultType": "input_required", "inputRequests": {key: request}}
    return result if state is None else {**result, "requestState": state}


def answered(params: CallToolRequestParams, key: str) -> bool:
    return params.input_responses is not None and key in params.input_responses


async def progress(context: Context) -> dict[str, Any]:
    for step in (0, 50, 100):
        await context.session.report_progress(step, 100, None)
        await anyio.sleep(0.05)
    return text("done")


async def call_tool(context: Context, params: CallToolRequestParams) -> dict[str, Any]:
    name = params.name
    if name in CONTENTS:
        return CONTENTS[name]
    if name == "test_tool_with_progress":
        return await progress(context)
    if name == "test_missing_capability":
        needed = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "The client has to be able to sample.", needed)
    if name in ASKING:
        schema = {"type": "object", "properties": ASKING[name], "required": []}
        reply = await context.session.elicit_form(
            "Please tell", schema, related_request_id=context.request_id
        )
        return text(f"Elicitation completed: action={reply.action}, content={json.dumps(reply.content)}")
    if name in ROUNDS:
        rounds = ROUNDS[name]
        states = [state for _, _, state in rounds]
        at = states.index(params.request_state) if params.request_state in states else 0
        key, properties, state = rounds[at]
        if not answered(params, key):
            return asked(key, properties, state)
        return asked(*rounds[at + 1]) if at + 1 < len(rounds) else text("Hello, state-ok!")
    raise MCPError(INVALID_PARAMS, f"Unknown tool: {name!r}.")


async def list_tools(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
    names = [*CONTENTS, "test_tool_with_progress", "test_missing_capability", *ASKING, *ROUNDS]
    tools = [
        {
            "name": name,
            "description": "For the suite.",
            "inputSchema": SCHEMA_TOOL if name == "json_schema_2020_12_tool" else NOTHING,
        }
        for name in names
    ]
    return {"tools": tools, "ttlMs": 1000, "cacheScope": "private"}


async def list_resources(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
    resources = [
        {"uri": "test://static-text", "name": "Text", "description": "A text.", "mimeType": "text/plain"},
        {"uri": "test://static-binary", "name": "Image", "description": "An image.", "mimeType": "image/png"},
    ]
    return {"resources": resources, "ttlMs": 1000, "cacheScope": "private"}


async def list_templates(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
    template = {
        "uriTemplate": "test://template/{id}/data",
        "name": "Template",
        "mimeType": "application/json",
    }
    return {"resourceTemplates": [template], "ttlMs": 1000, "cacheScope": "private"}


async def read_resource(context: Context, params: ReadResourceRequestParams) -> dict[str, Any]:
    uri = str(params.uri)
    content: dict[str, Any]
    if uri == "test://static-text":
        content = {"mimeType": "text/plain", "text": "This is the content of the static text resource."}
    elif uri == "test://static-binary":
        content = {"mimeType": "image/png", "blob": PNG}
    elif uri.startswith("test://template/"):
        number = uri.split("/")[3]
        told = {"id": number, "templateTest": True, "data": f"Data for ID: {number}"}
        content = {"mimeType": "application/json", "text": json.dumps(told)}
    else:
        raise MCPError(INVALID_PARAMS, "Resource not found", {"uri": uri})
    return {"contents": [{"uri": uri, **content}], "ttlMs": 1000, "cacheScope": "private"}


def complete(handler: Callable[[Context, Any], Awaitable[dict[str, Any]]]) -> Any:
    """Say of a result that it is whole, unless it says something else."""

    async def completed(context: Context, params: Any) -> dict[str, Any]:
        return {"resultType": "complete", **await handler(context, params)}

    return completed


def fixture_server() -> Server[Any]:
    """Return a server with the tools and resources that the suite asks for by name."""
    server: Server[Any] = Server("conformance", version="1")
    server.add_request_handler("tools/list", PaginatedRequestParams, complete(list_tools))
    server.add_request_handler("tools/call", CallToolRequestParams, complete(call_tool))
    server.add_request_handler("resources/list", PaginatedRequestParams, complete(list_resources))
    server.add_request_handler("resources/templates/list", PaginatedRequestParams, complete(list_templates))
    server.add_request_handler("resources/read", ReadResourceRequestParams, complete(read_resource))
    security = RequestStateSecurity(keys=[SECRET.encode()])
    server.middleware.append(RequestStateBoundary(security, default_audience="conformance"))
    return server


def served(api: str) -> ASGIApp:
    """Return the product's application, with sessions, around the fixtures."""
    settings = read(
        {
            "MCP_TRANSPORT": "http",
            "JWT_SECRET_KEY": SECRET,
            "LEDGAI_STATE_URL": "memory:",
            "LEDGAI_API_URL": api,
            "LEDGAI_SESSIONS": "true",
        }
    )
    return Bearer(application(assembled(settings), fixture_server()), mint(scopes=GROUPS["admin"]))
