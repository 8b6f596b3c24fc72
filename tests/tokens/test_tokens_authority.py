"""What a token gives: scopes, limits, credentials; whatever is not understood refuses it."""

import logging
from typing import Any

import pytest
from token_forge import SECRET, accept, refuse, run, token, verifier

from ledgai_mcp.identity import Credentials, SealedCredentials
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens.keys import KeyRing
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier


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
    assert refuse(token(scopes=..., scope=["qc:backtests:read"])) == refuse(token(scopes=...)) == "scopes"


@pytest.mark.parametrize(
    "name", ["admin", "trader", "*", "qc:*", "all", "QC:backtests:read", "qc:backtests:read,qc:live:execute"]
)
def test_groups_and_wildcards_in_a_token_grant_nothing(name: str) -> None:
    """Groups are expanded when a token is minted, never when it is used."""
    assert accept(token(scopes=[name])).scopes == set()


def test_a_text_is_not_split_into_letters() -> None:
    """Case C47."""
    checker = Verifier(TokenPolicy(), KeyRing.of(SECRET), State(MemoryStore()), frozenset("read"))
    assert run(checker.verify(token(scopes="read"))).scopes == set()


def test_unknown_scopes_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    checker = verifier()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert run(checker.verify(token(scopes=["qc:new\nline", "qc:backtests:read"]))).scopes == {
                "qc:backtests:read"
            }
        run(checker.verify(token(scopes=[f"made-up-{number}" for number in range(400)])))
    about = [record.getMessage() for record in caplog.records if "qc:new" in record.getMessage()]
    assert len(about) == 1
    assert "\n" not in about[0]
    assert len(caplog.records) <= 256


@pytest.mark.parametrize(
    "limits",
    [None, [], "projects", 1, {"project": [1]}, {"projects": None}, {"projects": 1}, {"projects": ["1"]},
     {"projects": [True]}, {"projects": [1.5]}, {"projects": [-1]}, {"organizations": "o"},
     {"organizations": [""]}, {"brokerages": [1]}, {"nodes": [None]}, {"backtests_per_day": "5"},
     {"backtests_per_day": -1}, {"backtests_per_day": True}, {"backtests_per_day": 1.5},
     {"backtests_per_day": None}, {"projects": [1], "x": 1}, {"live_deployments_per_day": 10**9},
     {"projects": list(range(1001))}],
)  # fmt: skip
def test_a_malformed_limit_refuses_the_token(limits: Any) -> None:
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
    [None, [], 1, "", "plain text", "a.b.c", {}, {"user_id": "1"}, {"api_token": "x"},
     {"user_id": "1", "api_token": ""}, {"user_id": "1:2", "api_token": "x"},
     {"user_id": "ada", "api_token": "x"},
     {"user_id": True, "api_token": "x"}, {"user_id": "1", "api_token": "x\r\ny"},
     {"user_id": "1", "api_token": "x", "organization_id": 7},
     {"user_id": "1", "api_token": "x", "url": "http://e"}, {"user_id": -1, "api_token": "x"},
     {"user_id": "1", "api_token": "x" * 257}],
)  # fmt: skip
def test_malformed_credentials_refuse_the_token(value: Any) -> None:
    assert refuse(token(qc_credentials=value)) == "credentials"
