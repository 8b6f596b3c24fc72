"""What may be under way at once: calls, bytes, sign-ins; of everybody and of each person."""

from contextlib import ExitStack
from threading import Event

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantconnect_tools.tool import Answer, Api, Arguments
from runtime_stage import Scripted, Stage, identity, tool
from stub_answers import held

from ledgai_mcp.budget import Budget, Person, Share, Traffic
from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.errors import Busy
from ledgai_mcp.identity import Identity

ALICE, BOB = ("i", "alice"), ("i", "bob")
EVE = Identity("test", "eve", identity().scopes, identity().credentials)


@given(
    st.lists(st.tuples(st.sampled_from([ALICE, BOB]), st.lists(st.integers(0, 12), max_size=4)), max_size=8)
)
def test_no_sequence_of_shares_holds_more_than_there_is_and_all_comes_back(
    steps: list[tuple[Person, list[int]]],
) -> None:
    budget = Budget("things", 15, 10, free=1)
    with ExitStack() as stack:
        shares: list[Share] = []
        for person, amounts in steps:
            share = stack.enter_context(budget.share(person))
            shares.append(share)
            for amount in amounts:
                before = share.held
                try:
                    share.grow(amount)
                    assert share.held == max(before, amount - 1)
                except Busy:
                    assert share.held == before
            assert sum(one.held for one in shares) <= 15
            assert sum(one.held for one in shares if one.person == ALICE) <= 10
    for person, most in ((ALICE, 11), (BOB, 6)):
        whole = stack.enter_context(budget.share(person))
        whole.grow(most)
        with pytest.raises(Busy):
            whole.grow(most + 1)


def test_what_does_not_fit_waits_for_room_and_is_refused_after_its_time() -> None:
    budget = Budget("things", 10, 10)

    async def late(results: list[str], seconds: float) -> None:
        with budget.share(BOB) as share:
            try:
                await share.grow_within(seconds, 5)
                results.append("in")
            except Busy as problem:
                results.append(f"refused {problem.is_own}")

    async def run(results: list[str]) -> None:
        async with anyio.create_task_group() as tasks:
            with budget.share(ALICE) as share:
                share.grow(8)
                await late(results, 0)
                tasks.start_soon(late, results, 60)
                await anyio.wait_all_tasks_blocked()
                results.append("free")

    results: list[str] = []
    anyio.run(run, results)
    assert results == ["refused False", "free", "in"]


def test_answers_that_do_not_fit_are_delivered_one_after_the_other(stage: Stage) -> None:
    """Eight of 57 MB at once would each have taken a part of the room, and none got enough."""
    body = b'{"files":["' + b"x" * 400_000 + b'"]}'
    stage.stub.script("*", body)
    beyond: list[int] = []

    async def run() -> list[bool]:
        service = stage.service()
        service.traffic = Traffic.bounded(300_000, 100_000)
        budget, count = service.traffic.contents, Budget.count
        failed: list[bool] = []

        def noted(self: Budget, person: Person, more: int) -> None:
            count(self, person, more)
            beyond.append(budget._all)

        async def one(who: Identity) -> None:
            failed.append((await service.call("list_backtests", {"projectId": 1}, who)).failed)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Budget, "count", noted)
            async with anyio.create_task_group() as tasks:
                for who in [identity(), EVE] * 4:
                    tasks.start_soon(one, who)
        await service.upstream.close()
        return failed

    assert anyio.run(run) == [False] * 8
    assert 300_000 < max(beyond) < 300_000 + 2 * len(body)
    assert beyond[-1] == 0


async def beside(service: Service, name: str, until: Event, arrived: Event) -> list[tuple[bool, str]]:
    """Call twice as alice and once as eve, while the first call hangs; then let it end."""
    replies = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(service.call, name, {}, identity())
        await anyio.to_thread.run_sync(arrived.wait, 60)
        for who in (identity(), EVE):
            reply = await service.call(name, {}, who)
            replies.append((reply.failed, reply.text))
        until.set()
    await service.upstream.close()
    return replies


def test_more_calls_of_one_person_than_they_may_have_at_once_are_refused_and_recorded(stage: Stage) -> None:
    until = Event()
    stage.stub.act("/projects/read", held(until, {"success": True}))
    stage.stub.script("/projects/read", {"success": True})

    async def run() -> list[tuple[bool, str]]:
        service = stage.service()
        service.traffic.calls.each = 1
        return await beside(service, "list_projects", until, stage.stub.arrived)

    (refused, text), (other, _) = anyio.run(run)
    assert (refused, other) == (True, False)
    assert text.startswith("You have too much under way: at most 1 calls at once. Nothing was sent.")
    assert [(one.subject, one.decision, one.reason, one.outcome) for one in stage.records] == [
        ("alice", "refused", "busy", "not_sent"),
        ("eve", "allowed", None, "answered"),
        ("alice", "allowed", None, "answered"),
    ]


def test_sign_ins_that_hang_leave_the_connections_to_others(stage: Stage) -> None:
    """100 of one person took every connection. Without a wait the address comes at once."""
    until, waits = Event(), Event()

    async def authorize(api: Api, arguments: Arguments) -> Answer:
        return await api.authorize("/start", "/result", arguments)

    def hang(handler, stub):
        waits.set()
        held(until, {"success": True, "authorization": {"a": 1}})(handler, stub)

    stage.tools["sign_in"] = tool("sign_in", "/start", "write", run=authorize)
    stage.stub.scripts["/start"].append(Scripted(302, b"", {"Location": "https://a.test/x"}))
    stage.stub.act("/result", hang)
    stage.stub.script("/result", {"success": True, "authorization": {"b": 2}})

    async def run() -> list[tuple[bool, str]]:
        service = stage.service()
        service.traffic.sign_ins.each = 1
        return await beside(service, "sign_in", until, waits)

    own, other = anyio.run(run)
    assert (own[0], "https://a.test/x" in own[1]) == (False, True)
    assert other == (False, '{"success":true,"authorization":{"b":2}}')
    assert stage.stub.paths().count("/result") == 2
