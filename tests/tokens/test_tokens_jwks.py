"""Another issuer's keys through good days and outages, against a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from token_forge import EC, ED, RSA, SECRET, claims, forge, public_jwk, verifier

from ledgai_mcp.tokens.jwks import KeySet, KeySetFile, KeySetUrl, Patience, read_key_set
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing, KeySources, KeysUnavailable
from ledgai_mcp.tokens.verification import TokenRefused

GOOD = json.dumps({"keys": [public_jwk(RSA, "k1"), public_jwk(EC, "k2"), public_jwk(ED, "k3")]}).encode()
PATIENCE = Patience(fresh=300, grace=3600, cooldown=10, retry=2)


class Issuer:
    """A key server that can be told how to fail; counts what it was asked."""

    def __init__(self) -> None:
        self.body = GOOD
        self.status = 200
        self.asked = 0
        self._changed = threading.Condition()
        self.may_answer = threading.Event()
        self.may_answer.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with issuer._changed:
                    issuer.asked += 1
                    issuer._changed.notify_all()
                body, status = issuer.body, issuer.status
                issuer.may_answer.wait(20)
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", "http://127.0.0.1:1/keys")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    return  # the client has left, as it should

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    async def was_asked(self, times: int) -> None:
        """Wait until so many requests have arrived."""

        def wait() -> None:
            with self._changed:
                assert self._changed.wait_for(lambda: self.asked >= times, 10)

        await asyncio.to_thread(wait)

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


GIVE_UP = 60.0
"""Seconds after which an issuer that should answer is given up on."""
Scene = Callable[[KeySet, Clock], Coroutine[Any, Any, None]]


def play(issuer: Issuer, scene: Scene) -> None:
    """Run a scene with a key set of the issuer and a clock."""

    async def main() -> None:
        clock = Clock()
        keys = KeySet(KeySetUrl(issuer.url, GIVE_UP), PATIENCE, clock)
        try:
            await scene(keys, clock)
        finally:
            await keys.close()

    asyncio.run(main())


def signed(kid: str = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), RSA, "RS256", headers={"kid": kid})


async def settled(keys: KeySet) -> None:
    """Wait for a refresh that runs beside the calls."""
    if keys._fetching is not None:
        await asyncio.wait_for(asyncio.shield(keys._fetching), GIVE_UP)


def test_tokens_of_the_issuer_are_verified_with_one_fetch(issuer: Issuer) -> None:
    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=keys)
        assert not keys.is_ready
        for raw in (
            signed(),
            jwt.encode(claims(), EC, "ES256", headers={"kid": "k2"}),
            jwt.encode(claims(), ED, "EdDSA", headers={"kid": "k3"}),
            jwt.encode(claims(), RSA, "RS256"),
        ):
            assert (await judge.verify(raw)).subject == "alice"
        assert keys.is_ready
        assert issuer.asked == 1

    play(issuer, scene)


@pytest.mark.parametrize("failure", ["status", "html", "empty", "huge", "redirect", "hang", "down"])
def test_an_outage_keeps_the_known_keys_for_a_while_and_then_says_503(issuer: Issuer, failure: str) -> None:
    """C37."""

    async def scene(keys: KeySet, clock: Clock) -> None:
        source = keys._source
        assert isinstance(source, KeySetUrl)
        judge = verifier(keys=keys)
        await judge.verify(signed())
        patience = fail(issuer, failure)
        source._timeout = patience
        clock.now += PATIENCE.fresh + 1
        assert (await judge.verify(signed())).subject == "alice"
        await settled(keys)
        clock.now += PATIENCE.grace - 10
        assert (await judge.verify(signed())).subject == "alice"
        await settled(keys)
        assert keys.is_ready
        clock.now += 20
        with pytest.raises(KeysUnavailable):
            await judge.verify(signed())
        assert not keys.is_ready
        recover(issuer)
        source._timeout = GIVE_UP
        clock.now += PATIENCE.retry
        if failure != "down":
            assert (await judge.verify(signed())).subject == "alice"
            assert keys.is_ready

    play(issuer, scene)


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


def test_a_start_in_an_outage_survives_and_recovers_within_seconds(issuer: Issuer) -> None:
    """C37: a failure is not cached beyond seconds."""

    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=keys)
        issuer.status = 500
        await keys.start()
        assert not keys.is_ready
        for _ in range(5):
            with pytest.raises(KeysUnavailable):
                await judge.verify(signed())
        assert issuer.asked == 1
        issuer.status = 200
        clock.now += PATIENCE.retry
        assert (await judge.verify(signed())).subject == "alice"
        assert issuer.asked == 2

    play(issuer, scene)


def test_a_fetch_never_stands_before_a_call_that_needs_none(issuer: Issuer) -> None:
    """C37: while the issuer does not answer, a known key and an own secret are answered."""

    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=KeySources((KeyRing.of(SECRET), keys)))
        await judge.verify(signed())
        issuer.may_answer.clear()
        clock.now += PATIENCE.fresh + 1
        waiting = asyncio.create_task(judge.verify(signed(kid="unknown")))
        await issuer.was_asked(2)
        for raw in (signed(), forge({"alg": "HS256"}, claims())):
            assert (await judge.verify(raw)).subject == "alice"
        assert not waiting.done()
        issuer.may_answer.set()
        with pytest.raises(TokenRefused):
            await waiting

    play(issuer, scene)


def test_many_calls_share_one_fetch_and_a_cancelled_one_does_not_stop_it(issuer: Issuer) -> None:
    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=keys)
        issuer.may_answer.clear()
        calls = [asyncio.create_task(judge.verify(signed())) for _ in range(20)]
        await issuer.was_asked(1)
        calls[0].cancel()
        issuer.may_answer.set()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(done[0], asyncio.CancelledError)
        assert [identity.subject for identity in done[1:] if not isinstance(identity, BaseException)] == [
            "alice"
        ] * 19
        assert issuer.asked == 1

    play(issuer, scene)


def test_made_up_key_ids_do_not_become_fetches(issuer: Issuer) -> None:
    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=keys)
        await judge.verify(signed())
        clock.now += PATIENCE.cooldown
        for number in range(50):
            with pytest.raises(TokenRefused, match="names no key"):
                await judge.verify(signed(kid=f"made-up-{number}"))
        assert issuer.asked == 2

    play(issuer, scene)


def test_a_new_key_is_found_and_a_withdrawn_one_is_not_used(issuer: Issuer) -> None:
    fresh = rsa.generate_private_key(65537, 2048)

    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=keys)
        await judge.verify(signed())
        issuer.body = json.dumps({"keys": [public_jwk(fresh, "new")]}).encode()
        clock.now += PATIENCE.cooldown
        raw = jwt.encode(claims(), fresh, "RS256", headers={"kid": "new"})
        assert (await judge.verify(raw)).subject == "alice"
        with pytest.raises(TokenRefused, match="names no key"):
            await judge.verify(signed())

    play(issuer, scene)


def test_an_unknown_key_in_an_outage_cannot_be_judged(issuer: Issuer) -> None:
    async def scene(keys: KeySet, clock: Clock) -> None:
        judge = verifier(keys=keys)
        await judge.verify(signed())
        issuer.status = 500
        clock.now += PATIENCE.cooldown
        with pytest.raises(KeysUnavailable):
            await judge.verify(signed(kid="maybe-new"))

    play(issuer, scene)


def test_hmac_tokens_never_reach_the_issuer(issuer: Issuer) -> None:
    async def scene(keys: KeySet, clock: Clock) -> None:
        with pytest.raises(TokenRefused):
            await verifier(keys=keys).verify(forge({"alg": "HS256", "kid": "k1"}, claims()))
        assert issuer.asked == 0

    play(issuer, scene)


def test_closing_stops_a_running_fetch(issuer: Issuer) -> None:
    async def scene(keys: KeySet, clock: Clock) -> None:
        issuer.may_answer.clear()
        waiting = asyncio.create_task(keys.find("k1", "RS256"))
        await issuer.was_asked(1)
        await keys.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    play(issuer, scene)


def test_a_key_set_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"

    async def main() -> None:
        clock = Clock()
        keys = KeySet(KeySetFile(file), PATIENCE, clock)
        judge = verifier(keys=keys)
        with pytest.raises(KeysUnavailable):
            await judge.verify(signed())
        file.write_bytes(GOOD)
        clock.now += PATIENCE.retry
        assert (await judge.verify(signed())).subject == "alice"
        await keys.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    ["http://idp.test/keys", "ftp://127.0.0.1/", "file:///etc/passwd", "", "http://127.0.0.1.evil.test/"],
)
def test_a_key_set_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(KeyRefused, match="https"):
        KeySetUrl(url)


def test_patience_is_bounded() -> None:
    for value in (0, -1, float("inf"), float("nan"), 10**9):
        with pytest.raises(ValueError, match="grace"):
            Patience(grace=value)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": []}',
        b"\xff",
        b"[" * 50_000,
        json.dumps({"keys": [{}] * 101}).encode(),
        b" " * 300_000,
    ],
)
def test_what_is_no_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"key set|usable key"):
        read_key_set(document)


def test_only_good_public_signature_keys_are_taken() -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose
    private = {**RSAAlgorithm.to_jwk(RSA, as_dict=True), "kid": "private", "key_ops": ["verify"]}
    wrong = [
        1,
        None,
        {},
        {"kty": "oct", "k": "A" * 43, "kid": "k1", "alg": "HS256"},
        private,
        public_jwk(weak, "weak"),
        public_jwk(ec.generate_private_key(ec.SECP384R1()), "p384"),
        {**public_jwk(RSA, "enc"), "use": "enc"},
        {**public_jwk(RSA, "ops"), "key_ops": ["encrypt"]},
        {**public_jwk(RSA, "ops"), "key_ops": None},
        {**public_jwk(RSA, "none"), "alg": "none"},
        {**public_jwk(RSA, "hs"), "alg": "HS256"},
        {**public_jwk(RSA, "ps"), "alg": "PS256"},
        {**public_jwk(RSA, "ed"), "alg": "Ed25519"},
        {**public_jwk(RSA, "kid"), "kid": 7},
        {**public_jwk(RSA, "n"), "n": "!!"},
        {"kty": ["RSA"], "kid": "x"},
    ]
    found = read_key_set(
        json.dumps(
            {"keys": [*wrong, public_jwk(RSA, "good"), {**public_jwk(ED, "ed"), "alg": "Ed25519"}]}
        ).encode()
    )
    assert {(key.kid, key.algorithm) for keys in found.values() for key in keys} == {
        ("good", "RS256"),
        ("ed", "EdDSA"),
    }
