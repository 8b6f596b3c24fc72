"""Results of the sandbox are invented, and the server says so wherever a model can meet them."""

from typing import Any

import anyio
import pytest
from runtime_stage import Stage, Stub, identity, tool
from stub_answers import never

from ledgai_mcp.api import probe
from ledgai_mcp.calls.replies import INVENTED
from ledgai_mcp.settings import read

BODY = {"projects": [], "success": True}


def sandbox(stub: Stub, body: Any = BODY, status: int = 200, kind: str = "application/json") -> None:
    stub.script("*", body, status, X_LEDGAI_Sandbox="1", Content_Type=kind)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"a,b", 200, "text/csv"),
        ([1], 200, "application/json"),
        ({"success": False, "errors": ["no"]}, 200, "application/json"),
        (b"<html>", 502, "text/html"),
        ({"projects": ["x" * 100] * 5000, "success": True}, 200, "application/json"),
    ],
)
def test_a_reply_of_any_form_says_it(stage: Stage, body: Any, status: int, kind: str) -> None:
    sandbox(stage.stub, body, status, kind)
    reply = stage.call("list_projects")
    assert reply.notes[-1] == INVENTED
    assert reply.data is None or reply.data["_sandbox"] == INVENTED


def test_nothing_is_said_of_an_api_that_is_none(stage: Stage) -> None:
    stage.stub.script("*", BODY)
    reply = stage.call("list_projects")
    assert (reply.notes, reply.data) == ((), BODY)


def test_quantconnect_itself_is_not_asked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "is_sandbox", lambda _: pytest.fail("asked"))
    service = stage.service()
    service.settings = read({})
    assert not anyio.run(service.is_sandbox)


def test_an_api_that_does_not_answer_is_asked_once_and_for_a_second(stage: Stage) -> None:
    stage.stub.act("*", never)

    async def twice() -> float:
        service = stage.service()
        began = anyio.current_time()
        assert not await service.is_sandbox()
        assert not await service.is_sandbox()
        await service.upstream.close()
        return anyio.current_time() - began

    assert 0.9 < anyio.run(twice) < 5


def test_a_call_that_sends_nothing_says_nothing_of_it(stage: Stage) -> None:
    stage.tools = {"make": tool("make", "/make", required=("a",), arguments={"a": {"type": "string"}})}
    sandbox(stage.stub)
    assert stage.call("make", {}, identity()).notes == ()
