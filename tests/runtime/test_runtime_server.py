"""MCP over a service, in both protocol eras."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, PaginatedRequestParams
from runtime_stage import Stage, identity, tool

from ledgai_mcp import server
from ledgai_mcp.identity import Identity

ERAS = ("legacy", "2026-07-28")


def talk(
    stage: Stage, mode: str, work: Callable[[Client], Awaitable[Any]], identify: Any = lambda _: identity()
) -> Any:
    """Do something as a client; a protocol error is returned."""

    async def inside() -> Any:
        service = stage.service()
        try:
            async with Client(server.build(service, identify), mode=mode) as client:
                try:
                    return await work(client)
                except MCPError as error:
                    return error
        finally:
            await service.upstream.close()

    return anyio.run(inside)


def test_a_list_is_private_to_its_caller(stage: Stage) -> None:
    """case C46"""
    result = talk(stage, "2026-07-28", lambda client: client.list_tools())
    assert (result.cache_scope, result.ttl_ms) == ("private", 60_000)


def test_there_is_one_page_of_tools(stage: Stage) -> None:
    params = PaginatedRequestParams(cursor="2")
    assert (
        talk(stage, "legacy", lambda client: client.session.list_tools(params=params)).code == INVALID_PARAMS
    )


@pytest.mark.parametrize("mode", ERAS)
def test_the_text_of_an_exception_outside_of_a_call_is_not_told(stage: Stage, mode: str) -> None:
    """case C40"""

    def crash(_: object) -> Identity:
        raise RuntimeError("CANARY")

    error = talk(stage, mode, lambda client: client.list_tools(), crash)
    assert error.code == INTERNAL_ERROR
    assert "CANARY" not in error.message


def test_the_schema_hook_knows_the_tools_and_no_others(stage: Stage) -> None:
    stage.tools = {"t": tool("t", "/t", arguments={"a": {"type": "string"}})}
    hook = server.build(stage.service(), lambda _: identity()).get_tool_input_schema
    assert hook is not None
    assert hook("t") == stage.tools["t"].wire["inputSchema"]
    assert hook("u") is None
