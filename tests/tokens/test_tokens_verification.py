"""Attacks on the verifier, group (d) of the case list, and what it must accept."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from token_forge import (
    EC,
    ED,
    RSA,
    SECRET,
    FixedKeys,
    accept,
    b64,
    claims,
    forge,
    public_jwk,
    refuse,
    run,
    token,
    verification_key,
    verifier,
)

from ledgai_mcp.identity import Credentials, Limits, SealedCredentials
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens.keys import KeyRefused, KeyRing, KeySources, Secret
from ledgai_mcp.tokens.verification import LARGEST_TOKEN, TokenPolicy, TokenRefused, Verifier, anonymous_id

RSA_KEY = verification_key(RSA, "k1", "RS256")
EC_KEY = verification_key(EC, "k2", "ES256")
ED_KEY = verification_key(ED, "k3", "EdDSA")
PUBLIC = FixedKeys(RSA_KEY, EC_KEY, ED_KEY)


def test_a_good_token_becomes_the_identity_it_names() -> None:
    identity = accept(token(scopes=["qc:backtests:read", "qc:projects:read"]))
    assert (identity.issuer, identity.subject, identity.token_id) == ("ledgai", "alice", "t1")
    assert identity.scopes == {"qc:backtests:read", "qc:projects:read"}
    assert identity.limits == Limits()
    assert identity.credentials is None
    assert identity.token_sha256 is not None
    assert len(identity.token_sha256) == 64


@pytest.mark.parametrize(
    ("private", "kid", "algorithm"), [(RSA, "k1", "RS256"), (EC, "k2", "ES256"), (ED, "k3", "EdDSA")]
)
def test_a_public_key_of_each_kind_verifies(private: Any, kid: str, algorithm: str) -> None:
    raw = jwt.encode(claims(), private, algorithm, headers={"kid": kid})
    assert accept(raw, keys=PUBLIC).subject == "alice"


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "nonE", " none", "none ", "", "HS256 ", "hs256"]
)
@pytest.mark.parametrize("signature", ["", "x", b64(b"\0" * 32)])
def test_no_spelling_of_none_is_an_algorithm(alg: str, signature: str) -> None:
    """C32."""
    head = f"{b64({'alg': alg, 'typ': 'JWT'})}.{b64(claims())}"
    assert refuse(f"{head}.{signature}") in ("algorithm", "malformed")


@pytest.mark.parametrize("alg", [..., None, ["HS256"], {"HS256": 1}, 256, True, "HS512", "PS256", "A128KW"])
def test_an_algorithm_that_no_key_has_is_refused_even_if_well_signed(alg: Any) -> None:
    """C32."""
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
    with pytest.raises(KeyRefused, match="not a shared secret"):
        KeyRing.of(pem)


def test_an_asymmetric_token_is_not_checked_with_the_other_public_key() -> None:
    raw = jwt.encode(claims(), EC, "ES256", headers={"kid": "k1"})
    assert refuse(raw, keys=PUBLIC) == "key"


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": public_jwk(RSA, "k1")},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/cert"},
        {"x5c": ["MIIB"]},
        {"jwk": None},
    ],
)
def test_a_token_cannot_bring_its_own_key(extra: dict[str, Any]) -> None:
    own = jwt.encode(claims(), RSA, "RS256", headers={"kid": "k1", **extra})
    assert refuse(own, keys=PUBLIC) == "header"
    assert refuse(forge({"alg": "HS256", **extra}, claims())) == "header"


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"typ": "dpop+jwt"},
        {"typ": 1},
        {"typ": None},
    ],
)
def test_a_header_that_changes_the_rules_is_refused(extra: dict[str, Any]) -> None:
    assert refuse(forge({"alg": "HS256", **extra}, claims())) == "header"


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "../../../../dev/null",
        "/dev/null",
        "' OR 1=1 --",
        "a\0b",
        "k" * 257,
        1,
        None,
        ["k1"],
        {"k": 1},
        "é",
        "k1 ",
    ],
)
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


def test_a_changed_claim_breaks_the_signature() -> None:
    head, _, signature = token().split(".")
    assert refuse(f"{head}.{b64(claims(sub='bob'))}.{signature}") == "signature"


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "exp"])
def test_every_required_claim_is_required(name: str) -> None:
    """C34."""
    assert refuse(token(**{name: ...})) == "claims"


@pytest.mark.parametrize("value", [None, 1, True, "", "a\nb", "x" * 257, ["alice"], {"a": 1}])
def test_issuer_and_subject_are_short_texts(value: Any) -> None:
    assert refuse(token(sub=value)) == "claims"
    assert refuse(token(iss=value)) == "claims"
    assert refuse(token(jti=value)) == "claims"


def test_a_token_for_another_service_is_refused() -> None:
    """C34."""
    assert refuse(token(aud="other")) == "audience"
    assert refuse(token(aud=["other", "quantconnect-mcp-2"])) == "audience"
    assert refuse(token(aud="quantconnect-mcp ")) == "audience"
    assert accept(token(aud=["quantconnect-mcp", "x"])).subject == "alice"
    for wrong in (None, 1, [], [1], ["quantconnect-mcp", None], {"quantconnect-mcp": 1}):
        assert refuse(token(aud=wrong)) == "claims"


def test_a_token_of_another_issuer_is_refused() -> None:
    assert refuse(token(iss="https://idp.test")) == "issuer"
    assert (
        accept(token(iss="https://idp.test"), policy=TokenPolicy(issuer="https://idp.test")).subject
        == "alice"
    )


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", ["1799999999", 1e300, True, None, [], {}, -1, 10**30, 253_402_300_800])
def test_times_are_sane_numbers(name: str, value: Any) -> None:
    """C34."""
    assert refuse(token(**{name: value})) == "claims"


@pytest.mark.parametrize("text", ["1e400", "NaN", "Infinity", "-Infinity", "1" * 5000])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    payload = json.dumps(claims(exp=7)).replace('"exp": 7', f'"exp": {text}')
    assert refuse(forge({"alg": "HS256"}, payload)) in ("claims", "malformed")


@pytest.mark.parametrize(("seconds", "is_good"), [(5, True), (120, False)])
def test_clocks_may_differ_a_little(seconds: int, is_good: bool) -> None:
    """C35."""
    now = int(time.time())
    skewed = {
        "expired": token(iat=now - 3600, exp=now - seconds),
        "not_yet_valid": token(iat=now + seconds),
    }
    for reason, raw in skewed.items():
        assert accept(raw).subject == "alice" if is_good else refuse(raw) == reason
    early = token(nbf=now + seconds)
    assert accept(early).subject == "alice" if is_good else refuse(early) == "not_yet_valid"


@pytest.mark.parametrize("leeway", [-1, 61, 3600, True, 1.5])
def test_the_leeway_is_bounded(leeway: Any) -> None:
    """C35."""
    with pytest.raises(ValueError, match="leeway"):
        TokenPolicy(leeway=leeway)


@pytest.mark.parametrize("name", ["audience", "issuer"])
def test_a_policy_without_audience_or_issuer_does_not_exist(name: str) -> None:
    """C34."""
    with pytest.raises(ValueError, match=name):
        TokenPolicy(**{name: " "})


def test_a_token_may_not_live_longer_than_the_policy_says() -> None:
    now = int(time.time())
    day = 24 * 3600
    assert accept(token(iat=now, exp=now + day)).subject == "alice"
    assert refuse(token(iat=now, exp=now + day + 1)) == "life"
    assert refuse(token(iat=now - 10 * day, exp=now + 60)) == "life"
    assert refuse(token(iat=now, exp=now)) == "life"


@pytest.mark.parametrize("size", [LARGEST_TOKEN + 1, 60_000, 300_000])
def test_a_large_token_is_refused_before_anything_is_decoded(size: int) -> None:
    """C39."""
    padded = token(note="x" * size)
    assert len(padded) > size
    assert refuse(padded) == "too_large"
    assert refuse("." * size) == "too_large"


def test_a_token_of_8_kb_is_accepted() -> None:
    """C39."""
    raw = token(note="x" * 6000)
    assert 8000 < len(raw) < LARGEST_TOKEN
    assert accept(raw).subject == "alice"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        " a.b.c",
        "a.b.c\n",
        "Bearer a.b.c",
        "\0.\0.\0",
        "é.é.é",
    ],
)
def test_what_is_not_a_compact_jwt_is_refused(raw: str) -> None:
    assert refuse(raw) in ("malformed", "missing")


@pytest.mark.parametrize("raw", [None, b"a.b.c", 7, ["a"], {}])
def test_what_is_not_text_is_refused(raw: Any) -> None:
    with pytest.raises(TokenRefused):
        run(verifier().verify(raw))


def test_duplicate_names_are_refused_in_header_and_claims() -> None:
    """Two readers of one token must not see two subjects."""
    payload = json.dumps(claims())[:-1] + ', "sub": "admin"}'
    assert refuse(forge({"alg": "HS256"}, payload)) == "malformed"
    assert refuse(forge('{"alg":"HS256","alg":"none"}', claims())) == "malformed"
    nested = json.dumps(claims(qc_limits={}))[:-2] + '"projects": [1], "projects": [2]}}'
    assert refuse(forge({"alg": "HS256"}, nested)) == "malformed"


@pytest.mark.parametrize("payload", ["[]", "1", "null", "{", "[" * 9000, '{"a":' * 1500, "\xff", ""])
def test_claims_that_are_no_object_are_refused(payload: str) -> None:
    assert refuse(forge({"alg": "HS256"}, payload.encode("latin-1"))) == "malformed"
    assert refuse(forge(payload.encode("latin-1"), claims())) == "malformed"


def test_the_first_scope_claim_decides_alone() -> None:
    """`scopes`, then `scope`, then `scp`; never a union."""
    read, write, live = "qc:backtests:read", "qc:backtests:write", "qc:live:execute"
    assert accept(token(scopes=[read], scope=write, scp=live)).scopes == {read}
    assert accept(token(scopes=..., scope=write, scp=[live])).scopes == {write}
    assert accept(token(scopes=..., scp=[live])).scopes == {live}
    assert accept(token(scopes=..., scp=f"{live} {read}")).scopes == {live, read}
    assert accept(token(scopes=[], scope=write)).scopes == set()
    assert accept(token(scopes=f"{read} {write}")).scopes == {read, write}


@pytest.mark.parametrize(
    "value", [None, 1, True, {"qc:backtests:read": 1}, [1], [None], [["qc:backtests:read"]]]
)
def test_a_malformed_scope_claim_refuses_and_does_not_fall_through(value: Any) -> None:
    assert refuse(token(scopes=value, scope="qc:backtests:read")) == "scopes"


def test_a_token_without_any_scope_claim_is_refused() -> None:
    assert refuse(token(scopes=...)) == "scopes"
    assert refuse(token(scopes=..., scope=["qc:backtests:read"])) == "scopes"


@pytest.mark.parametrize(
    "name", ["admin", "trader", "*", "qc:*", "all", "QC:backtests:read", "qc:backtests:read,qc:live:execute"]
)
def test_groups_and_wildcards_in_a_token_grant_nothing(name: str) -> None:
    """Groups are expanded when a token is minted, never when it is used."""
    assert accept(token(scopes=[name])).scopes == set()


def test_a_text_is_never_read_as_letters() -> None:
    """C47."""
    judge = Verifier(TokenPolicy(), KeyRing.of(SECRET), State(MemoryStore()), frozenset("read"))
    assert run(judge.verify(token(scopes="read"))).scopes == set()


def test_unknown_scopes_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    judge = verifier()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert run(judge.verify(token(scopes=["qc:new\nline", "qc:backtests:read"]))).scopes == {
                "qc:backtests:read"
            }
        for number in range(400):
            run(judge.verify(token(scopes=[f"made-up-{number}"])))
    about = [record.getMessage() for record in caplog.records if "qc:new" in record.getMessage()]
    assert len(about) == 1
    assert "\n" not in about[0]
    assert len(caplog.records) <= 256


def test_limits_are_read() -> None:
    limits = {
        "projects": [1, 2],
        "organizations": ["o"],
        "brokerages": ["QuantConnectBrokerage"],
        "nodes": [],
        "backtests_per_day": 5,
        "live_deployments_per_day": 0,
    }
    found = accept(token(qc_limits=limits)).limits
    assert found == Limits(
        frozenset({1, 2}), frozenset({"o"}), frozenset({"QuantConnectBrokerage"}), frozenset(), 5, 0
    )


@pytest.mark.parametrize(
    "limits",
    [
        None,
        [],
        "projects",
        1,
        {"project": [1]},
        {"projects": None},
        {"projects": 1},
        {"projects": ["1"]},
        {"projects": [True]},
        {"projects": [1.5]},
        {"projects": [-1]},
        {"organizations": "o"},
        {"organizations": [""]},
        {"brokerages": [1]},
        {"nodes": [None]},
        {"backtests_per_day": "5"},
        {"backtests_per_day": -1},
        {"backtests_per_day": True},
        {"backtests_per_day": 1.5},
        {"backtests_per_day": None},
        {"projects": [1], "x": 1},
        {"live_deployments_per_day": 10**9},
        {"projects": list(range(1001))},
    ],
)
def test_a_limit_that_is_not_understood_refuses_the_token(limits: Any) -> None:
    assert refuse(token(qc_limits=limits)) == "limits"


def test_credentials_are_read_as_object_or_kept_sealed() -> None:
    plain = {"user_id": 4711, "api_token": "qc-CANARY-2", "organization_id": None}
    identity = accept(token(qc_credentials=plain))
    assert identity.credentials == Credentials("4711", "qc-CANARY-2", None)
    assert "CANARY" not in repr(identity)
    sealed = accept(token(qc_credentials="aaaa..bbbb.cccc.dddd")).credentials
    assert sealed == SealedCredentials("aaaa..bbbb.cccc.dddd")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        1,
        "",
        "plain text",
        "a.b.c",
        {},
        {"user_id": "1"},
        {"api_token": "x"},
        {"user_id": "1", "api_token": ""},
        {"user_id": "1:2", "api_token": "x"},
        {"user_id": True, "api_token": "x"},
        {"user_id": "1", "api_token": "x\r\ny"},
        {"user_id": "1", "api_token": "x", "organization_id": 7},
        {"user_id": "1", "api_token": "x", "url": "http://e"},
        {"user_id": -1, "api_token": "x"},
        {"user_id": "1", "api_token": "x" * 257},
    ],
)
def test_malformed_credentials_refuse_the_token(value: Any) -> None:
    assert refuse(token(qc_credentials=value)) == "credentials"


def test_a_revoked_token_cannot_be_replayed() -> None:
    state = State(MemoryStore())
    raw, other = token(), token(jti="t2")
    assert accept(raw, state=state).token_id == "t1"
    run(state.revoke_token("ledgai", "t1", int(time.time()) + 3600))
    assert refuse(raw, state=state) == "revoked"
    assert accept(other, state=state).token_id == "t2"


def test_a_token_is_revoked_with_its_family_its_subject_and_its_age() -> None:
    now = int(time.time())
    old, new = token(iat=now - 100, sid="f1"), token(iat=now, jti="t2", sid="f2")
    revocations = (
        lambda state: state.revoke_token("ledgai", "f1", now + 3600),
        lambda state: state.revoke_subject("ledgai", "alice", now - 50, 3600),
        lambda state: state.revoke_all("ledgai", now - 50, 3600),
    )
    for revoke in revocations:
        state = State(MemoryStore())
        run(revoke(state))
        assert refuse(old, state=state) == "revoked"
        assert accept(new, state=state).token_id == "t2"
    assert accept(old, state=State(MemoryStore())).token_id == "t1"


def test_one_subject_cannot_spell_the_revocation_of_another() -> None:
    state, now = State(MemoryStore()), int(time.time())
    run(state.revoke_subject("ledgai", 'x","ledgai","alice', now, 3600))
    assert accept(token(iat=now), state=state).subject == "alice"
    run(state.revoke_subject("other", "alice", now, 3600))
    assert accept(token(iat=now), state=state).subject == "alice"


def test_a_token_without_id_is_revoked_however_its_signature_is_written() -> None:
    """ECDSA has two signatures for each message, base64 has spare bits: all are the same token."""
    raw = jwt.encode(claims(jti=...), EC, "ES256", headers={"kid": "k2"})
    head, payload, signature = raw.split(".")
    state = State(MemoryStore())
    run(state.revoke_token("ledgai", anonymous_id(raw), int(time.time()) + 3600))
    value = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = int.from_bytes(value[:32]), int.from_bytes(value[32:])
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)
    twin = f"{head}.{payload}.{b64(value[:32] + (order - s).to_bytes(32))}"
    assert twin != raw
    assert accept(twin, keys=PUBLIC).subject == "alice"
    assert refuse(raw, keys=PUBLIC, state=state) == "revoked"
    assert refuse(twin, keys=PUBLIC, state=state) == "revoked"


def test_a_refusal_holds_no_part_of_the_token() -> None:
    """C40."""
    raw = token(sub="tok-CANARY-1", exp="tok-CANARY-1")
    with pytest.raises(TokenRefused) as caught:
        accept(raw)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
