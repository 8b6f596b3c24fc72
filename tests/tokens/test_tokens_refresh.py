"""Refresh tokens work once; a second use revokes the family."""

import asyncio
import time
from pathlib import Path

import pytest
from attrs import evolve
from token_forge import KNOWN, SECRET, run
from token_service import ORDER, TokenService, is_refused

from ledgai_mcp.state import State, StateUnavailable
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.keyfile import make_key_file, read_key_file, write_key_file
from ledgai_mcp.tokens.keys import KeyRefused
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.refresh import GrantRefused, RefreshPolicy, TokenPair

pytestmark = pytest.mark.anyio


async def test_a_refreshed_token_is_what_was_granted(service: TokenService) -> None:
    pair = await service.refreshing.start(ORDER)
    for _ in range(3):
        identity = await service.verifier.verify(pair.access_token)
        assert (identity.subject, identity.scopes, identity.limits) == ("alice", KNOWN, ORDER.limits)
        assert service.keys.open_for(identity) == ORDER.credentials
        assert identity.expires_at == service.now[0] + 900
        service.now[0] += 600
        following = await service.refreshing.redeem(pair.refresh_token)
        assert following.refresh_token != pair.refresh_token
        assert "CANARY" not in repr(following)
        pair = following
    answer = pair.as_json()
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == " ".join(sorted(KNOWN))


async def test_replaying_a_used_refresh_token_revokes_its_whole_family(service: TokenService) -> None:
    """RFC 9700 section 4.14.2."""
    other = await service.refreshing.start(evolve(ORDER, subject="bob"))
    first = await service.refreshing.start(ORDER)
    second = await service.refreshing.redeem(first.refresh_token)
    assert (await service.verifier.verify(second.access_token)).subject == "alice"
    assert await is_refused(service.refreshing.redeem(first.refresh_token))
    assert await is_refused(service.refreshing.redeem(second.refresh_token))
    for pair in (first, second):
        with pytest.raises(TokenRefused, match="revoked"):
            await service.verifier.verify(pair.access_token)
    assert (await service.verifier.verify(other.access_token)).subject == "bob"
    assert await service.refreshing.redeem(other.refresh_token)


async def test_of_concurrent_uses_at_most_one_wins_and_the_family_is_revoked(service: TokenService) -> None:
    pair = await service.refreshing.start(ORDER)
    tries = (service.refreshing.redeem(pair.refresh_token) for _ in range(20))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    won = [outcome for outcome in outcomes if isinstance(outcome, TokenPair)]
    assert len(won) <= 1
    assert all(isinstance(outcome, TokenPair | GrantRefused) for outcome in outcomes)
    for winner in won:
        assert await is_refused(service.refreshing.redeem(winner.refresh_token))
        with pytest.raises(TokenRefused, match="revoked"):
            await service.verifier.verify(winner.access_token)


async def test_a_guessed_secret_does_not_end_somebodys_family(service: TokenService) -> None:
    """The family id shows in every access token; it must not be enough to log its owner out."""
    pair = await service.refreshing.start(ORDER)
    family_id = pair.refresh_token.split(".")[1]
    assert await is_refused(service.refreshing.redeem(f"ldgr.{family_id}.{'A' * 43}"))
    await service.refreshing.revoke(f"ldgr.{family_id}.{'A' * 43}", service.verifier)
    assert await service.refreshing.redeem(pair.refresh_token)


async def test_what_is_not_a_refresh_token_is_an_invalid_grant(service: TokenService) -> None:
    well_formed = "ldgr." + "a" * 22 + "." + "b" * 43
    for raw in ("", "x", "ldgr", "ldgr..", "ldgr.a.b", well_formed, "ldgr." + "a" * 10_000,
                well_formed + "\n", "a.b.c", "\0"):  # fmt: skip
        assert await is_refused(service.refreshing.redeem(raw))


async def test_an_access_token_is_no_refresh_token_and_the_other_way_round(service: TokenService) -> None:
    pair = await service.refreshing.start(ORDER)
    assert await is_refused(service.refreshing.redeem(pair.access_token))
    with pytest.raises(TokenRefused):
        await service.verifier.verify(pair.refresh_token)


