"""Another issuer's keys through good days and outages, against a real server."""

import asyncio
import json
from collections.abc import AsyncIterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from token_forge import EC, ED, RSA, SECRET, claims, forge, public_jwk, verifier
from token_issuer import CACHE_TIMES, GIVE_UP, GOOD, Issuer, settled, signed

from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.jwks import KeySet, KeySetUrl
from ledgai_mcp.tokens.keys import KeyRing, KeySources, KeysUnavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
async def keys(issuer: Issuer, now: list[float]) -> AsyncIterator[KeySet]:
    keys = KeySet(KeySetUrl(issuer.url, GIVE_UP), CACHE_TIMES, lambda: now[0])
    yield keys
    await keys.close()


async def test_its_tokens_are_verified_with_one_fetch(issuer: Issuer, keys: KeySet) -> None:
    checker = verifier(keys=keys)
    assert not keys.is_ready
    for raw in (
        signed(),
        jwt.encode(claims(), EC, "ES256", headers={"kid": "k2"}),
        jwt.encode(claims(), ED, "EdDSA", headers={"kid": "k3"}),
        jwt.encode(claims(), RSA, "RS256"),
    ):
        assert (await checker.verify(raw)).subject == "alice"
    assert keys.is_ready
    assert issuer.asked == 1


@pytest.mark.parametrize("failure", ["status", "html", "empty", "huge", "redirect", "hang", "down"])
async def test_an_outage_keeps_the_known_keys_for_a_while_and_then_says_503(
    issuer: Issuer, failure: str, keys: KeySet, now: list[float]
) -> None:
    """Case C37."""
    source = keys._source
    assert isinstance(source, KeySetUrl)
    checker = verifier(keys=keys)
    await checker.verify(signed())
    times = fail(issuer, failure)
    source._timeout = times
    now[0] += CACHE_TIMES.fresh + 1
    assert (await checker.verify(signed())).subject == "alice"
    await settled(keys)
    now[0] += CACHE_TIMES.grace - 10
    assert (await checker.verify(signed())).subject == "alice"
    await settled(keys)
    assert keys.is_ready
    now[0] += 20
    with pytest.raises(KeysUnavailable):
        await checker.verify(signed())
    assert not keys.is_ready
    recover(issuer)
    source._timeout = GIVE_UP
    now[0] += CACHE_TIMES.retry
    if failure != "down":
        assert (await checker.verify(signed())).subject == "alice"
        assert keys.is_ready


def fail(issuer: Issuer, how: str) -> float:
    """Make the issuer fail; return how long to wait for it: short only where nothing will come."""
    if how == "status":
        issuer.status = 500
    elif how == "redirect":
        issuer.status = 302
    elif how == "hang":
        issuer.may_answer.clear()
    elif how == "down":
        issuer.server.socket.close()
    else:
        issuer.body = {"html": b"<html>", "empty": b'{"keys":[]}', "huge": GOOD + b" " * 300_000}[how]
    return 0.3 if how == "hang" else GIVE_UP


def recover(issuer: Issuer) -> None:
    issuer.status, issuer.body = 200, GOOD
    issuer.may_answer.set()


async def test_a_start_in_an_outage_recovers(issuer: Issuer, keys: KeySet, now: list[float]) -> None:
    """Case C37: a failure is not cached beyond seconds."""
    checker = verifier(keys=keys)
    issuer.status = 500
    await keys.start()
    assert not keys.is_ready
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            await checker.verify(signed())
    assert issuer.asked == 1
    issuer.status = 200
    now[0] += CACHE_TIMES.retry
    assert (await checker.verify(signed())).subject == "alice"
    assert issuer.asked == 2


async def test_a_fetch_delays_no_other_call(issuer: Issuer, keys: KeySet, now: list[float]) -> None:
    """Case C37: while the issuer does not answer, a known key and an own secret are answered."""
    checker = verifier(keys=KeySources((KeyRing.of(SECRET), keys)))
    await checker.verify(signed())
    issuer.may_answer.clear()
    now[0] += CACHE_TIMES.fresh + 1
    waiting = asyncio.create_task(checker.verify(signed(kid="unknown")))
    await issuer.was_asked(2)
    for raw in (signed(), forge({"alg": "HS256"}, claims())):
        assert (await checker.verify(raw)).subject == "alice"
    assert not waiting.done()
    issuer.may_answer.set()
    with pytest.raises(TokenRefused):
        await waiting


async def test_many_calls_share_one_fetch_that_none_stops(issuer: Issuer, keys: KeySet) -> None:
    checker = verifier(keys=keys)
    issuer.may_answer.clear()
    calls = [asyncio.create_task(checker.verify(signed())) for _ in range(20)]
    await issuer.was_asked(1)
    calls[0].cancel()
    issuer.may_answer.set()
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert [getattr(identity, "subject", None) for identity in done[1:]] == ["alice"] * 19
    assert issuer.asked == 1


async def test_made_up_key_ids_do_not_become_fetches(issuer: Issuer, keys: KeySet, now: list[float]) -> None:
    checker = verifier(keys=keys)
    await checker.verify(signed())
    now[0] += CACHE_TIMES.cooldown
    for number in range(50):
        with pytest.raises(TokenRefused, match="names no key"):
            await checker.verify(signed(kid=f"made-up-{number}"))
    assert issuer.asked == 2


async def test_a_new_key_replaces_a_withdrawn_one(issuer: Issuer, keys: KeySet, now: list[float]) -> None:
    fresh = rsa.generate_private_key(65537, 2048)
    checker = verifier(keys=keys)
    await checker.verify(signed())
    issuer.body = json.dumps({"keys": [public_jwk(fresh, "new")]}).encode()
    now[0] += CACHE_TIMES.cooldown
    raw = jwt.encode(claims(), fresh, "RS256", headers={"kid": "new"})
    assert (await checker.verify(raw)).subject == "alice"
    with pytest.raises(TokenRefused, match="names no key"):
        await checker.verify(signed())


async def test_an_unknown_key_in_an_outage_is_a_503(issuer: Issuer, keys: KeySet, now: list[float]) -> None:
    checker = verifier(keys=keys)
    await checker.verify(signed())
    issuer.status = 500
    now[0] += CACHE_TIMES.cooldown
    with pytest.raises(KeysUnavailable):
        await checker.verify(signed(kid="maybe-new"))


async def test_hmac_tokens_never_reach_the_issuer(issuer: Issuer, keys: KeySet) -> None:
    with pytest.raises(TokenRefused):
        await verifier(keys=keys).verify(forge({"alg": "HS256", "kid": "k1"}, claims()))
    assert issuer.asked == 0


async def test_closing_stops_a_running_fetch(issuer: Issuer, keys: KeySet) -> None:
    issuer.may_answer.clear()
    waiting = asyncio.create_task(keys.find("k1", "RS256"))
    await issuer.was_asked(1)
    await keys.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_token_without_a_key_id_is_not_tried_with_several_keys(issuer: Issuer, keys: KeySet) -> None:
    other = public_jwk(rsa.generate_private_key(65537, 2048), "other")
    issuer.body = json.dumps({"keys": [public_jwk(RSA, "k1"), other]}).encode()
    with pytest.raises(TokenRefused, match="names no key"):
        await verifier(keys=keys).verify(jwt.encode(claims(), RSA, "RS256"))


async def test_an_endless_key_set_is_not_read_on(issuer: Issuer) -> None:
    issuer.body = GOOD + b" " * 300_000
    source = KeySetUrl(issuer.url, GIVE_UP)
    with pytest.raises(OSError, match="larger than"):
        await source.read()
    await source.close()
