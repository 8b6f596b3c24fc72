"""A server before the sandbox says so to each client: in its instructions, health check and results."""

from __future__ import annotations

from typing import Any

import pytest
from http_site import Sites, mint
from mcp.client import Client
from runtime_stage import Stub

from ledgai_mcp.api import probe
from ledgai_mcp.calls.replies import INVENTED
from ledgai_mcp.server import SANDBOX


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_client_is_told_that_results_are_invented(sites: Sites, stub: Stub, mode: str) -> None:
    stub.script("*", {"projects": [], "success": True}, X_LEDGAI_Sandbox="1")

    async def work(client: Client) -> tuple[str | None, Any, Any]:
        listed = await client.call_tool("list_projects", {})
        return client.instructions, listed, await client.call_tool("health_check", {})

    instructions, listed, health = sites.start().talk(mint(), work, mode)
    assert (instructions or "").endswith(SANDBOX)
    assert listed.content[-1].text == INVENTED
    assert listed.structured_content["_sandbox"] == INVENTED
    assert health.structured_content["api"]["note"].endswith(probe.INVENTED)
