"""One path: find, guard, arguments, credentials, call, reply."""

import base64
import json
import threading
from typing import Any

import anyio
import pytest
from attrs import evolve
from quantconnect_tools.tool import Answer
from runtime_stage import ALL, TOKEN, TOOLS, Kept, Scripted, Stage, identity, tool

from ledgai_mcp import logs
from ledgai_mcp.audit.records import AuditUnavailable, SendingRecord
from ledgai_mcp.calls import replies
from ledgai_mcp.calls.allowance import Allowance
from ledgai_mcp.errors import UnknownTool
from ledgai_mcp.identity import Limits, SealedCredentials
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore


def test_a_limit_reads_what_the_callers_own_credentials_fill_in(stage: Stage) -> None:
    stage.tools["list_projects"] = evolve(
        TOOLS["list_projects"], narrowed={"organization": ("organizationId",)}
    )
    own = identity(organization="org-1")
    allowed, other = (
        evolve(own, limits=Limits(organizations=frozenset({name}))) for name in ("org-1", "org-2")
    )
    assert not stage.call("list_projects", {}, allowed).failed
    assert "`organizations`" in stage.call("list_projects", {}, other).text
    assert len(stage.stub.seen) == 1


def test_what_is_hidden_is_injected_and_what_is_known_is_filled_in(stage: Stage) -> None:
    stage.more["AGENT_NAME"] = "My agent"
    stage.call("create_file", {"projectId": 1, "name": "a.py"})
    stage.call("list_projects", {}, identity(organization="org-1"))
    stage.call("list_projects", {"organizationId": "org-2"}, identity(organization="org-1"))
    created, default, chosen = (seen.json for seen in stage.stub.seen)
    assert created == {"projectId": 1, "name": "a.py", "codeSourceId": "My agent"}
    assert (default, chosen) == ({"organizationId": "org-1"}, {"organizationId": "org-2"})


def test_a_refusal_for_lack_of_a_default_says_to_pass_it(stage: Stage) -> None:
    stage.stub.script("*", {"success": False, "errors": ["Required parameter organizationId is empty."]})
    reply = stage.call("list_projects")
    assert reply.text.endswith("empty. Your credentials have no default for organizationId: pass it.")
    assert "pass it" not in stage.call("list_projects", {"organizationId": "org-1"}).text


def test_a_hidden_argument_cannot_be_set_by_the_caller(stage: Stage) -> None:
    reply = stage.call("create_file", {"projectId": 1, "name": "a.py", "codeSourceId": "cli"})
    assert reply.failed
    assert "codeSourceId: unknown argument" in reply.text
    assert stage.stub.seen == []


def test_a_call_outside_the_scopes_is_refused_before_anything_is_sent(stage: Stage) -> None:
    reply = stage.call("broadcast", {}, identity(ALL))
    assert reply.failed
    assert "qc:admin:write" in reply.text
    assert "qc:live:execute" not in reply.text
    assert stage.stub.seen == []
    assert (stage.records[0].decision, stage.records[0].outcome) == ("refused", "not_sent")


def test_an_argument_that_gives_others_more_is_refused_and_recorded_with_what_it_needs(stage: Stage) -> None:
    stage.tools["share"] = evolve(TOOLS["create_file"], name="share", raised={"name": ("qc:live:execute",)})
    reply = stage.call("share", {"projectId": 1, "name": "a.py"}, identity(ALL - {"qc:live:execute"}))
    assert reply.failed
    assert "share with name needs the scope qc:live:execute" in reply.text
    assert stage.stub.seen == []
    (record,) = stage.records
    assert (record.decision, record.reason, record.outcome) == ("refused", "scope", "not_sent")
    assert "qc:live:execute" in record.needed
    assert not stage.call("share", {"projectId": 1, "name": "a.py"}, identity(ALL)).failed


def test_an_unknown_tool_is_answered_with_the_nearest_that_the_caller_may_call(stage: Stage) -> None:
    with pytest.raises(UnknownTool) as caught:
        stage.call("list_project")
    assert caught.value.closest == "list_projects"
    with pytest.raises(UnknownTool) as caught:
        stage.call("broadcas", {}, identity(frozenset()))
    assert caught.value.closest is None
    assert [record.decision for record in stage.records] == ["unknown", "unknown"]


def test_a_caller_without_credentials_sends_nothing(stage: Stage) -> None:
    nobody = evolve(identity(), credentials=None)
    reply = stage.call("list_projects", {}, nobody)
    assert reply.failed
    assert "no QuantConnect credentials" in reply.text
    sealed = evolve(identity(), credentials=SealedCredentials("a.b.c.d.e"))
    assert stage.call("list_projects", {}, sealed).failed
    assert stage.stub.seen == []


def test_every_call_leaves_one_record_without_contents_or_secrets(stage: Stage) -> None:
    stage.call("create_file", {"projectId": 1, "name": "a.py", "content": "CANARY-CONTENT"})
    (record,) = stage.records
    assert (record.tool, record.needed, record.decision) == ("create_file", ("qc:files:write",), "allowed")
    assert (record.outcome, record.status) == ("answered", 200)
    assert "CANARY" not in repr(record)
    assert record.bytes > 0


