"""`ledgai-mcp token revoke` as a person uses it."""

import json
import time
from pathlib import Path

import pytest
from attrs import evolve
from token_commands import call, content, verify
from token_forge import claims, forge, run

from ledgai_mcp.commands import Context
from ledgai_mcp.commands.token import token
from ledgai_mcp.state import State, open_store
from ledgai_mcp.state.sqlite import SqliteStore
from ledgai_mcp.tokens.claims import TokenRefused


@pytest.mark.parametrize("how", ["id", "subject", "subject before", "before"])
def test_a_revocation_takes_effect_on_the_next_call(context: Context, how: str) -> None:
    raw = call(token, context, "mint", "--sub", "alice", "-g", "readonly").stdout.strip()
    assert run(verify(context, raw)).subject == "alice"
    arguments = {
        "id": ("--id", content(raw)["jti"]),
        "subject": ("--sub", "alice"),
        "subject before": ("--sub", "alice", "--before", "now"),
        "before": ("--before", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
    }[how]
    assert "Revoked" in call(token, context, "revoke", *arguments).output
    with pytest.raises(TokenRefused, match="revoked"):
        run(verify(context, raw))
    assert "revoked" in call(token, context, "inspect", input=raw, code=1).stderr


@pytest.mark.parametrize(
    "arguments", [("revoke", "--sub", "alice"), ("mint", "--sub", "alice", "-g", "readonly", "--refresh")]
)
def test_an_unshared_state_is_refused(context: Context, arguments: tuple[str, ...]) -> None:
    """With `memory:` a revocation was reported and took effect nowhere."""
    alone = evolve(context, state=lambda: State(open_store("memory:")))
    refused = call(token, alone, *arguments, code=1)
    assert "LEDGAI_STATE_URL" in refused.stderr
    assert refused.stdout == ""


def test_a_revocation_says_where_it_was_written(context: Context, tmp_path: Path) -> None:
    """In a shell without LEDGAI_STATE_URL it went unseen to a file that no server reads."""
    told = call(token, context, "revoke", "--sub", "alice").stderr
    assert f"the file {tmp_path / 'state.db'} " in told
    assert "issued by 'ledgai' (LEDGAI_JWT_ISSUER, LEDGAI_ISSUERS_FILE)" in told
    store = open_store("rediss://user:pass-CANARY@redis.test:6380/2")
    assert store.place == "Redis at redis.test:6380/2"


def test_a_token_without_an_id_can_be_revoked_by_what_inspect_shows(context: Context) -> None:
    raw = forge({"alg": "HS256"}, claims(jti=...))
    shown = json.loads(call(token, context, "inspect", "--json", input=raw).stdout)["id"]
    call(token, context, "revoke", "--id", shown)
    assert "revoked" in call(token, context, "inspect", input=raw, code=1).stderr


def test_a_revocation_of_nothing_or_of_two_things_is_refused(context: Context) -> None:
    for arguments in ((), ("--id", "x", "--sub", "y"), ("--before", "yesterday"), ("--before", "2999-01-01")):
        call(token, context, "revoke", *arguments, code=2)


@pytest.mark.parametrize("option", ["--id", "--sub"])
@pytest.mark.parametrize("value", ["", "a\nb", "x" * 257, "eyJhbGciOiJIUzI1NiJ9.e30.x", "ldgr.a.b"])
def test_a_revocation_that_no_token_matches_is_refused(context: Context, option: str, value: str) -> None:
    """`--id "$JTI"` with an empty variable answered "Revoked: everything issued to anybody"."""
    refused = call(token, context, "revoke", option, value, code=2)
    assert option in refused.stderr
    assert refused.stdout == ""


def test_a_store_that_is_down_is_one_line(context: Context) -> None:
    down = evolve(context, state=lambda: State(SqliteStore("/nowhere/state.db")))
    result = call(token, down, "revoke", "--sub", "alice", code=1)
    assert result.stderr.startswith("Error: The state file cannot be used")
