"""Revoking a token, a grant or a subject ends all that hangs on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from refresh_office import ORDER, Office, Scene, is_refused
from token_forge import SECRET

from ledgai_mcp.state import Family, State, StateUnavailable
from ledgai_mcp.state.sqlite import SqliteStore
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.verification import TokenPolicy, TokenRefused


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


def play_failing(scene: Callable[[Office, Failing], Awaitable[None]], folder: Path) -> None:
    """Play a scene with a store that fails at a step of its choice."""

    async def main() -> None:
        now = [float(int(time.time()))]
        store = Failing(folder / "state.db", lambda: now[0])
        state = State(store, lambda: now[0])
        try:
            await scene(Office(state, KeyChain(SECRET), now), store)
        finally:
            await state.close()

    asyncio.run(main())


@pytest.mark.parametrize("step", ["family", "end_family"])
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_revocation_that_failed_halfway_and_is_repeated_ends_the_grant(
    step: str, which: str, tmp_path: Path
) -> None:
    """The repeated POST /revoke found the access token revoked, answered 200, and left the family alive."""

    async def scene(office: Office, store: Failing) -> None:
        pair = await office.refreshing.start(ORDER)
        store.step = step
        with pytest.raises(StateUnavailable):
            await office.refreshing.revoke(getattr(pair, which), office.judge)
        await office.refreshing.revoke(getattr(pair, which), office.judge)
        for days in (0, 2):
            office.now[0] += days * 24 * 3600
            await office.state.use_once(f"what makes the store tidy up, day {days}", 60)
            assert await is_refused(office.refreshing.redeem(pair.refresh_token))

    play_failing(scene, tmp_path)


def test_a_family_that_could_not_be_forgotten_stays_revoked_to_its_last_day(tmp_path: Path) -> None:
    """It came alive again when the revocation had outlived the access tokens alone."""

    async def scene(office: Office, store: Failing) -> None:
        first = await office.refreshing.start(ORDER)
        second = await office.refreshing.redeem(first.refresh_token)
        store.step = "end_family"
        with pytest.raises(StateUnavailable):
            await office.refreshing.redeem(first.refresh_token)
        office.now[0] += 29 * 24 * 3600
        await office.state.use_once("what makes the store tidy up", 60)
        assert await is_refused(office.refreshing.redeem(second.refresh_token))

    play_failing(scene, tmp_path)


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
