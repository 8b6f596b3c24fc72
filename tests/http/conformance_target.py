"""What the conformance suite is pointed at: the real server, with the suite's own tools in its catalogue."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from http_site import mint
from quantconnect_tools import GROUPS
from quantconnect_tools.tool import Answer, Api, Arguments, Effect, Run, Tool
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.http.serving import Served

CLOSED: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


def says(body: bytes, content_type: str = "application/json") -> Run:
    async def run(api: Api, arguments: Arguments) -> Answer:
        return Answer(200, body, content_type)

    return run


async def greets(api: Api, arguments: Arguments) -> Answer:
    return Answer(200, f"Hello, {arguments.get('name', 'World')}!".encode(), "text/plain")


@frozen(kw_only=True)
class Fixture(Tool):
    """A tool that the suite looks for by name, or by what its schema has."""

    run: Run = field(default=says(b'{"success":true}'), repr=False)
    input_schema: Mapping[str, Any] = field(factory=CLOSED.copy)
    toolset: str = "projects"
    effect: Effect = "read"
    scopes: tuple[str, ...] = ("qc:projects:read",)
    endpoints: tuple[str, ...] = ()

    @property
    def wire(self) -> dict[str, Any]:
        return {"name": self.name, "description": "The suite's.", "inputSchema": dict(self.input_schema)}

    @property
    def schema(self) -> dict[str, Any]:
        return dict(self.input_schema)


FIXTURES = (
    Fixture(name="test_simple_text", run=says(b"This is a simple text response for testing.", "text/plain")),
    Fixture(
        name="test_error_handling",
        run=says(b'{"success":false,"errors":["This tool intentionally returns an error for testing"]}'),
    ),
    # The suite watches what else comes while these are answered: log messages, requests to the client.
    Fixture(name="test_logging_tool"),
    Fixture(name="test_streaming_elicitation"),
    # Called with what asks for a task: a server without tasks answers at once.
    Fixture(
        name="greet",
        run=greets,
        input_schema={**CLOSED, "properties": {"name": {"type": "string"}}},
    ),
    Fixture(
        name="test_custom_header",
        input_schema={**CLOSED, "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}},
    ),
    Fixture(
        name="json_schema_2020_12_tool",
        input_schema={
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
        },
    ),
)


@frozen
class Bearer:
    """Adds a token to requests that have none: the suite cannot send one."""

    app: ASGIApp
    token: str = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and all(name != b"authorization" for name, _ in scope["headers"]):
            header = (b"authorization", f"Bearer {self.token}".encode())
            scope = {**scope, "headers": [*scope["headers"], header]}
        await self.app(scope, receive, send)


def suited(served: Served) -> None:
    """Give a server the suite's tools and requests a token, before it serves."""
    service, config = served.parts.service, served.server.config
    service.catalog = {**service.catalog, **{tool.name: tool for tool in FIXTURES}}
    config.app = Bearer(config.app, mint(scopes=GROUPS["admin"]))