async def test_scopes_may_shrink_and_never_grow(service: TokenService) -> None:
    """RFC 6749 section 6."""
    small = frozenset({"qc:projects:read"})
    pair = await service.refreshing.start(evolve(ORDER, scopes=KNOWN - {"qc:live:execute"}))
    narrowed = await service.refreshing.redeem(pair.refresh_token, small)
    assert (await service.verifier.verify(narrowed.access_token)).scopes == small
    with pytest.raises(GrantRefused) as caught:
        await service.refreshing.redeem(narrowed.refresh_token, KNOWN)
    assert caught.value.error == "invalid_scope"
    whole = await service.refreshing.redeem(narrowed.refresh_token)
    assert (await service.verifier.verify(whole.access_token)).scopes == KNOWN - {"qc:live:execute"}


async def test_a_grant_ends_with_its_time_however_often_it_is_used(service: TokenService) -> None:
    pair = await service.refreshing.start(ORDER)
    for _ in range(29):
        service.now[0] += 24 * 3600
        pair = await service.refreshing.redeem(pair.refresh_token)
    service.now[0] += 24 * 3600
    assert await is_refused(service.refreshing.redeem(pair.refresh_token))


async def test_no_secret_lies_in_the_state_file(service: TokenService, tmp_path: Path) -> None:
    pair = await service.refreshing.start(ORDER)
    following = await service.refreshing.redeem(pair.refresh_token)
    await service.refreshing.revoke(following.access_token, service.verifier)
    stored = await asyncio.to_thread(everything, tmp_path)
    secrets = [pair.refresh_token.split(".")[2], following.refresh_token.split(".")[2], pair.access_token]
    for secret in (*secrets, "qc-CANARY-2", b"qc-CANARY-2".hex(), "cWMtQ0FOQVJZLTI"):
        assert secret.encode() not in stored
    assert b"alice" in stored or isinstance(service.state.store, MemoryStore)


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_grant_outlives_a_rotation_of_the_keys_and_is_sealed_anew(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_key_file(path, make_key_file(0), replace=False)
    keys = KeyChain(None, path)
    service = TokenService(State(MemoryStore()), keys, [time.time()])
    pair = run(service.refreshing.start(ORDER))
    write_key_file(path, read_key_file(path).rotated(0, 24 * 3600), replace=True)
    pair = run(service.refreshing.redeem(pair.refresh_token))
    entries = read_key_file(path).entries
    write_key_file(
        path, type(read_key_file(path))(tuple(e for e in entries if e.retired is None)), replace=True
    )
    pair = run(service.refreshing.redeem(pair.refresh_token))
    assert keys.open_for(run(service.verifier.verify(pair.access_token))) == ORDER.credentials


def test_a_grant_whose_key_is_gone_asks_to_sign_in_again(tmp_path: Path) -> None:
    state, now = State(MemoryStore()), [time.time()]
    pair = run(TokenService(state, KeyChain(SECRET), now).refreshing.start(ORDER))
    other = TokenService(state, KeyChain(b"another secret of thirty-two bytes!"), now)
    with pytest.raises(GrantRefused, match="sign in again"):
        run(other.refreshing.redeem(pair.refresh_token))


@pytest.mark.parametrize(
    ("part", "step", "failure"),
    [(MemoryStore, "cuts", StateUnavailable("down")), (Mint, "mint", KeyRefused("There is no key."))],
)
def test_a_failure_before_the_exchange_costs_the_client_nothing(
    part: type, step: str, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise failure

    service = TokenService(State(MemoryStore()), KeyChain(SECRET), [time.time()])
    pair = run(service.refreshing.start(ORDER))
    with monkeypatch.context() as patch:
        patch.setattr(part, step, fail)
        with pytest.raises(type(failure)):
            run(service.refreshing.redeem(pair.refresh_token))
    assert run(service.refreshing.redeem(pair.refresh_token))


def test_the_refresh_policy_is_bounded() -> None:
    for wrong in ({"access": 59}, {"access": 10**6}, {"refresh": 10}, {"refresh": 10**9}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            RefreshPolicy(**wrong)
