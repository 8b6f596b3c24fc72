"""Attacks on the signature: algorithms, keys, headers."""

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from token_forge import (
    EC,
    PUBLIC,
    RSA,
    RSA_KEY,
    SECRET,
    accept,
    b64,
    claims,
    forge,
    public_jwk,
    refuse,
    token,
)

from ledgai_mcp.identity import Limits
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing, KeySources, Secret, VerificationKey


def test_a_good_token_becomes_the_identity_it_names() -> None:
    identity = accept(token(scopes=["qc:backtests:read", "qc:projects:read"]))
    assert (identity.issuer, identity.subject, identity.token_id) == ("ledgai", "alice", "t1")
    assert identity.scopes == {"qc:backtests:read", "qc:projects:read"}
    assert identity.limits == Limits()
    assert identity.credentials is None
    assert identity.token_sha256 is not None
    assert len(identity.token_sha256) == 64


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "nonE", " none", "none ", "", "HS256 ", "hs256"]
)
@pytest.mark.parametrize("signature", ["", "x", b64(b"\0" * 32)])
def test_no_spelling_of_none_is_an_algorithm(alg: str, signature: str) -> None:
    """Case C32."""
    head = f"{b64({'alg': alg, 'typ': 'JWT'})}.{b64(claims())}"
    assert refuse(f"{head}.{signature}") in ("algorithm", "malformed")


@pytest.mark.parametrize("alg", [..., None, ["HS256"], {"HS256": 1}, 256, True, "HS512", "ES256K", "A128KW"])
def test_an_algorithm_that_no_key_has_is_refused_even_if_well_signed(alg: Any) -> None:
    """Case C32."""
    header = {"typ": "JWT"} if alg is ... else {"alg": alg, "typ": "JWT"}
    assert refuse(forge(header, claims())) == "algorithm"


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_no_hmac_secret(encoding: Encoding) -> None:
    """Algorithm confusion: HS256 "signed" with what everybody can download."""
    public = RSA.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    for header in ({"alg": "HS256", "kid": "k1"}, {"alg": "HS256"}, {"alg": "RS256", "kid": "k1"}):
        raw = forge(header, claims(), secret=public)
        both = KeySources((KeyRing.of(SECRET), PUBLIC))
        assert refuse(raw, keys=PUBLIC) in ("key", "signature")
        assert refuse(raw, keys=both) in ("key", "signature")


def test_a_public_key_cannot_be_configured_as_the_secret() -> None:
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, b"\n" + pem, b"# of our issuer\n" + pem):
        with pytest.raises(KeyRefused, match="not a shared secret"):
            KeyRing.of(secret)


def test_a_key_of_another_algorithm_is_not_used_whatever_its_source_returns() -> None:
    class Careless:
        async def find(self, kid: str | None, algorithm: str) -> list[VerificationKey]:
            return [RSA_KEY]

    assert refuse(token(), keys=Careless()) == "key"


def test_an_asymmetric_token_is_not_checked_with_the_other_public_key() -> None:
    raw = jwt.encode(claims(), EC, "ES256", headers={"kid": "k1"})
    assert refuse(raw, keys=PUBLIC) == "key"


@pytest.mark.parametrize(
    "extra",
    [{"jwk": public_jwk(RSA, "k1")}, {"jku": "http://127.0.0.1:1/keys"}, {"x5u": "http://127.0.0.1:1/cert"},
     {"x5c": ["MIIB"]}, {"jwk": None}],
)  # fmt: skip
def test_a_token_cannot_bring_its_own_key(extra: dict[str, Any]) -> None:
    own = jwt.encode(claims(), RSA, "RS256", headers={"kid": "k1", **extra})
    assert refuse(own, keys=PUBLIC) == "header"
    assert refuse(forge({"alg": "HS256", **extra}, claims())) == "header"


@pytest.mark.parametrize(
    "extra",
    [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": True}, {"zip": "DEF"}, {"typ": "dpop+jwt"},
     {"typ": 1}, {"typ": None}, {"kid": "a b"}],
)  # fmt: skip
def test_a_header_that_changes_the_rules_is_refused(extra: dict[str, Any]) -> None:
    assert refuse(forge({"alg": "HS256", **extra}, claims())) == "header"


@pytest.mark.parametrize(
    "kid",
    ["", "../../../../dev/null", "/dev/null", "' OR 1=1 --", "a\0b", "k" * 257, 1, None, ["k1"], {"k": 1},
     "é", "k1 "],
)  # fmt: skip
def test_a_key_id_is_only_ever_looked_up(kid: Any) -> None:
    """A kid as a path, as SQL, of any type: with an empty secret, as if a file had been read."""
    for secret in (b"", SECRET):
        assert refuse(forge({"alg": "HS256", "kid": kid}, claims(), secret=secret)) in ("header", "key")


def test_a_token_without_kid_is_tried_with_the_unnamed_secret_alone() -> None:
    other = b"another secret of thirty-two bytes!"
    ring = KeyRing.of(SECRET, [Secret("a", other)])
    assert accept(forge({"alg": "HS256"}, claims()), keys=ring).subject == "alice"
    assert accept(forge({"alg": "HS256", "kid": "a"}, claims(), other), keys=ring).subject == "alice"
    assert refuse(forge({"alg": "HS256"}, claims(), other), keys=ring) == "signature"
    assert refuse(forge({"alg": "HS256", "kid": "a"}, claims()), keys=ring) == "signature"
    named = KeyRing([Secret("a", other), Secret("b", SECRET)])
    assert refuse(forge({"alg": "HS256"}, claims(), other), keys=named) == "key"


def test_a_refusal_holds_no_part_of_the_token() -> None:
    """Case C40."""
    raw = token(sub="tok-CANARY-1", exp="tok-CANARY-1")
    with pytest.raises(TokenRefused) as caught:
        accept(raw)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
