"""Credentials in a token open for that token alone."""

import json
import time

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, RSAKey
from token_forge import SECRET, accept, b64, run, token

from ledgai_mcp.errors import MissingCredentials
from ledgai_mcp.identity import Credentials, SealedCredentials
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing, Secret
from ledgai_mcp.tokens.sealing import Sealer, SealingKey, SealRefused, derived

CONTENT = json.dumps({"sub": "alice", "jti": "t1", "user_id": "1", "api_token": "x"})
ALICE = Credentials("4711", "qc-CANARY-2", "org-1")
PAIR = ECKey.generate_key("P-256", private=True)
DIRECT = Sealer(derived(KeyRing.of(SECRET)))
AGREED = Sealer([SealingKey("e1", "ECDH-ES", PAIR)])
SEALERS = pytest.mark.parametrize("sealer", [DIRECT, AGREED], ids=["dir", "ECDH-ES"])


@SEALERS
def test_what_was_sealed_opens_for_its_token(sealer: Sealer) -> None:
    sealed = sealer.seal(ALICE, "alice", "t1")
    assert sealer.open(sealed, "alice", "t1") == ALICE
    assert "CANARY" not in sealed.jwe
    assert "CANARY" not in repr(sealed)
    assert sealer.seal(ALICE, "alice", "t1").jwe != sealed.jwe


@SEALERS
@pytest.mark.parametrize(
    ("subject", "token_id"), [("bob", "t1"), ("alice", "t2"), ("alice", None), ("", ""), ("t1", "alice")]
)
def test_a_moved_seal_does_not_open(sealer: Sealer, subject: str, token_id: str | None) -> None:
    with pytest.raises(SealRefused, match="made for another token"):
        sealer.open(sealer.seal(ALICE, "alice", "t1"), subject, token_id)


def test_a_seal_swapped_between_two_good_tokens_is_refused_by_the_signer() -> None:
    chain = KeyChain(SECRET)
    of_alice, of_bob = chain.seal(ALICE, "alice", "t1"), chain.seal(Credentials("12", "b"), "bob", "t2")
    honest = accept(token(qc_credentials=of_alice.jwe), keys=chain)
    assert chain.open_for(honest) == ALICE
    assert run(chain.unseal(of_alice, honest)) == ALICE
    stolen = accept(token(sub="bob", jti="t2", qc_credentials=of_alice.jwe), keys=chain)
    with pytest.raises(MissingCredentials, match="another token"):
        chain.open_for(stolen)
    swapped = accept(token(qc_credentials=of_bob.jwe), keys=chain)
    with pytest.raises(MissingCredentials, match="another token"):
        chain.open_for(swapped)


@SEALERS
def test_an_altered_seal_does_not_open(sealer: Sealer) -> None:
    header, key, iv, text, tag = sealer.seal(ALICE, "alice", "t1").jwe.split(".")
    other = sealer.seal(ALICE, "alice", "t1").jwe.split(".")
    altered = [
        (header, key, iv, text[:-2] + ("AA" if text[-2:] != "AA" else "BB"), tag),
        (header, key, iv, text, other[4]),
        (header, key, other[2], text, tag),
        (header, "AAAA", iv, text, tag),
        (header, key, iv, "", tag),
        (header, key, iv, text, ""),
        (header, key, "", text, tag),
        ("e30", key, iv, text, tag),
    ]
    for parts in altered:
        with pytest.raises(SealRefused):
            sealer.open(SealedCredentials(".".join(parts)), "alice", "t1")


def test_a_seal_to_another_server_does_not_open() -> None:
    other = Sealer(derived(KeyRing.of(b"another secret of thirty-two bytes!")))
    with pytest.raises(SealRefused, match="do not open"):
        DIRECT.open(other.seal(ALICE, "alice", "t1"), "alice", "t1")
    with pytest.raises(SealRefused, match="not here"):
        DIRECT.open(AGREED.seal(ALICE, "alice", "t1"), "alice", "t1")


