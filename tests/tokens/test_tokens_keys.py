"""The server's secrets and its key file."""

import base64
import hashlib
import json
import logging
import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from token_forge import EC, RSA, SECRET, claims, forge, public_jwk, refuse, run, verifier

from ledgai_mcp.identity import Credentials
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.keyfile import SEALED_FOR, make_key_file, read_key_file, write_key_file
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing, KeySources, KeysUnavailable, Secret, VerificationKey
from ledgai_mcp.tokens.minting import Mint, Order
from ledgai_mcp.tokens.verification import TokenPolicy

DAY = 24 * 3600
NOW = 1_800_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "keys.json"
    write_key_file(file, make_key_file(NOW), replace=False)
    return file


def test_a_secret_under_32_bytes_is_refused_and_not_shown() -> None:
    with pytest.raises(KeyRefused, match="31 bytes") as caught:
        KeyRing.of("short-CANARY" + "x" * 19)
    assert "CANARY" not in str(caught.value)
    assert KeyRing.of("Ünïcödé àñd ïts äccénts").signing.kid is None  # bytes count


@pytest.mark.parametrize(
    "value",
    [
        b"a" * 32,
        b"\0" * 64,
        b"changeme" * 5,
        b"abcdefgh" * 4,
        b"0123456789abcdef" * 2,
        b"12345678901234567890" * 2,
    ],
)
def test_a_secret_that_repeats_itself_is_refused(value: bytes) -> None:
    with pytest.raises(KeyRefused, match="repeats itself"):
        KeyRing.of(value)


def _public_forms() -> Iterator[bytes]:
    """What everybody can download, in the forms that people paste."""
    der = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    yield from (
        pem,
        der,
        base64.b64encode(der),
        b"".join(pem.splitlines()[1:-1]),
        b"\n".join(pem.splitlines()[1:-1]),
    )
    yield RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    small = EC.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    yield from (
        small,
        base64.b64encode(small),
        base64.urlsafe_b64encode(small),
        base64.b64encode(small).rstrip(b"="),
    )
    yield RSA.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1]
    yield json.dumps(public_jwk(RSA, "k1")).encode()


def test_a_public_key_in_any_form_is_no_secret() -> None:
    for value in _public_forms():
        with pytest.raises(KeyRefused, match="key or certificate"):
            KeyRing.of(value)


@given(st.binary(min_size=32, max_size=32))
def test_what_chance_makes_is_a_good_secret(seed: bytes) -> None:
    """Of 32 random bytes, as any usual tool writes them."""
    value = hashlib.sha256(seed).digest()
    digits = str(int.from_bytes(value, "big"))[:40]
    for form in (
        value,
        value.hex().encode(),
        base64.b64encode(value),
        value.hex()[:32].encode(),
        digits.encode(),
    ):
        assert KeyRing.of(form).signing.value == form


def test_key_ids_and_secrets_are_unique() -> None:
    with pytest.raises(KeyRefused, match="same key id"):
        KeyRing([Secret("a", SECRET), Secret("a", SECRET[::-1])])
    with pytest.raises(KeyRefused, match="share one secret"):
        KeyRing([Secret("a", SECRET), Secret("b", SECRET)])


def test_no_secret_shows_in_a_repr() -> None:
    ring = KeyRing.of(SECRET, [Secret("a", SECRET[::-1] + b"CANARY")])
    assert "CANARY" not in repr(ring) + repr(ring.secrets) + repr(ring.signing.verification)


def test_without_a_key_nothing_is_signed_or_accepted() -> None:
    empty = KeyChain(None)
    with pytest.raises(KeyRefused, match="JWT_SECRET_KEY"):
        _ = empty.signing
    assert refuse(forge({"alg": "HS256"}, claims(), b""), keys=empty) == "key"


def test_a_secret_answers_for_its_own_algorithm_alone() -> None:
    for ring in (KeyRing.of(SECRET), KeyRing([Secret("a", SECRET)])):
        assert [key.algorithm for key in run(ring.find(None, "HS256"))] == ["HS256"]
        for algorithm in ("RS256", "HS512", "none", ""):
            assert run(ring.find(None, algorithm)) == ()
            assert run(ring.find("a", algorithm)) == ()


def test_a_source_that_is_down_matters_only_if_no_other_knows_the_key() -> None:
    class Down:
        async def find(self, kid: str | None, algorithm: str) -> list[VerificationKey]:
            raise KeysUnavailable("down")

    both = KeySources((KeyRing.of(SECRET), Down()))
    checker = verifier(keys=both)
    assert run(checker.verify(forge({"alg": "HS256"}, claims()))).subject == "alice"
    with pytest.raises(KeysUnavailable):
        run(checker.verify(forge({"alg": "HS256", "kid": "elsewhere"}, claims())))


