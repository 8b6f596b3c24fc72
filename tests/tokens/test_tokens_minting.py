"""Tokens that are minted here."""

import jwt
import pytest
from token_forge import KNOWN, SECRET, run, verifier

from ledgai_mcp.identity import Credentials, Limits, SealedCredentials
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint, MintRefused, Order, expand, parse_ttl
from ledgai_mcp.tokens.verification import TokenPolicy

READ = frozenset({"qc:projects:read"})
GROUPS = {"trader": ("qc:backtests:read", "qc:backtests:write"), "readonly": ("qc:projects:read",)}
KEYS = KeyChain(SECRET)
MINT = Mint(TokenPolicy(), KEYS)


def test_a_minted_token_is_what_was_ordered() -> None:
    limits = Limits(
        frozenset({3, 1}), None, frozenset(), None, backtests_per_day=4, live_deployments_per_day=0
    )
    order = Order("alice", READ, 3600, limits, Credentials("4711", "qc-CANARY-2", "org"))
    minted = MINT.mint(order)
    identity = run(verifier(keys=KEYS).verify(minted.token))
    assert (identity.subject, identity.scopes, identity.limits) == ("alice", READ, limits)
    assert (identity.token_id, identity.expires_at) == (minted.token_id, minted.expires_at)
    assert minted.expires_at - minted.issued_at == 3600
    assert isinstance(identity.credentials, SealedCredentials)
    assert KEYS.open_for(identity) == order.credentials
    assert "CANARY" not in repr(order) + repr(minted)
    content = jwt.decode(minted.token, options={"verify_signature": False})
    assert "CANARY" not in str(content)
    assert content["qc_limits"] == {
        "projects": [1, 3],
        "brokerages": [],
        "backtests_per_day": 4,
        "live_deployments_per_day": 0,
    }


def test_no_two_tokens_share_an_id() -> None:
    assert len({MINT.mint(Order("alice", READ, 60)).token_id for _ in range(50)}) == 50


@pytest.mark.parametrize("seconds", [0, -1, 24 * 3600 + 1])
def test_a_life_that_would_not_be_accepted_is_not_minted(seconds: int) -> None:
    with pytest.raises(MintRefused, match="LEDGAI_JWT_MAX_LIFE_SECONDS"):
        MINT.mint(Order("alice", READ, seconds))


@pytest.mark.parametrize("subject", ["", "x" * 257, "a\nb"])
def test_a_subject_that_would_not_be_accepted_is_not_minted(subject: str) -> None:
    with pytest.raises(MintRefused, match="sub"):
        MINT.mint(Order(subject, READ, 60))


def test_a_token_that_would_be_too_large_is_not_minted() -> None:
    many = Limits(nodes=frozenset(f"LN-{number:040d}" for number in range(600)))
    with pytest.raises(MintRefused, match="bytes"):
        MINT.mint(Order("alice", READ, 60, many))


def test_an_unknown_group_or_scope_is_refused_with_a_hint() -> None:
    hints = {
        "treder": "did you mean trader",
        "qc:projects:raed": "qc:projects:read",
        "zzz": "readonly, trader",
    }
    for name, hint in hints.items():
        with pytest.raises(MintRefused, match=hint):
            expand([name], KNOWN, GROUPS)


def test_a_life_time_is_read_or_refused() -> None:
    lives = {"90s": 90, "30m": 1800, "8h": 28800, "1d12h": 129600, "1d": 86400}
    assert {text: parse_ttl(text) for text in lives} == lives
    for text in ("", "8", "h", "8 h", "-1h", "1.5h", "8hours", "8H", "1w", "9" * 20 + "s"):
        with pytest.raises(MintRefused, match="8h"):
            parse_ttl(text)
