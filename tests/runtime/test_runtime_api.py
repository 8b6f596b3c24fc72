"""One caller's way to the API: the authorize flow, and which calls are repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from quantconnect_tools.tool import Answer, Api, Arguments
from runtime_stage import Stage, Stub, tool
from stub_answers import cut_off, never

from ledgai_mcp.api import caller as api_module

START, RESULT = "/live/auth0/authorize", "/live/auth0/read"
SIGN_IN = "https://auth.quantconnect.test/authorize?client=x"


async def authorize(api: Api, arguments: Arguments) -> Answer:
    return await api.authorize(START, RESULT, arguments)


@pytest.fixture
def connection(stage: Stage) -> Stage:
    stage.tools = {"authorize_connection": tool("authorize_connection", START, "write", run=authorize)}
    return stage


def start(stub: Stub, location: str | None = SIGN_IN) -> None:
    headers = {"Location": location} if location else {}
    stub.script(START, b"", 302, **headers)


def test_an_authorization_that_has_come_is_returned(connection: Stage) -> None:
    start(connection.stub)
    body = {"authorization": {"alpaca-access-token": "t"}, "success": True}
    connection.stub.script(RESULT, body)
    reply = connection.call("authorize_connection")
    assert (reply.failed, reply.data) == (False, body)
    assert connection.stub.paths() == [START, RESULT]


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {"success": True}), (200, {"authorization": None}), (500, b""), (200, b"<html>")],
)
def test_until_then_the_sign_in_address_is_returned(connection: Stage, status: int, body: Any) -> None:
    start(connection.stub)
    connection.stub.script(RESULT, body, status)
    reply = connection.call("authorize_connection")
    assert not reply.failed
    assert reply.data is not None
    assert (reply.data["status"], reply.data["url"]) == ("sign-in needed", SIGN_IN)
    assert "call this tool again" in reply.data["next"]


@pytest.mark.parametrize("act", [never, cut_off])
def test_the_wait_for_a_person_is_bounded(
    connection: Stage, monkeypatch: pytest.MonkeyPatch, act: Any
) -> None:
    """C09"""
    monkeypatch.setattr(api_module, "SIGN_IN_SECONDS", 0.3)
    start(connection.stub)
    connection.stub.act(RESULT, act)
    reply = connection.call("authorize_connection")
    assert reply.data is not None
    assert reply.data["url"] == SIGN_IN
    assert connection.stub.paths() == [START, RESULT]


@pytest.mark.parametrize(
    "location",
    [
        None,
        "http://auth.test/",
        "javascript:alert(1)",
        "https://",
        "/relative",
        "https://u@auth.test/",
        "https://[x",
    ],
)
def test_an_address_that_is_no_https_address_is_not_shown(connection: Stage, location: str | None) -> None:
    start(connection.stub, location)
    reply = connection.call("authorize_connection")
    assert reply.failed
    assert "no https address" in reply.text
    assert connection.stub.paths() == [START]


def test_an_address_at_a_stand_in_is_shown(connection: Stage) -> None:
    """The sandbox: plain http, at the API's own host and port."""
    address = connection.stub.url.removesuffix("/api/v2") + "/sign-in"
    start(connection.stub, address)
    reply = connection.call("authorize_connection")
    assert reply.data is not None
    assert reply.data["url"] == address


def test_a_refusal_of_the_start_is_told(connection: Stage) -> None:
    connection.stub.script(START, {"success": False, "errors": ["Project not found"]}, 404)
    reply = connection.call("authorize_connection")
    assert reply.failed
    assert "Project not found" in reply.text


@pytest.mark.parametrize(
    ("name", "times"), [("list_projects", 3), ("create_backtest", 1), ("stop_live_algorithm", 1)]
)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_only_calls_that_change_nothing_are_sent_again(
    stage: Stage, name: str, times: int, status: int
) -> None:
    """C09"""
    stage.stub.script("*", b"<html>CANARY", status)
    reply = stage.call(name)
    assert reply.failed
    assert str(status) in reply.text
    assert "CANARY" not in reply.text
    assert len(stage.stub.seen) == times


def test_a_time_out_is_told_within_the_time_of_the_call(stage: Stage) -> None:
    """C09"""
    stage.more["LEDGAI_TIMEOUT_SECONDS"] = "1"
    stage.stub.act("/backtests/create", never)
    reply = stage.call("create_backtest")
    assert reply.failed
    assert "took too long" in reply.text
    assert "may have taken effect" in reply.text


def test_a_tool_that_nothing_answers_is_a_fault_of_the_server(stage: Stage) -> None:
    async def run(api: Api, arguments: Arguments) -> Answer:
        return await api.local("no_such_tool", arguments)

    stage.tools = {"odd": tool("odd", "/odd", run=run)}
    reply = stage.call("odd")
    assert reply.failed
    assert "fault of the server" in reply.text
    assert json.dumps(reply.text)
