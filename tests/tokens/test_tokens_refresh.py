"""Refresh tokens work once; a second use ends the family."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from attrs import evolve
from token_forge import KNOWN, SECRET, run, verifier

from ledgai_mcp.identity import Credentials, Limits
from ledgai_mcp.state import Family, State, StateUnavailable
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.state.sqlite import SqliteStore
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.keyfile import make_key_file, read_key_file, write_key_file
from ledgai_mcp.tokens.minting import Mint, Order
from ledgai_mcp.tokens.refresh import GrantRefused, Refreshing, RefreshPolicy, TokenPair
from ledgai_mcp.tokens.revoking import Revoking
from ledgai_mcp.tokens.verification import TokenPolicy, TokenRefused

ORDER = Order("alice", KNOWN, 600, Limits(projects=frozenset({1})), Credentials("4711", "qc-CANARY-2", "org"))
Scene = Callable[["Office"], Awaitable[None]]


class Office:
    """A verifier and a refresher over one state, with a clock that moves when told to."""

    def __init__(self, state: State, keys: KeyChain, now: list[float]) -> None:
        self.state, self.keys, self.now = state, keys, now
        self.mint = Mint(TokenPolicy(), keys, lambda: now[0])
        self.refreshing = Refreshing(self.mint, keys, state, RefreshPolicy(), lambda: now[0])
        self.judge = verifier(keys=keys, state=state, clock=lambda: now[0])
        self.revoking = Revoking(state, TokenPolicy(), RefreshPolicy().refresh, lambda: now[0])


@pytest.fixture(params=["memory", "sqlite"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scene], None]:
    def player(scene: Scene) -> None:
        async def main() -> None:
            now = [float(int(time.time()))]

            def clock() -> float:
                return now[0]

            store = (
                MemoryStore(clock) if request.param == "memory" else SqliteStore(tmp_path / "state.db", clock)
            )
            state = State(store, clock)
            try:
                await scene(Office(state, KeyChain(SECRET), now))
            finally:
                await state.close()

        asyncio.run(main())

    return player


async def is_refused(attempt: Awaitable[TokenPair]) -> bool:
    with pytest.raises(GrantRefused) as caught:
        await attempt
    assert caught.value.error == "invalid_grant"
    return True


def test_a_refreshed_token_is_what_was_granted(play: Callable[[Scene], None]) -> None:
    async def scene(office: Office) -> None:
        pair = await office.refreshing.start(ORDER)
        for _ in range(3):
            identity = await office.judge.verify(pair.access_token)
            assert (identity.subject, identity.scopes, identity.limits) == ("alice", KNOWN, ORDER.limits)
            assert office.keys.open_for(identity) == ORDER.credentials
            assert identity.expires_at == office.now[0] + 900
            office.now[0] += 600
            following = await office.refreshing.redeem(pair.refresh_token)
            assert following.refresh_token != pair.refresh_token
            assert "CANARY" not in repr(following)
            pair = following
        answer = pair.as_json()
        assert answer["token_type"] == "Bearer"
        assert answer["scope"] == " ".join(sorted(KNOWN))

    play(scene)


def test_a_second_use_ends_the_family_with_its_access_tokens(play: Callable[[Scene], None]) -> None:
    """RFC 9700 section 4.14.2."""

    async def scene(office: Office) -> None:
        other = await office.refreshing.start(evolve(ORDER, subject="bob"))
        first = await office.refreshing.start(ORDER)
        second = await office.refreshing.redeem(first.refresh_token)
        assert (await office.judge.verify(second.access_token)).subject == "alice"
        assert await is_refused(office.refreshing.redeem(first.refresh_token))
        assert await is_refused(office.refreshing.redeem(second.refresh_token))
        for pair in (first, second):
            with pytest.raises(TokenRefused, match="revoked"):
                await office.judge.verify(pair.access_token)
        assert (await office.judge.verify(other.access_token)).subject == "bob"
        assert await office.refreshing.redeem(other.refresh_token)

    play(scene)


def test_of_concurrent_uses_at_most_one_wins_and_the_family_ends(play: Callable[[Scene], None]) -> None:
    async def scene(office: Office) -> None:
        pair = await office.refreshing.start(ORDER)
        tries = (office.refreshing.redeem(pair.refresh_token) for _ in range(20))
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        won = [outcome for outcome in outcomes if isinstance(outcome, TokenPair)]
        assert len(won) <= 1
        assert all(isinstance(outcome, TokenPair | GrantRefused) for outcome in outcomes)
        for winner in won:
            assert await is_refused(office.refreshing.redeem(winner.refresh_token))
            with pytest.raises(TokenRefused, match="revoked"):
                await office.judge.verify(winner.access_token)

    play(scene)


def test_a_guessed_secret_does_not_end_somebodys_family(play: Callable[[Scene], None]) -> None:
    """The family id shows in every access token; it must not be enough to log its owner out."""

    async def scene(office: Office) -> None:
        pair = await office.refreshing.start(ORDER)
        family_id = pair.refresh_token.split(".")[1]
        assert await is_refused(office.refreshing.redeem(f"ldgr.{family_id}.{'A' * 43}"))
        await office.refreshing.revoke(f"ldgr.{family_id}.{'A' * 43}", office.judge)
        assert await office.refreshing.redeem(pair.refresh_token)

    play(scene)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "x",
        "ldgr",
        "ldgr..",
        "ldgr.a.b",
        "ldgr." + "a" * 22 + "." + "b" * 43,
        "ldgr." + "a" * 10_000,
        "ldgr." + "a" * 22 + "." + "b" * 43 + "\n",
        "a.b.c",
        "\0",
    ],
)
def test_what_is_no_refresh_token_is_an_invalid_grant(raw: str) -> None:
    keys = KeyChain(SECRET)
    refreshing = Refreshing(Mint(TokenPolicy(), keys), keys, State(MemoryStore()))
    with pytest.raises(GrantRefused) as caught:
        run(refreshing.redeem(raw))
    assert caught.value.error == "invalid_grant"


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(play: Callable[[Scene], None]) -> None:
    async def scene(office: Office) -> None:
        pair = await office.refreshing.start(ORDER)
        assert await is_refused(office.refreshing.redeem(pair.access_token))
        with pytest.raises(TokenRefused):
            await office.judge.verify(pair.refresh_token)

    play(scene)


def test_scopes_may_shrink_and_never_grow(play: Callable[[Scene], None]) -> None:
    """RFC 6749 section 6."""

    async def scene(office: Office) -> None:
        small = frozenset({"qc:projects:read"})
        pair = await office.refreshing.start(evolve(ORDER, scopes=KNOWN - {"qc:live:execute"}))
        narrowed = await office.refreshing.redeem(pair.refresh_token, small)
        assert (await office.judge.verify(narrowed.access_token)).scopes == small
        with pytest.raises(GrantRefused) as caught:
            await office.refreshing.redeem(narrowed.refresh_token, KNOWN)
        assert caught.value.error == "invalid_scope"
        whole = await office.refreshing.redeem(narrowed.refresh_token)
        assert (await office.judge.verify(whole.access_token)).scopes == KNOWN - {"qc:live:execute"}

    play(scene)


def test_a_grant_ends_with_its_time_however_often_it_is_used(play: Callable[[Scene], None]) -> None:
    async def scene(office: Office) -> None:
        pair = await office.refreshing.start(ORDER)
        for _ in range(29):
            office.now[0] += 24 * 3600
            pair = await office.refreshing.redeem(pair.refresh_token)
        office.now[0] += 24 * 3600
        assert await is_refused(office.refreshing.redeem(pair.refresh_token))

    play(scene)


def test_revoking_the_subject_ends_what_the_subject_could_refresh(play: Callable[[Scene], None]) -> None:
    async def scene(office: Office) -> None:
        pair = await office.refreshing.start(ORDER)
        await office.state.revoke_subject("ledgai", "alice", int(office.now[0]), 31 * 24 * 3600)
        assert await is_refused(office.refreshing.redeem(pair.refresh_token))
        office.now[0] += 1
        assert await office.refreshing.redeem((await office.refreshing.start(ORDER)).refresh_token)

    play(scene)


def test_revoking_a_refresh_token_old_or_new_ends_everything_of_its_grant(
    play: Callable[[Scene], None],
) -> None:
    """RFC 7009 section 2.1."""

    async def scene(office: Office) -> None:
        for is_old in (False, True):
            first = await office.refreshing.start(ORDER)
            second = await office.refreshing.redeem(first.refresh_token)
            await office.refreshing.revoke((first if is_old else second).refresh_token, office.judge)
            assert await is_refused(office.refreshing.redeem(second.refresh_token))
            for pair in (first, second):
                with pytest.raises(TokenRefused, match="revoked"):
                    await office.judge.verify(pair.access_token)

    play(scene)


def test_revoking_an_access_token_ends_the_grant_behind_it(play: Callable[[Scene], None]) -> None:
    """Whoever had its refresh token would have had the next one at once."""

    async def scene(office: Office) -> None:
        other = await office.refreshing.start(ORDER)
        first = await office.refreshing.start(ORDER)
        second = await office.refreshing.redeem(first.refresh_token)
        assert await office.refreshing.revoke(first.access_token, office.judge) is not None
        assert await office.refreshing.revoke(first.access_token, office.judge) is None
        for pair in (first, second):
            with pytest.raises(TokenRefused, match="revoked"):
                await office.judge.verify(pair.access_token)
        assert await is_refused(office.refreshing.redeem(second.refresh_token))
        assert await office.refreshing.redeem(other.refresh_token)

    play(scene)


class Failing(SqliteStore):
    """A store that is down for one step, once."""

    step: str | None = None

    def _fail(self, step: str) -> None:
        if self.step == step:
            self.step = None
            raise StateUnavailable("down")

    async def family(self, family_id: str) -> Family | None:
        self._fail("family")
        return await super().family(family_id)

    async def end_family(self, family_id: str) -> None:
        self._fail("end_family")
        await super().end_family(family_id)


@pytest.mark.parametrize("step", ["family", "end_family"])
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_revocation_that_failed_halfway_and_is_repeated_ends_the_grant(
    step: str, which: str, tmp_path: Path
) -> None:
    """The repeated POST /revoke found the access token revoked, answered 200, and left the family alive."""

    async def main() -> None:
        now = [float(int(time.time()))]
        store = Failing(tmp_path / "state.db", lambda: now[0])
        state = State(store, lambda: now[0])
        office = Office(state, KeyChain(SECRET), now)
        pair = await office.refreshing.start(ORDER)
        store.step = step
        with pytest.raises(StateUnavailable):
            await office.refreshing.revoke(getattr(pair, which), office.judge)
        await office.refreshing.revoke(getattr(pair, which), office.judge)
        for days in (0, 2):
            now[0] += days * 24 * 3600
            await state.use_once(f"what makes the store tidy up, day {days}", 60)
            assert await is_refused(office.refreshing.redeem(pair.refresh_token))
        await state.close()

    asyncio.run(main())


def test_a_family_that_could_not_be_forgotten_stays_revoked_to_its_last_day(tmp_path: Path) -> None:
    """It came alive again when the revocation had outlived the access tokens alone."""

    async def main() -> None:
        now = [float(int(time.time()))]
        store = Failing(tmp_path / "state.db", lambda: now[0])
        state = State(store, lambda: now[0])
        office = Office(state, KeyChain(SECRET), now)
        first = await office.refreshing.start(ORDER)
        second = await office.refreshing.redeem(first.refresh_token)
        store.step = "end_family"
        with pytest.raises(StateUnavailable):
            await office.refreshing.redeem(first.refresh_token)
        now[0] += 29 * 24 * 3600
        await state.use_once("what makes the store tidy up", 60)
        assert await is_refused(office.refreshing.redeem(second.refresh_token))
        await state.close()

    asyncio.run(main())


@pytest.mark.parametrize("how", ["token", "family"])
def test_revoking_by_the_id_of_an_access_token_ends_the_grant_behind_it(
    play: Callable[[Scene], None], how: str
) -> None:
    """What an operator finds in the audit record is enough; the tokens themselves he does not have."""

    async def scene(office: Office) -> None:
        other = await office.refreshing.start(ORDER)
        first = await office.refreshing.start(ORDER)
        second = await office.refreshing.redeem(first.refresh_token)
        seen = await office.judge.verify(first.access_token)
        found = seen.token_id if how == "token" else seen.family_id
        assert found is not None
        await office.revoking.one(found)
        for pair in (first, second):
            with pytest.raises(TokenRefused, match="revoked"):
                await office.judge.verify(pair.access_token)
        assert await is_refused(office.refreshing.redeem(second.refresh_token))
        assert await office.refreshing.redeem(other.refresh_token)

    play(scene)


@pytest.mark.parametrize("whose", ["alice", None])
def test_a_token_of_a_clock_that_is_ahead_does_not_outlive_a_revocation(
    play: Callable[[Scene], None], whose: str | None
) -> None:
    """Its `iat` had not come yet, so it counted as made after the revocation, to the end of its life."""

    async def scene(office: Office) -> None:
        ahead = Mint(TokenPolicy(), office.keys, lambda: office.now[0] + 30)
        early = ahead.mint(ORDER)
        assert (await office.judge.verify(early.token)).subject == "alice"
        until = int(office.now[0])
        await (office.revoking.subject(whose, until) if whose else office.revoking.everything(until))
        for _ in range(3):
            with pytest.raises(TokenRefused, match="revoked"):
                await office.judge.verify(early.token)
            office.now[0] += 20

    play(scene)


def test_what_is_made_right_after_a_revocation_is_good_within_a_second(play: Callable[[Scene], None]) -> None:
    async def scene(office: Office) -> None:
        await office.revoking.subject("alice", int(office.now[0]))
        after = await office.state.revoked_until("ledgai", "alice")
        assert await office.state.revoked_until("ledgai", "bob") == 0
        office.now[0] += 1
        assert await office.judge.verify(office.mint.mint(ORDER, after).token)
        pair = await office.refreshing.start(ORDER)
        following = await office.refreshing.redeem(pair.refresh_token)
        for each in (pair, following):
            assert (await office.judge.verify(each.access_token)).subject == "alice"
        office.now[0] += 5
        await office.revoking.subject("alice", int(office.now[0]))
        with pytest.raises(TokenRefused, match="revoked"):
            await office.judge.verify(following.access_token)
        assert await is_refused(office.refreshing.redeem(following.refresh_token))

    play(scene)


def test_a_revocation_up_to_a_moment_of_the_past_reaches_a_leeway_further(
    play: Callable[[Scene], None],
) -> None:
    async def scene(office: Office) -> None:
        within, beyond = (
            Mint(TokenPolicy(), office.keys, lambda at=at: office.now[0] - at).mint(ORDER).token
            for at in (70, 69)
        )
        await office.revoking.everything(int(office.now[0]) - 100)
        with pytest.raises(TokenRefused, match="revoked"):
            await office.judge.verify(within)
        assert await office.judge.verify(beyond)

    play(scene)


@pytest.mark.parametrize("raw", ["", "x", "a.b.c", "ldgr." + "a" * 22 + "." + "b" * 43, "x" * 20_000])
def test_revoking_what_is_no_token_is_no_error(raw: str, play: Callable[[Scene], None]) -> None:
    """RFC 7009 section 2.2."""

    async def scene(office: Office) -> None:
        await office.refreshing.revoke(raw, office.judge)

    play(scene)


def test_no_secret_lies_in_the_state_file(tmp_path: Path) -> None:
    async def main() -> None:
        state = State(SqliteStore(tmp_path / "state.db"))
        office = Office(state, KeyChain(SECRET), [time.time()])
        pair = await office.refreshing.start(ORDER)
        following = await office.refreshing.redeem(pair.refresh_token)
        await office.refreshing.revoke(following.access_token, office.judge)
        stored = await asyncio.to_thread(everything, tmp_path)
        await state.close()
        stored += await asyncio.to_thread(everything, tmp_path)
        secrets = [pair.refresh_token.split(".")[2], following.refresh_token.split(".")[2], pair.access_token]
        for secret in (*secrets, "qc-CANARY-2", b"qc-CANARY-2".hex(), "cWMtQ0FOQVJZLTI"):
            assert secret.encode() not in stored
        assert b"alice" in stored

    asyncio.run(main())


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_grant_outlives_a_rotation_of_the_keys_and_is_sealed_anew(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_key_file(path, make_key_file(0), replace=False)
    keys = KeyChain(None, path)
    office = Office(State(MemoryStore()), keys, [time.time()])
    pair = run(office.refreshing.start(ORDER))
    write_key_file(path, read_key_file(path).rotated(0, 24 * 3600), replace=True)
    pair = run(office.refreshing.redeem(pair.refresh_token))
    entries = read_key_file(path).entries
    write_key_file(
        path, type(read_key_file(path))(tuple(e for e in entries if e.retired is None)), replace=True
    )
    pair = run(office.refreshing.redeem(pair.refresh_token))
    assert keys.open_for(run(office.judge.verify(pair.access_token))) == ORDER.credentials


def test_a_grant_whose_key_is_gone_asks_to_sign_in_again(tmp_path: Path) -> None:
    state, now = State(MemoryStore()), [time.time()]
    pair = run(Office(state, KeyChain(SECRET), now).refreshing.start(ORDER))
    other = Office(state, KeyChain(b"another secret of thirty-two bytes!"), now)
    with pytest.raises(GrantRefused, match="sign in again"):
        run(other.refreshing.redeem(pair.refresh_token))


def test_a_failure_before_the_exchange_costs_the_client_nothing() -> None:
    class Falters(MemoryStore):
        is_down = False

        async def cuts(self, keys: object) -> list[int | None]:
            if self.is_down:
                raise StateUnavailable("down")
            return await super().cuts(keys)

    store = Falters()
    office = Office(State(store), KeyChain(SECRET), [time.time()])
    pair = run(office.refreshing.start(ORDER))
    store.is_down = True
    with pytest.raises(StateUnavailable):
        run(office.refreshing.redeem(pair.refresh_token))
    store.is_down = False
    assert run(office.refreshing.redeem(pair.refresh_token))


def test_the_refresh_policy_is_bounded() -> None:
    for wrong in ({"access": 59}, {"access": 10**6}, {"refresh": 10}, {"refresh": 10**9}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            RefreshPolicy(**wrong)