@pytest.mark.parametrize(
    ("algorithm", "encryption", "key"),
    [
        ("A256KW", "A256GCM", OctKey.generate_key(256)),
        ("dir", "A128GCM", OctKey.generate_key(128)),
        ("RSA-OAEP", "A256GCM", RSAKey.generate_key(2048)),
        ("ECDH-ES", "A256GCM", ECKey.generate_key("P-256")),
    ],
)
def test_another_algorithm_is_refused(algorithm: str, encryption: str, key: OctKey) -> None:
    header = {"alg": algorithm, "enc": encryption, "kid": "derived:"}
    registry = jwe.JWERegistry(algorithms=[algorithm, encryption])
    text = jwe.encrypt_compact(header, CONTENT, key, registry=registry)
    with pytest.raises(SealRefused, match="not here"):
        DIRECT.open(SealedCredentials(text), "alice", "t1")


def test_a_seal_that_names_no_key_is_opened_only_if_there_is_one() -> None:
    first, second = derived(KeyRing([Secret("a", SECRET), Secret("b", SECRET[::-1])]))
    header = {"alg": "dir", "enc": "A256GCM"}
    sealed = SealedCredentials(jwe.encrypt_compact(header, CONTENT, first.key, registry=first.registry))
    assert Sealer([first]).open(sealed, "alice", "t1") == Credentials("1", "x")
    with pytest.raises(SealRefused, match="not here"):
        Sealer([first, second]).open(sealed, "alice", "t1")


def test_a_compressed_seal_is_refused() -> None:
    """Compression would let a small token unfold into a large one, and its length tell about the secret."""
    key = derived(KeyRing.of(SECRET))[0]
    registry = jwe.JWERegistry(algorithms=["dir", "A256GCM", "DEF"])
    header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "zip": "DEF"}
    text = jwe.encrypt_compact(header, "x" * 5000, key.key, registry=registry)
    with pytest.raises(SealRefused, match="unknown extension"):
        DIRECT.open(SealedCredentials(text), "alice", "t1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"sub":"alice","jti":"t1"}',
        b'{"sub":"alice","jti":"t1","user_id":"1","api_token":"x","role":"admin"}',
        b'{"sub":"alice","jti":"t1","user_id":"1","api_token":"x\\r\\ny"}',
        b'{"sub":"bob","sub":"alice","jti":"t1","user_id":"1","api_token":"x"}',
        b'{"jti":"t1","user_id":"1","api_token":"x"}',
        b'{"sub":"alice","user_id":"1","api_token":"x"}',
    ],
)
def test_malformed_sealed_content_is_refused(content: bytes) -> None:
    key = derived(KeyRing.of(SECRET))[0]
    header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid}
    text = jwe.encrypt_compact(header, content, key.key, registry=key.registry)
    with pytest.raises(SealRefused) as caught:
        DIRECT.open(SealedCredentials(text), "alice", "t1")
    assert "CANARY" not in str(caught.value)


def test_a_large_seal_is_refused_unopened() -> None:
    with pytest.raises(SealRefused, match="too large"):
        DIRECT.open(SealedCredentials(b64({"alg": "dir"}) + "..a.b." + "c" * 9000), "alice", "t1")


def test_sealing_keys_are_of_the_right_form() -> None:
    for algorithm, key in (
        ("dir", OctKey.generate_key(128)),
        ("ECDH-ES", OctKey.generate_key(256)),
        ("dir", PAIR),
        ("ECDH-ES", ECKey.generate_key("P-384")),
        ("ECDH-ES", ECKey.import_key(PAIR.as_dict(private=False))),
    ):
        with pytest.raises(KeyRefused, match="sealing key"):
            SealingKey("k", algorithm, key)


def test_a_derived_key_differs_for_each_secret_and_from_the_secret() -> None:
    ring = KeyRing([Secret("a", SECRET), Secret("b", SECRET[::-1])])
    first, second = derived(ring)
    assert first.key.raw_value != second.key.raw_value
    assert SECRET not in first.key.raw_value
    assert "b'" not in repr(first)


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(SealRefused, match="JWT_SECRET_KEY"):
        Sealer(()).seal(ALICE, "alice", "t1")


def test_credentials_in_the_clear_need_no_key() -> None:
    identity = accept(token(exp=int(time.time()) + 60, qc_credentials={"user_id": "1", "api_token": "x"}))
    assert KeyChain(None).open_for(identity) == Credentials("1", "x")
    assert KeyChain(None).open_for(accept(token())) is None