def test_an_unforeseen_exception_becomes_a_generic_text_with_an_id(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """case C40"""

    async def crash(api, arguments):
        raise RuntimeError(f"Authorization: {TOKEN}")

    stage.tools = {"crash": tool("crash", "/x", run=crash)}
    logs.start("debug")
    reply = stage.call("crash")
    logs.flush()
    written = capsys.readouterr().err
    assert reply.failed
    assert stage.records[0].reason is not None
    assert stage.records[0].reason in reply.text
    assert stage.records[0].reason in written
    assert "RuntimeError" in written
    assert TOKEN not in reply.text + written


def test_a_server_that_echoes_the_signature_does_not_leak_it(stage: Stage) -> None:
    """case C40"""

    def echo(handler, stub):
        signed = handler.headers["Authorization"]
        digest = base64.b64decode(signed.removeprefix("Basic ")).decode().partition(":")[2]
        errors = [f"bad {signed} {digest} {TOKEN} {TOKEN.encode().hex()}"]
        Scripted(401, json.dumps({"success": False, "errors": errors}).encode()).give(handler)

    stage.stub.act("/projects/read", echo)
    reply = stage.call("list_projects")
    headers = stage.stub.seen[0].headers
    signed = headers["Authorization"].removeprefix("Basic ")
    digest = base64.b64decode(signed).decode().partition(":")[2]
    for secret in (signed, digest, TOKEN, TOKEN.encode().hex(), base64.b64encode(TOKEN.encode()).decode()):
        assert secret[:20] not in reply.text
    assert "not about your MCP client's token" in reply.text


def test_large_answers_are_shaped_beside_the_event_loop_one_at_a_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape, at_once = replies.answered, threading.Semaphore(1)
    off_loop: list[bool] = []

    def shaped(answer: Answer, style: replies.Style) -> replies.Reply:
        assert at_once.acquire(blocking=False)
        off_loop.append(threading.current_thread() is not threading.main_thread())
        try:
            return shape(answer, style)
        finally:
            at_once.release()

    monkeypatch.setattr(replies, "answered", shaped)
    stage.stub.script("/projects/read", b'{"files":["' + b"x" * 1_000_000 + b'"]}')
    stage.stub.script("/backtests/list", b'{"files":["' + b"x" * 90_000 + b'"]}')

    async def run() -> None:
        service = stage.service()
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(service.call, "list_projects", {}, identity())
        await service.call("list_backtests", {}, identity())
        await service.upstream.close()

    anyio.run(run)
    assert off_loop == [True, True, True, False]
    assert {record.outcome for record in stage.records} == {"answered"}


def test_an_argument_that_was_null_is_named_beside_the_answer(stage: Stage) -> None:
    """An update of a description to null was reported as a success and changed nothing."""
    stage.stub.script("/files/create", {"success": True})
    reply = stage.call("create_file", {"projectId": 1, "name": "a.py", "content": None})
    note = "Null is no value here, so these were left out, as if not given: content. Nothing was cleared."
    assert "content" not in stage.stub.seen[0].json
    assert (reply.failed, reply.notes, reply.data) == (False, (note,), {"success": True, "_left_out": note})
    assert stage.call("create_file", {"projectId": 1, "name": "a.py"}).notes == ()


@pytest.mark.parametrize("name", ["create_backtest", "stop_live_algorithm", "list_projects"])
def test_what_may_change_something_is_recorded_before_it_is_sent(stage: Stage, name: str) -> None:
    def look(handler, stub):
        before.extend(stage.sink.before)
        Scripted().give(handler)

    before: list[Any] = []
    stage.stub.act(TOOLS[name].endpoints[0], look)
    assert not stage.call(name).failed
    if name == "list_projects":
        assert before == []
        return
    (sending,) = before
    assert isinstance(sending, SendingRecord)
    assert (sending.tool, sending.subject, sending.issuer) == (name, "alice", "test")
    assert [record.outcome for record in stage.records] == ["answered"]


@pytest.mark.parametrize("name", ["create_backtest", "stop_live_algorithm", "list_projects"])
def test_what_cannot_be_recorded_is_not_sent_and_does_not_count(stage: Stage, name: str) -> None:
    stage.sink = Kept(stage.records, refused=AuditUnavailable("disk full"))
    counts = State(MemoryStore())
    stage.tools["create_backtest"] = evolve(TOOLS["create_backtest"], counted={"backtests_per_day": "one"})
    who = evolve(identity(), limits=Limits(backtests_per_day=1))

    async def run() -> None:
        service = stage.service()
        service.allowance = Allowance(counts)
        reply = await service.call(name, {}, who)
        await service.upstream.close()
        assert reply.failed
        assert "Nothing was done" in reply.text
        assert "disk full" not in reply.text
        assert await counts.consume("test", "alice", "backtests_per_day", 1) is not None

    anyio.run(run)
    assert stage.stub.seen == []
    (record,) = stage.records
    assert (record.outcome, record.reason) == ("not_sent", "AuditUnavailable")
