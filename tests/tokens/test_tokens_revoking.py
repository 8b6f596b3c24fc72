"""Revoking a token, a grant or a subject ends all that hangs on it."""

import pytest
from token_service import ORDER, TokenService, is_refused

from ledgai_mcp.state import StateUnavailable
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.verification import TokenPolicy

pytestmark = pytest.mark.anyio


def fail_once(service: TokenService, step: str) -> None:
    """Let the store be down for one step, once."""
    store = service.state.store
    genuine = getattr(store, step)

    async def down(*_: object) -> None:
        setattr(store, step, genuine)
        raise StateUnavailable("down")

    setattr(store, step, down)


@pytest.mark.parametrize("step", ["family", "end_family"])
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_revocation_that_failed_halfway_and_is_repeated_ends_the_grant(
    step: str, which: str, service: TokenService
) -> None:
    """The repeated POST /revoke found the access token revoked, answered 200, and left the family alive."""
    pair = await service.refreshing.start(ORDER)
    fail_once(service, step)
    with pytest.raises(StateUnavailable):
        await service.refreshing.revoke(getattr(pair, which), service.verifier)
    await service.refreshing.revoke(getattr(pair, which), service.verifier)
    for days in (0, 2):
        service.now[0] += days * 24 * 3600
        await service.state.consume("x", "what makes the store tidy up", "y", 9)
        assert await is_refused(service.refreshing.redeem(pair.refresh_token))


async def test_a_family_that_could_not_be_deleted_stays_revoked_to_its_last_day(
    service: TokenService,
) -> None:
    """It came alive again when the revocation had outlived the access tokens alone."""
    first = await service.refreshing.start(ORDER)
    second = await service.refreshing.redeem(first.refresh_token)
    fail_once(service, "end_family")
    with pytest.raises(StateUnavailable):
        await service.refreshing.redeem(first.refresh_token)
    service.now[0] += 29 * 24 * 3600
    await service.state.consume("x", "what makes the store tidy up", "y", 9)
    assert await is_refused(service.refreshing.redeem(second.refresh_token))


@pytest.mark.parametrize("whose", ["alice", None])
async def test_a_token_of_a_clock_that_is_ahead_does_not_outlive_a_revocation(
    whose: str | None, service: TokenService
) -> None:
    """Its `iat` had not come yet, so it counted as made after the revocation, to the end of its life."""
    ahead = Mint(TokenPolicy(), service.keys, lambda: service.now[0] + 30)
    early = ahead.mint(ORDER)
    assert (await service.verifier.verify(early.token)).subject == "alice"
    until = int(service.now[0])
    await (service.revoking.subject(whose, until) if whose else service.revoking.everything(until))
    for _ in range(3):
        with pytest.raises(TokenRefused, match="revoked"):
            await service.verifier.verify(early.token)
        service.now[0] += 20


async def test_a_token_made_after_a_revocation_is_valid_within_a_second(service: TokenService) -> None:
    await service.revoking.subject("alice", int(service.now[0]))
    after = await service.state.revoked_until("ledgai", "alice")
    assert await service.state.revoked_until("ledgai", "bob") == 0
    service.now[0] += 1
    assert await service.verifier.verify(service.mint.mint(ORDER, after).token)
    pair = await service.refreshing.start(ORDER)
    following = await service.refreshing.redeem(pair.refresh_token)
    for each in (pair, following):
        assert (await service.verifier.verify(each.access_token)).subject == "alice"
    service.now[0] += 5
    await service.revoking.subject("alice", int(service.now[0]))
    with pytest.raises(TokenRefused, match="revoked"):
        await service.verifier.verify(following.access_token)
    assert await is_refused(service.refreshing.redeem(following.refresh_token))


async def test_a_revocation_of_the_past_reaches_a_leeway_further(service: TokenService) -> None:
    within, beyond = (
        Mint(TokenPolicy(), service.keys, lambda at=at: service.now[0] - at).mint(ORDER).token
        for at in (70, 69)
    )
    await service.revoking.everything(int(service.now[0]) - 100)
    with pytest.raises(TokenRefused, match="revoked"):
        await service.verifier.verify(within)
    assert await service.verifier.verify(beyond)


async def test_a_revocation_of_the_future_reaches_until_now(service: TokenService) -> None:
    await service.revoking.everything(int(service.now[0]) + 3600)
    service.now[0] += TokenPolicy().leeway + 1
    assert await service.verifier.verify(service.mint.mint(ORDER).token)


async def test_a_revoked_subject_cannot_refresh_weeks_later(service: TokenService) -> None:
    pair = await service.refreshing.start(ORDER)
    await service.revoking.subject("alice", int(service.now[0]))
    service.now[0] += 29 * 24 * 3600
    await service.state.consume("x", "what makes the store tidy up", "y", 9)
    assert await is_refused(service.refreshing.redeem(pair.refresh_token))


@pytest.mark.parametrize(
    "by", ["access token", "refresh token", "used refresh token", "id of the token", "id of the family"]
)
async def test_a_revocation_ends_its_grant_and_no_other(by: str, service: TokenService) -> None:
    """RFC 7009 section 2.1; whoever had the refresh token would have had the next access token at once.

    The ids, which an operator finds in the audit record, are enough.
    """
    other = await service.refreshing.start(ORDER)
    first = await service.refreshing.start(ORDER)
    second = await service.refreshing.redeem(first.refresh_token)
    seen = await service.verifier.verify(first.access_token)
    assert seen.token_id
    assert seen.family_id
    ids = {"id of the token": seen.token_id, "id of the family": seen.family_id}
    if by in ids:
        await service.revoking.one(ids[by])
    else:
        used, fresh = first.refresh_token, second.refresh_token
        raw = {"access token": first.access_token, "refresh token": fresh, "used refresh token": used}[by]
        assert await service.refreshing.revoke(raw, service.verifier) is not None
    for pair in (first, second):
        with pytest.raises(TokenRefused, match="revoked"):
            await service.verifier.verify(pair.access_token)
    assert await is_refused(service.refreshing.redeem(second.refresh_token))
    assert await service.refreshing.redeem(other.refresh_token)
