"""Key sets of another issuer: where they may be, and which keys of them are accepted."""

import asyncio
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from token_forge import ED, RSA, public_jwk, verifier
from token_issuer import CACHE_TIMES, GOOD, signed

from ledgai_mcp.tokens.jwks import CacheTimes, KeySet, KeySetFile, KeySetUrl, read_key_set
from ledgai_mcp.tokens.keys import KeyRefused, KeysUnavailable


def test_a_key_set_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"

    async def main() -> None:
        now = [1000.0]
        keys = KeySet(KeySetFile(file), CACHE_TIMES, lambda: now[0])
        checker = verifier(keys=keys)
        with pytest.raises(KeysUnavailable):
            await checker.verify(signed())
        file.write_bytes(GOOD)
        now[0] += CACHE_TIMES.retry
        assert (await checker.verify(signed())).subject == "alice"
        await keys.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    ["http://idp.test/keys", "ftp://127.0.0.1/", "file:///etc/passwd", "", "http://127.0.0.1.evil.test/"],
)
def test_a_key_set_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(KeyRefused, match="https"):
        KeySetUrl(url)


def test_cache_times_are_bounded() -> None:
    for value in (0, -1, float("inf"), float("nan"), 10**9):
        with pytest.raises(ValueError, match="grace"):
            CacheTimes(grace=value)


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"[]", b'{"keys": {}}', b'{"keys": []}', b"\xff", b"[" * 50_000, b" " * 300_000,
     json.dumps({"keys": [{}] * 101}).encode()],
)  # fmt: skip
def test_a_malformed_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"key set|usable key"):
        read_key_set(document)


def test_only_strong_public_signature_keys_are_accepted() -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose
    private = {**RSAAlgorithm.to_jwk(RSA, as_dict=True), "kid": "private", "key_ops": ["verify"]}
    wrong = [
        1,
        None,
        {},
        {"kty": "oct", "k": "A" * 43, "kid": "k1", "alg": "HS256"},
        private,
        public_jwk(weak, "weak"),
        {**public_jwk(ec.generate_private_key(ec.SECP384R1()), "p384"), "alg": "ES256"},
        public_jwk(ec.generate_private_key(ec.SECP256K1()), "k1"),
        {**public_jwk(RSA, "enc"), "use": "enc"},
        {**public_jwk(RSA, "ops"), "key_ops": ["encrypt"]},
        {**public_jwk(RSA, "ops"), "key_ops": None},
        {**public_jwk(RSA, "none"), "alg": "none"},
        {**public_jwk(RSA, "hs"), "alg": "HS256"},
        {**public_jwk(RSA, "ed"), "alg": "Ed25519"},
        {**public_jwk(RSA, "kid"), "kid": 7},
        {**public_jwk(RSA, "n"), "n": "!!"},
        {"kty": ["RSA"], "kid": "x"},
    ]
    good = [{**public_jwk(RSA, "good"), "alg": "PS256"}, {**public_jwk(ED, "ed"), "alg": "Ed25519"}]
    found, unusable = read_key_set(json.dumps({"keys": [*wrong, *good]}).encode())
    kinds = {(key.kid, key.algorithm) for keys in found.values() for key in keys}
    assert kinds == {("good", "PS256"), ("ed", "EdDSA"), ("ed", "Ed25519")}
    assert len(unusable) == len(wrong)
    assert "'weak', it has fewer than 2048 bits (RFC 7518 section 3.3)" in unusable
    assert "'private', it is a private key, which everybody can read there" in unusable
