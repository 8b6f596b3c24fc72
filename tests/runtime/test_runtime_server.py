"""MCP over a service, in both protocol eras."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from attrs import evolve
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, PaginatedRequestParams, TextContent
from runtime_stage import ALL, TOOLS, Stage, identity, tool

from ledgai_mcp import server
from ledgai_mcp.identity import Identity

ERAS = ("legacy", "2026-07-28")


def talk(
    stage: Stage, mode: str, work: Callable[[Client], Awaitable[Any]], who: Identity | None = None
) -> Any:
    """Do something as a client; a protocol error is returned."""
    return talk_to(stage, lambda _: who or identity(), mode, work)


def talk_to(stage: Stage, identify: Any, mode: str, work: Callable[[Client], Awaitable[Any]]) -> Any:
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


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_lists_what_its_caller_may_call(stage: Stage, mode: str) -> None:
    """case C46"""

    async def names(client: Client) -> list[str]:
        return [made.name for made in (await client.list_tools()).tools]

    assert talk(stage, mode, names) == sorted(set(TOOLS) - {"broadcast"})
    assert talk(stage, mode, names, identity(frozenset())) == []
    assert talk(stage, mode, names, identity(frozenset({"qc:projects:read"}))) == ["list_projects"]


@pytest.mark.parametrize("mode", ERAS)
def test_an_answer_comes_as_text_and_as_data(stage: Stage, mode: str) -> None:
    body = {"projects": [{"modified": None}], "success": True}
    stage.stub.script("/projects/read", body)
    result = talk(stage, mode, lambda client: client.call_tool("list_projects", {}))
    assert result.structured_content == body
    assert [part.text for part in result.content if isinstance(part, TextContent)] == [
        '{"projects":[{"modified":null}],"success":true}'
    ]
    assert not result.is_error


@pytest.mark.parametrize("mode", ERAS)
def test_a_refusal_is_an_error_result_with_text_only(stage: Stage, mode: str) -> None:
    """case C06"""
    result = talk(stage, mode, lambda client: client.call_tool("broadcast", {}))
    assert result.is_error
    assert result.structured_content is None
    assert "qc:admin:write" in result.content[0].text


@pytest.mark.parametrize("mode", ERAS)
def test_an_unknown_tool_is_a_protocol_error(stage: Stage, mode: str) -> None:
    error = talk(stage, mode, lambda client: client.call_tool("list_project", {}))
    assert error.code == INVALID_PARAMS
    assert "Did you mean list_projects?" in error.message


def test_the_identity_is_asked_for_at_every_request(stage: Stage) -> None:
    """case C42: a grant that changes meanwhile counts from the next request on."""
    callers = [identity(ALL)]

    async def twice(client: Client) -> list[bool]:
        first = await client.call_tool("list_projects", {})
        callers[0] = evolve(callers[0], scopes=frozenset())
        second = await client.call_tool("list_projects", {})
        return [bool(first.is_error), bool(second.is_error)]

    assert talk_to(stage, lambda _: callers[0], "legacy", twice) == [False, True]


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

    error = talk_to(stage, crash, mode, lambda client: client.list_tools())
    assert error.code == INTERNAL_ERROR
    assert "CANARY" not in error.message


def test_the_schema_hook_knows_the_tools_and_no_others(stage: Stage) -> None:
    stage.tools = {"t": tool("t", "/t", arguments={"a": {"type": "string"}})}
    hook = server.build(stage.service(), lambda _: identity()).get_tool_input_schema
    assert hook is not None
    assert hook("t") == stage.tools["t"].wire["inputSchema"]
    assert hook("u") is None
