"""Claims and times that a token must have, and forms that are refused."""

import json
import time
from typing import Any

import pytest
from token_forge import accept, claims, forge, refuse, run, token, verifier

from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.verification import LARGEST_TOKEN, TokenPolicy


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "exp"])
def test_every_required_claim_is_required(name: str) -> None:
    """Case C34."""
    assert refuse(token(**{name: ...})) == "claims"


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "sid"])
@pytest.mark.parametrize(
    "value",
    [None, 1, True, "", "a\nb", "x" * 257, ["alice"], {"a": 1}, " ", "  ", "\u2800", "\u3164", "\ufe0f",
     "\u00a0", "alice ", " alice", "al\u200bice", "alice\u3164", "\u202ealice"],
)  # fmt: skip
def test_whoever_is_named_can_be_seen_and_told_apart(name: str, value: Any) -> None:
    """A record of a call by "\u3164" names nobody, and "alice\u3164" looks like alice and is another."""
    assert refuse(token(**{name: value})) == "claims"


@pytest.mark.parametrize("value", ["alice", "Ada Lovelace", "ada@desk.test", "量化", "أدا", "a"])
def test_names_of_people_are_accepted(value: str) -> None:
    assert accept(token(sub=value)).subject == value


def test_a_token_for_another_service_is_refused() -> None:
    """Case C34."""
    assert refuse(token(aud="other")) == "audience"
    assert refuse(token(aud=["other", "quantconnect-mcp-2"])) == "audience"
    assert refuse(token(aud="quantconnect-mcp ")) == "audience"
    assert accept(token(aud=["quantconnect-mcp", "x"])).subject == "alice"
    for wrong in (None, 1, [], [1], ["quantconnect-mcp", None], {"quantconnect-mcp": 1}):
        assert refuse(token(aud=wrong)) == "claims"


def test_a_token_of_another_issuer_is_refused() -> None:
    assert refuse(token(iss="https://idp.test")) == "issuer"
    assert refuse(token(iss="ledgai.evil.test")) == "issuer"
    other = TokenPolicy(issuer="https://idp.test")
    assert accept(token(iss="https://idp.test"), policy=other).subject == "alice"


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", ["1799999999", 1e300, True, None, [], {}, -1, 10**30, 10**4000, 253_402_300_800]
)
def test_times_are_sane_numbers(name: str, value: Any) -> None:
    """Case C34."""
    assert refuse(token(**{name: value})) == "claims"


@pytest.mark.parametrize("text", ["1e400", "NaN", "Infinity", "-Infinity", "1" * 5000])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    payload = json.dumps(claims(exp=7)).replace('"exp": 7', f'"exp": {text}')
    assert refuse(forge({"alg": "HS256"}, payload)) in ("claims", "malformed")


@pytest.mark.parametrize(("seconds", "is_good"), [(5, True), (120, False)])
def test_clocks_may_differ_a_little(seconds: int, is_good: bool) -> None:
    """Case C35."""
    now = int(time.time())
    skewed = {
        "expired": token(iat=now - 3600, exp=now - seconds),
        "not_yet_valid": token(iat=now + seconds),
    }
    for reason, raw in skewed.items():
        assert accept(raw).subject == "alice" if is_good else refuse(raw) == reason
    early = token(nbf=now + seconds)
    assert accept(early).subject == "alice" if is_good else refuse(early) == "not_yet_valid"


def test_a_token_is_valid_up_to_the_leeway_and_not_a_second_longer() -> None:
    now = int(time.time())
    raw = token(iat=now - 60, exp=now)
    assert accept(raw, clock=lambda: now + 29).subject == "alice"
    assert refuse(raw, clock=lambda: now + 30) == "expired"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("leeway", (-1, 61, 3600, True, 1.5)),
        ("longest_life", (0, 59, 10**9, "1d", True)),
        ("audiences", ((" ",), (), ("good", ""))),
        ("issuer", ("",)),
    ],
)
def test_a_policy_is_bounded(name: str, values: tuple[Any, ...]) -> None:
    """Cases C34 and C35."""
    for value in values:
        with pytest.raises(ValueError, match=name):
            TokenPolicy(**{name: value})


def test_a_token_may_not_live_longer_than_the_policy_says() -> None:
    now = int(time.time())
    day = 24 * 3600
    assert accept(token(iat=now, exp=now + day)).subject == "alice"
    week = TokenPolicy(longest_life=7 * day)
    assert accept(token(iat=now, exp=now + 7 * day), policy=week).subject == "alice"
    assert refuse(token(iat=now, exp=now + day + 1)) == "life"
    assert refuse(token(iat=now - 10 * day, exp=now + 60)) == "life"
    assert refuse(token(iat=now, exp=now)) == "life"


def test_a_large_token_is_refused_before_anything_is_decoded() -> None:
    """Case C39."""
    for size in (LARGEST_TOKEN + 1, 300_000):
        assert refuse(token(note="x" * size)) == "too_large"
        assert refuse("." * size) == "too_large"


def test_what_is_not_a_compact_jwt_is_refused() -> None:
    for raw in ("", ".", "..", "...", "a.b", "a.b.c.d", "a.b.c.d.e", " a.b.c", "a.b.c\n", "Bearer a.b.c",
                "\0.\0.\0", "é.é.é"):  # fmt: skip
        assert refuse(raw) in ("malformed", "missing")
    wrong: Any
    for wrong in (None, b"a.b.c", 7, ["a"], {}):
        with pytest.raises(TokenRefused):
            run(verifier().verify(wrong))


def test_duplicate_names_are_refused_in_header_and_claims() -> None:
    """Two readers of one token must not see two subjects."""
    payload = json.dumps(claims())[:-1] + ', "sub": "admin"}'
    assert refuse(forge({"alg": "HS256"}, payload)) == "malformed"
    assert refuse(forge('{"alg":"HS256","alg":"none"}', claims())) == "malformed"
    nested = json.dumps(claims(qc_limits={}))[:-2] + '"projects": [1], "projects": [2]}}'
    assert refuse(forge({"alg": "HS256"}, nested)) == "malformed"


@pytest.mark.parametrize("payload", ["[]", "1", "null", "{", "[" * 9000, '{"a":' * 1500, "\xff", ""])
def test_claims_that_are_not_an_object_are_refused(payload: str) -> None:
    assert refuse(forge({"alg": "HS256"}, payload.encode("latin-1"))) == "malformed"
    assert refuse(forge(payload.encode("latin-1"), claims())) == "malformed"
