"""What a tool may do, though none here does yet, passes through all layers: progress, and questions."""

from typing import Any

import pytest
from http_site import ERAS, Site, Sites, mint
from mcp.client import Client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import CallToolRequestParams, ElicitResult, PaginatedRequestParams

from ledgai_mcp.http.application import application
from ledgai_mcp.http.serving import Served

Context = ServerRequestContext[Any, Any]
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


async def list_tools(context: Context, params: PaginatedRequestParams) -> dict[str, Any]:
    tool = {"name": "ask", "description": "Asks.", "inputSchema": {"type": "object", "properties": {}}}
    return {"resultType": "complete", "tools": [tool], "ttlMs": 1000, "cacheScope": "private"}


async def call_tool(context: Context, params: CallToolRequestParams) -> dict[str, Any]:
    """Report progress and ask: through the session, or by the result as 2026-07-28 has it."""
    for step in (0, 50, 100):
        await context.session.report_progress(step, 100, None)
    if context.protocol_version == "2026-07-28":
        given = (params.input_responses or {}).get("person")
        if given is None:
            parameters = {"mode": "form", "message": "Who?", "requestedSchema": SCHEMA}
            asked = {"person": {"method": "elicitation/create", "params": parameters}}
            return {"resultType": "input_required", "inputRequests": asked}
        name = dict(given)["content"]["name"]
    else:
        answer = await context.session.elicit_form("Who?", SCHEMA, related_request_id=context.request_id)
        name = (answer.content or {})["name"]
    return {"resultType": "complete", "content": [{"type": "text", "text": f"Hello, {name}!"}]}


@pytest.fixture
def site(sites: Sites) -> Site:
    server: Server[Any] = Server("asking", version="1")
    server.add_request_handler("tools/list", PaginatedRequestParams, list_tools)
    server.add_request_handler("tools/call", CallToolRequestParams, call_tool)

    def change(served: Served) -> None:
        served.server.config.app = application(served.parts, server)

    return sites.start(change, LEDGAI_SESSIONS="true")


@pytest.mark.parametrize("mode", ERAS)
def test_progress_and_questions_to_the_person_pass_through(site: Site, mode: str) -> None:
    steps = []

    async def progressed(progress: float, total: float | None, text: str | None) -> None:
        steps.append(progress)

    async def answers(context: Any, params: Any) -> ElicitResult:
        return ElicitResult(action="accept", content={"name": "Ada"})

    async def work(client: Client) -> Any:
        return await client.call_tool("ask", {}, progress_callback=progressed)

    result = site.talk(mint(), work, mode, elicitation_callback=answers)
    assert result.content[0].text == "Hello, Ada!"
    assert steps[:3] == [0, 50, 100]
