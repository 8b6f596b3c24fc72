"""State in a real redis-server, killed and started again."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis_server import RedisServer
from state_contract import SCENES, Scene, family
from token_forge import KNOWN, SECRET, token, verifier

from ledgai_mcp.state import State, StateUnavailable, open_store
from ledgai_mcp.state.redis import RedisStore
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint, Order
from ledgai_mcp.tokens.verification import TokenPolicy

pytestmark = [pytest.mark.redis, pytest.mark.anyio]
HUNG = 60.0
"""Seconds after which a call is called hung."""


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path, keeps=getattr(request, "param", True))
    made.start()
    yield made
    made.kill()


async def connected(server: RedisServer) -> AsyncIterator[State]:
    state = State(open_store(server.url, TokenPolicy().leeway))
    yield state
    await state.close()


state, second = pytest.fixture(connected), pytest.fixture(connected)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_redis_does_what_the_contract_says(state: State, scene: Scene) -> None:
    await scene(state)


async def test_a_killed_redis_fails_closed_until_it_is_back(server: RedisServer, state: State) -> None:
    checker = verifier(state=state)
    await state.revoke_token("ledgai", "revoked", int(time.time()) + 1000)
    assert (await checker.verify(token())).token_id == "t1"
    server.kill()
    for raw in (token(), token(jti="revoked")):
        with pytest.raises(StateUnavailable):
            await checker.verify(raw)
    count = state.consume("ledgai", "alice", "backtests_per_day", 5)
    for attempt in (count, state.store.add_family(family()), state.check()):
        with pytest.raises(StateUnavailable):
            await attempt
    await asyncio.to_thread(server.start)
    assert (await checker.verify(token())).token_id == "t1"
    assert await state.consume("ledgai", "alice", "backtests_per_day", 5) is not None
    with pytest.raises(TokenRefused, match="revoked"):
        await checker.verify(token(jti="revoked"))


def lose(server: RedisServer) -> None:
    """Let Redis forget: it keeps nothing, and starts empty."""
    server.kill()
    server.start()


@pytest.mark.parametrize("server", [False], indirect=True)
async def test_a_redis_that_lost_its_data_gives_no_revoked_token_its_rights_back(
    server: RedisServer, state: State, caplog: pytest.LogCaptureFixture
) -> None:
    """What was issued before the loss counts as revoked, since some of it was; a new token is good."""
    keys = KeyChain(SECRET)
    checker = verifier(keys=keys, state=state)
    await state.revoke_token("ledgai", "t1", int(time.time()) + 1000)
    ahead = token(jti="t3", iat=int(time.time()) + 20)
    await checker.verify(token(jti="t2"))
    await asyncio.to_thread(lose, server)
    for raw in (token(), token(jti="t2"), ahead):
        with pytest.raises(TokenRefused, match="revoked"):
            await checker.verify(raw)
    after = await state.revoked_until("ledgai", "alice")
    fresh = Mint(TokenPolicy(), keys).mint(Order("alice", KNOWN, 600), after)
    later = verifier(keys=keys, state=state, clock=lambda: after - 28)
    assert (await later.verify(fresh.token)).token_id == fresh.token_id
    assert ["lost its data" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize("server", [False], indirect=True)
async def test_a_loss_is_found_by_one_replica_for_all_and_counts_once(
    server: RedisServer, state: State, second: State
) -> None:
    """A replica that starts after the loss must not hide it, and one that wakes later must not repeat it."""
    idle = State(RedisStore(server.url, 30, lambda: time.time() + 1000))
    await state.check()
    await idle.check()
    await asyncio.to_thread(lose, server)
    long_ago = int(time.time()) - 100
    assert not await second.is_revoked("ledgai", "alice", ("t1",), long_ago)
    await state.check()
    lost = await second.revoked_until("ledgai", "alice")
    assert await second.is_revoked("ledgai", "alice", ("t1",), long_ago)
    assert await idle.is_revoked("ledgai", "alice", ("t1",), long_ago)
    for each in (state, idle, second):
        assert await each.revoked_until("ledgai", "alice") == lost
    await idle.close()


async def test_a_first_start_on_an_empty_redis_revokes_nothing(state: State, second: State) -> None:
    starts = [each.revoked_until("ledgai", "alice") for each in [state, second] * 10]
    assert await asyncio.gather(*starts) == [0] * 20


@pytest.mark.parametrize("server", [False], indirect=True)
async def test_many_calls_that_find_a_loss_together_find_the_same(server: RedisServer, state: State) -> None:
    await state.check()
    await asyncio.to_thread(lose, server)
    found = await asyncio.gather(*(state.revoked_until("ledgai", "alice") for _ in range(20)))
    assert len(set(found)) == 1
    assert found[0] > 0


async def test_a_hung_redis_is_given_up_on() -> None:
    """A server that accepts and never answers must not hold a call for ever."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        state = State(open_store(f"redis://:CANARY@127.0.0.1:{deaf.getsockname()[1]}/0"))
        with pytest.raises(StateUnavailable) as caught:
            await asyncio.wait_for(state.is_revoked("ledgai", "alice", ("t1",), 0), HUNG)
        assert "CANARY" not in str(caught.value)
        await state.close()


async def test_every_key_expires(server: RedisServer, state: State) -> None:
    """Nothing stays in Redis longer than it can matter, but the mark that tells a loss of data."""
    now = int(time.time())
    await state.is_revoked("ledgai", "alice", ("t1",), now)
    await state.revoke_token("ledgai", "t1", now + 500)
    await state.revoke_token("ledgai", "t1", now + 100)
    await state.consume("ledgai", "alice", "backtests_per_day", 5)
    await state.store.add_family(family())
    await state.store.rotate("f1", "digest-1", "digest-2", "g")
    from redis.asyncio import Redis

    async with Redis.from_url(server.url, decode_responses=True) as look:
        lasts = {key: await look.ttl(key) for key in await look.keys("*")}
    assert lasts.pop("ledgai:epoch") == -1
    assert len(lasts) == 4
    assert all(seconds > 0 for seconds in lasts.values())
    assert max(seconds for key, seconds in lasts.items() if '"jti"' in key) > 400
