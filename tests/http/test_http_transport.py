"""What a tool may do passes through the product's layers: progress, and questions to the person.

The product's own tools do neither yet; authentication, bodies that are read once, and sessions have to carry
both all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_site import ERAS, SECRET, Site, mint, wait_until
from mcp.client import Client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import CallToolRequestParams, ElicitResult, PaginatedRequestParams
from runtime_stage import Stub

from ledgai_mcp.http import serving
from ledgai_mcp.http.application import application
from ledgai_mcp.settings import read

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
def site(stub: Stub, tmp_path: Path) -> Iterator[Site]:
    server: Server[Any] = Server("asking", version="1")
    server.add_request_handler("tools/list", PaginatedRequestParams, list_tools)
    server.add_request_handler("tools/call", CallToolRequestParams, call_tool)
    settings = {"JWT_SECRET_KEY": SECRET, "LEDGAI_STATE_URL": "memory:", "LEDGAI_PORT": "0"}
    served = serving.listen(read({**settings, "LEDGAI_API_URL": stub.url, "LEDGAI_SESSIONS": "true"}))
    served.server.config.app = application(served.parts, server)
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    wait_until(lambda: served.server.started)
    site = Site(served, tmp_path / "none", thread)
    yield site
    site.stop()


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