def test_a_key_file_is_the_owners_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
    content = read_key_file(path)
    assert [entry.use for entry in content.entries] == ["sig", "enc"]
    assert all(len(secret.value) == 32 for secret in content.secrets())
    shown = json.loads(path.read_text())["keys"][0]["k"]
    assert shown not in repr(content)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_a_key_file_that_others_can_read_or_change_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        read_key_file(path)


def test_an_existing_key_file_is_not_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyRefused, match="exists"):
        write_key_file(path, make_key_file(NOW), replace=False)
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def one_key(**changes: Any) -> str:
    key = {"kid": "a", "use": "sig", "alg": "HS256", "created": 1, "kty": "oct", "k": "A" * 43, **changes}
    return json.dumps({"keys": [{name: value for name, value in key.items() if value is not ...}]})


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"keys": []}', '{"keys": [1]}', "[" * 100_000, one_key(k="c2hvcnQ"),
     one_key(alg="none"), one_key(k=...), one_key(k="%%%"), one_key(created="x"), one_key(kid=""),
     one_key(use="enc", alg="dir")],
)  # fmt: skip
def test_a_malformed_key_file_is_refused_without_its_content(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.json"
    file.touch(0o600)
    file.write_text(content)
    for read in (read_key_file, lambda file: KeyChain(SECRET, file)):
        with pytest.raises(KeyRefused) as caught:
            read(file)
        assert not re.search("AAAA|c2hvcnQ", str(caught.value))


def test_a_missing_key_file_is_named() -> None:
    with pytest.raises(KeyRefused, match=r"/nowhere/keys\.json cannot be read"):
        read_key_file(Path("/nowhere/keys.json"))
    with pytest.raises(KeyRefused, match="cannot be written"):
        write_key_file(Path("/nowhere/keys.json"), make_key_file(NOW), replace=True)


def test_rotation_keeps_old_keys_until_what_they_made_is_dead() -> None:
    first = make_key_file(NOW)
    second = first.rotated(NOW + 10, DAY)
    assert [secret.kid for secret in second.secrets()][1] == first.secrets()[0].kid
    assert second.secrets()[0].kid != first.secrets()[0].kid
    assert [key.kid for key in second.sealing()][1] == first.sealing()[0].kid
    third = second.rotated(NOW + 10 + DAY + 1, DAY)
    assert first.secrets()[0].kid not in [secret.kid for secret in third.secrets()]
    assert second.secrets()[0].kid in [secret.kid for secret in third.secrets()]
    assert first.sealing()[0].kid in [key.kid for key in third.sealing()]
    last = third.rotated(NOW + 20 + SEALED_FOR, DAY)
    assert first.sealing()[0].kid not in [key.kid for key in last.sealing()]


def test_a_rotation_needs_no_restart(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    chain = KeyChain(None, path)
    mint, checker = Mint(TokenPolicy(), chain), verifier(keys=chain)
    order = Order("alice", frozenset({"qc:projects:read"}), 600, credentials=Credentials("1", "x"))
    before = mint.mint(order)
    write_key_file(path, read_key_file(path).rotated(NOW, DAY), replace=True)
    after = mint.mint(order)
    assert before.token.partition(".")[0] != after.token.partition(".")[0]
    for minted in (before, after):
        assert chain.open_for(run(checker.verify(minted.token))) == Credentials("1", "x")
    path.write_text("{}")
    with caplog.at_level(logging.ERROR):
        assert run(checker.verify(after.token)).subject == "alice"
        assert run(checker.verify(before.token)).subject == "alice"
    assert len(caplog.records) == 1


def test_a_refused_key_file_is_used_after_chmod(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`chmod 600`, as the refusal asks, changes no content and no time of it: the old keys stayed."""
    chain = KeyChain(None, path)
    fresh = read_key_file(path).rotated(NOW, DAY)
    write_key_file(path, fresh, replace=True)
    path.chmod(0o644)
    with caplog.at_level(logging.ERROR):
        assert chain.signing.kid != fresh.secrets()[0].kid
    assert "chmod 600" in caplog.text
    path.chmod(0o600)
    assert chain.signing.kid == fresh.secrets()[0].kid


def test_a_key_file_is_never_seen_half_written(path: Path) -> None:
    stop, seen = threading.Event(), []

    def rotate() -> None:
        content = read_key_file(path)
        for number in range(30):
            content = content.rotated(NOW + number, DAY)
            write_key_file(path, content, replace=True)
        stop.set()

    writer = threading.Thread(target=rotate)
    writer.start()
    while not stop.is_set():
        seen.append(len(read_key_file(path).entries))
    writer.join()
    assert seen
    assert os.listdir(path.parent) == ["keys.json"]
