"""What every store must do, as one list of scenes; run against each of them."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

from ledgai_mcp.state import Family, State

Scene = Callable[[State], Awaitable[None]]


def family(family_id: str = "f1", seconds: int = 100) -> Family:
    return Family(family_id, "digest-1", '{"a":"é"}', int(time.time()) + seconds)


async def nothing_is_revoked_at_first(state: State) -> None:
    await state.check()
    assert not await state.is_revoked("ledgai", "alice", ("t1", "f1"), 0)


async def a_token_is_revoked_by_its_id_alone(state: State) -> None:
    await state.revoke_token("ledgai", "t1", int(time.time()) + 100)
    assert await state.is_revoked("ledgai", "alice", ("t1",), int(time.time()))
    assert await state.is_revoked("ledgai", "bob", ("t9", "t1"), int(time.time()))
    assert not await state.is_revoked("ledgai", "alice", ("t2",), 0)
    assert not await state.is_revoked("other", "alice", ("t1",), 0)


async def a_subject_is_revoked_up_to_a_moment(state: State) -> None:
    now = int(time.time())
    await state.revoke_subject("ledgai", "alice", now, 1000)
    await state.revoke_subject("ledgai", "alice", now - 50, 10)
    assert await state.is_revoked("ledgai", "alice", ("t1",), now)
    assert not await state.is_revoked("ledgai", "alice", ("t1",), now + 1)
    assert not await state.is_revoked("ledgai", "bob", ("t1",), now)


async def everything_is_revoked_up_to_a_moment(state: State) -> None:
    now = int(time.time())
    await state.revoke_all("ledgai", now - 10, 1000)
    assert await state.is_revoked("ledgai", "bob", ("t1",), now - 10)
    assert not await state.is_revoked("ledgai", "bob", ("t1",), now - 9)


async def a_count_ends_at_its_limit_and_is_given_back_once(state: State) -> None:
    async def take() -> bool:
        return await state.consume("ledgai", "alice", "backtests_per_day", 2) is not None

    first = await state.consume("ledgai", "alice", "backtests_per_day", 2)
    assert first is not None
    assert await take()
    assert not await take()
    await state.refund(first)
    await state.refund(first)
    assert await take()
    assert not await take()
    assert await state.consume("ledgai", "bob", "backtests_per_day", 2) is not None
    assert await state.consume("ledgai", "alice", "live_deployments_per_day", 2) is not None
    assert await state.consume("ledgai", "carol", "backtests_per_day", 0) is None


async def of_many_callers_exactly_as_many_as_allowed_get_through(state: State) -> None:
    taken = await asyncio.gather(
        *(state.consume("ledgai", "alice", "backtests_per_day", 7) for _ in range(40))
    )
    assert sum(spend is not None for spend in taken) == 7


async def a_family_rotates_once_and_knows_what_it_used(state: State) -> None:
    store, kept = state.store, family()
    await store.add_family(kept)
    assert await store.family("f1") == kept
    assert await store.rotate("f1", "digest-0", "digest-2", "g") == "unknown"
    assert await store.rotate("f1", "digest-1", "digest-2", "g2") == "rotated"
    found = await store.family("f1")
    assert found is not None
    assert (found.current, found.grant, found.expires_at) == ("digest-2", "g2", kept.expires_at)
    assert await store.rotate("f1", "digest-1", "digest-3", "g3") == "reused"
    assert await store.rotate("f1", "digest-2", "digest-3", "g3") == "rotated"
    assert await store.rotate("f1", "digest-1", "digest-4", "g4") == "reused"
    assert await store.rotate("nobody", "digest-1", "digest-4", "g4") == "unknown"


async def of_many_rotations_one_wins(state: State) -> None:
    await state.store.add_family(family("f2"))
    outcomes = await asyncio.gather(
        *(state.store.rotate("f2", "digest-1", f"new-{n}", "g") for n in range(20))
    )
    assert sorted(outcomes) == ["reused"] * 19 + ["rotated"]


async def an_ended_or_expired_family_is_forgotten(state: State) -> None:
    await state.store.add_family(family("f3"))
    await state.store.rotate("f3", "digest-1", "digest-2", "g")
    await state.store.end_family("f3")
    await state.store.end_family("f3")
    assert await state.store.family("f3") is None
    assert await state.store.rotate("f3", "digest-1", "x", "g") == "unknown"
    await state.store.add_family(family("f4", seconds=-1))
    assert await state.store.family("f4") is None
    assert await state.store.rotate("f4", "digest-1", "x", "g") == "unknown"


SCENES = tuple(scene for scene in list(globals().values()) if inspect.iscoroutinefunction(scene))
