"""Whatever reaches the verifier, it answers with an identity or with the one refusal."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from token_forge import SECRET, b64, claims, forge, verifier

from ledgai_mcp.identity import Credentials, Identity, SealedCredentials
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keys import KeyRing
from ledgai_mcp.tokens.sealing import Sealer, SealRefused, derived

VERIFIER = verifier()
SEALER = Sealer(derived(KeyRing.of(SECRET)))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(
    ["iss", "aud", "sub", "iat", "exp", "nbf", "jti", "sid", "scopes", "scope", "scp", "qc_limits",
     "qc_credentials"],
)  # fmt: skip
limit_names = st.sampled_from(["projects", "organizations", "brokerages", "nodes", "backtests_per_day", "x"])
headers = st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64", "cty"])


def outcome(raw: Any) -> Identity | str:
    """An identity, or the reason of the refusal; any other exception fails the test that calls."""
    try:
        return asyncio.run(VERIFIER.verify(raw))
    except TokenRefused as refusal:
        return refusal.reason


@given(
    st.text(max_size=400)
    | st.binary(max_size=400).map(lambda raw: raw.decode("latin-1"))
    | st.lists(st.binary(max_size=120), min_size=1, max_size=6).map(lambda parts: ".".join(map(b64, parts)))
)
def test_arbitrary_text_is_refused(raw: str) -> None:
    assert isinstance(outcome(raw), str)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_arbitrary_bytes_that_are_well_signed_are_refused(header: bytes, payload: bytes) -> None:
    assert isinstance(outcome(forge({"alg": "HS256"}, payload)), str)
    assert isinstance(outcome(forge(header, claims())), str)


@given(st.dictionaries(headers, json_values, max_size=3), st.booleans())
def test_arbitrary_headers_give_an_identity_or_the_refusal(header: dict[str, Any], is_hs256: bool) -> None:
    complete = {**header, "alg": "HS256"} if is_hs256 else header
    raw = forge(json.dumps(complete), claims())
    found = outcome(raw)
    assert isinstance(found, str) or (is_hs256 and found.subject == "alice")


@given(st.dictionaries(names, json_values, max_size=4))
def test_arbitrary_claims_give_an_identity_or_the_refusal(changes: dict[str, Any]) -> None:
    found = outcome(forge({"alg": "HS256"}, json.dumps(claims(**changes))))
    if isinstance(found, Identity):
        assert found.issuer == "ledgai"
        assert isinstance(found.subject, str)
        assert isinstance(found.expires_at, int)


@given(st.dictionaries(limit_names, json_values, max_size=3))
def test_arbitrary_limits_never_loosen(limits: dict[str, Any]) -> None:
    found = outcome(forge({"alg": "HS256"}, json.dumps(claims(qc_limits=limits))))
    if isinstance(found, Identity):
        for name, value in limits.items():
            held = getattr(found.limits, name)
            assert held == (frozenset(value) if isinstance(value, list) else value)
    else:
        assert found in ("limits", "malformed")


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_one_changed_bit_of_a_good_token_is_refused(position: int, flip: int) -> None:
    good = forge({"alg": "HS256", "typ": "JWT"}, claims())
    at = position % len(good)
    changed = good[:at] + chr(ord(good[at]) ^ flip) + good[at + 1 :]
    found = outcome(changed)
    # The last character of a part carries spare bits: another spelling of the very same token.
    is_same = at + 1 == len(good) or good[at + 1 : at + 2] == "."
    assert isinstance(found, str) or is_same


@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=60), min_size=5, max_size=5).map(
        lambda parts: ".".join(b64(part) for part in parts)
    )
)
def test_arbitrary_seals_do_not_open(text: str) -> None:
    with pytest.raises(SealRefused):
        SEALER.open(SealedCredentials(text), "alice", "t1")


@given(
    st.dictionaries(
        st.sampled_from(["alg", "enc", "kid", "zip", "crit", "epk", "apu"]), json_values, max_size=4
    )
)
def test_arbitrary_seal_headers_do_not_open(changes: dict[str, Any]) -> None:
    good = SEALER.seal(Credentials("1", "secret"), "alice", "t1").jwe
    header = {"alg": "dir", "enc": "A256GCM", "kid": "derived:", **changes}
    tail = good.partition(".")[2]
    with pytest.raises(SealRefused):  # the header is part of what is sealed
        SEALER.open(SealedCredentials(f"{b64(json.dumps(header))}.{tail}"), "alice", "t1")
