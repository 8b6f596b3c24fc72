"""Limits of a token: told, held before anything is sent, shared by all tokens of a subject."""

from typing import Any

import pytest
from http_site import ERAS, Site, call, message, mint
from quantconnect_tools import GROUPS
from runtime_stage import Stub

from ledgai_mcp.identity import Limits

BACKTEST = {"projectId": 7, "compileId": "c", "backtestName": "b"}


def limited(subject: str = "alice", **limits: Any) -> str:
    return mint(subject, GROUPS["trader"], limits=Limits(**limits))


def text(site: Site, token: str, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
    result = site.post(call(tool, arguments), token=token).json()["result"]
    return result["isError"], result["content"][0]["text"]


@pytest.mark.parametrize("mode", ERAS)
def test_a_project_outside_the_limit_is_refused(site: Site, stub: Stub, mode: str) -> None:
    token = limited(projects=frozenset({7}))
    result = site.talk(token, lambda client: client.call_tool("read_file", {"projectId": 8}), mode)
    assert result.is_error
    assert "limit `projects`" in result.content[0].text
    assert stub.seen == []
    result = site.talk(token, lambda client: client.call_tool("read_file", {"projectId": 7}), mode)
    assert not result.is_error
    assert [seen.json for seen in stub.seen] == [{"projectId": 7, "codeSourceId": "MCP Server"}]
    refused, allowed = site.records("call")
    assert (refused["decision"], refused["reason"], refused["limit"]) == ("refused", "limit", "projects")
    assert allowed["decision"] == "allowed"


def test_a_tool_that_a_limit_closes_is_neither_listed_nor_callable(site: Site, stub: Stub) -> None:
    token = limited(projects=frozenset({7}))
    names = [tool["name"] for tool in site.post(message("tools/list"), token=token).json()["result"]["tools"]]
    assert "read_file" in names
    assert "list_projects" not in names
    failed, said = text(site, token, "list_projects", {})
    assert failed
    assert "limit `projects`" in said
    assert site.records("call")[-1]["limit"] == "projects"
    assert stub.seen == []


def test_a_daily_count_belongs_to_the_subject(site: Site, stub: Stub) -> None:
    stub.script("/backtests/create", {"backtest": {"backtestId": "b"}, "success": True})
    first, second = limited(backtests_per_day=2), limited(backtests_per_day=2)
    failed = [text(site, token, "create_backtest", BACKTEST)[0] for token in (first, second, first)]
    assert failed == [False, False, True]
    assert "all 2 of today (UTC) are used" in text(site, second, "create_backtest", BACKTEST)[1]
    assert text(site, limited("bob", backtests_per_day=2), "create_backtest", BACKTEST)[0] is False
    assert stub.paths() == ["/backtests/create"] * 3
