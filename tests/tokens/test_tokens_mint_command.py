"""`ledgai-mcp token mint` and `token dev` as a person uses them."""

import json
import time
from pathlib import Path

import pytest
from attrs import evolve
from quantconnect_tools import GROUPS, SCOPES
from token_commands import CREDENTIALS, call, content, verify
from token_forge import run

from ledgai_mcp.commands import Context
from ledgai_mcp.commands.token import token
from ledgai_mcp.identity import Credentials
from ledgai_mcp.state import State
from ledgai_mcp.state.sqlite import SqliteStore
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.refresh import Refreshing, RefreshPolicy


def test_a_minted_token_is_alone_on_standard_output(context: Context) -> None:
    result = call(token, context, "mint", "--sub", "alice", "--group", "trader", "--ttl", "2h")
    identity = run(verify(context, result.stdout.strip()))
    assert identity.scopes == set(GROUPS["trader"])
    assert identity.expires_at == content(result.stdout.strip())["iat"] + 7200
    assert context.key_chain().open_for(identity) == CREDENTIALS
    assert "CANARY" not in result.output
    assert "sealed" in result.stderr


def test_limits_are_minted_and_a_wrong_one_is_refused(context: Context) -> None:
    limits = '{"projects": [1], "backtests_per_day": 3}'
    result = call(token, context, "mint", "--sub", "a", "-g", "readonly", "--limits", limits)
    assert content(result.stdout.strip())["qc_limits"] == json.loads(limits)
    for wrong in ('{"project": [1]}', "[1]", "{", '{"projects": [1], "projects": [2]}', '{"projects": "1"}'):
        refused = call(token, context, "mint", "--sub", "a", "-g", "readonly", "--limits", wrong, code=1)
        assert "limits" in refused.stderr
        assert refused.stdout == ""


def test_credentials_never_come_from_an_argument(context: Context, tmp_path: Path) -> None:
    mint = ("mint", "--sub", "alice", "-g", "readonly")
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({"user_id": 12, "api_token": "from-file"}))
    asked = "13\nfrom-prompt\n\n"
    for arguments, given, expected in (
        ((), None, CREDENTIALS),
        (("--credentials-file", str(file)), None, Credentials("12", "from-file")),
        (("--ask-credentials",), asked, Credentials("13", "from-prompt")),
        (("--no-credentials",), None, None),
    ):
        result = call(token, context, *mint, *arguments, input=given)
        identity = run(verify(context, result.stdout.strip().splitlines()[-1]))
        assert context.key_chain().open_for(identity) == expected
        assert "from-prompt" not in result.output
    options = {option for parameter in token.commands["mint"].params for option in parameter.opts}
    assert not options & {"--api-token", "--token", "--secret", "--credentials", "--user-id"}
    call(token, context, *mint, "--no-credentials", "--ask-credentials", code=2)


def test_a_bad_credentials_file_is_refused_without_its_content(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    mint = ("mint", "--sub", "a", "-g", "readonly", "--credentials-file")
    for text in ("CANARY", '{"user_id": "CANARY CANARY", "api_token": "x"}', '["CANARY"]', '{"CANARY": 1}'):
        file.write_text(text)
        assert "CANARY" not in call(token, context, *mint, str(file), code=1).output
    assert "/no/file" in call(token, context, *mint, "/no/file", code=1).stderr


def test_a_refused_mint_says_why(context: Context) -> None:
    mint = ("mint", "--sub", "a", "-g", "trader")
    assert "trader" in call(token, context, *mint[:4], "treder", code=1).stderr
    assert "8h" in call(token, context, *mint, "--ttl", "soon", code=1).stderr
    assert "LEDGAI_JWT_MAX_LIFE" in call(token, context, *mint, "--ttl", "9d", code=1).stderr
    assert "--group" in call(token, context, *mint[:3], code=2).stderr
    nobody = evolve(context, credentials=lambda: None)
    assert "QUANTCONNECT_USER_ID" in call(token, nobody, *mint, code=1).stderr
    keyless = evolve(context, key_chain=lambda: KeyChain(None))
    assert "JWT_SECRET_KEY" in call(token, keyless, *mint, code=1).stderr


def test_credentials_in_the_clear_are_announced(context: Context) -> None:
    result = call(token, context, "mint", "--sub", "alice", "-g", "readonly", "--plain-credentials")
    assert content(result.stdout.strip())["qc_credentials"]["api_token"] == "qc-CANARY-2"
    assert "READABLE" in result.stderr


def test_a_development_token_has_every_scope_for_a_day(context: Context) -> None:
    raw = call(token, context, "dev").stdout.strip()
    assert set(content(raw)["scopes"]) == set(SCOPES)
    assert content(raw)["exp"] - content(raw)["iat"] == 24 * 3600
    without = evolve(context, credentials=lambda: None)
    assert "qc_credentials" not in content(call(token, without, "dev").stdout.strip())


def test_a_pair_can_be_refreshed_and_takes_no_life_time(context: Context) -> None:
    """`--refresh --ttl 4h` made a token of a quarter of an hour without a word."""
    mint = ("mint", "--sub", "alice", "-g", "readonly", "--refresh")
    assert "LEDGAI_ACCESS_SECONDS" in call(token, context, *mint, "--ttl", "4h", code=2).stderr
    pair = json.loads(call(token, context, *mint).stdout)
    assert pair["expires_in"] == RefreshPolicy().access
    assert run(verify(context, pair["access_token"])).subject == "alice"

    async def refresh() -> None:
        state, chain = context.state(), context.key_chain()
        following = await Refreshing(Mint(context.policy(), chain), state).redeem(pair["refresh_token"])
        assert set(following.scopes) == set(GROUPS["readonly"])
        await state.close()

    run(refresh())


def test_a_token_minted_after_a_revocation_is_issued_after_it(context: Context) -> None:
    assert "30 seconds more" in call(token, context, "revoke", "--sub", "alice").stdout
    mint = ("mint", "--sub", "alice", "-g", "readonly")
    issued = content(call(token, context, *mint).stdout.strip())["iat"]
    assert issued > time.time() + 20
    assert content(call(token, context, *mint[:2], "bob", *mint[3:]).stdout.strip())["iat"] <= time.time()


def test_a_mint_that_cannot_ask_the_state_warns(context: Context) -> None:
    """A mint that cannot ask the state cannot issue behind a revocation, and said nothing."""
    down = evolve(context, state=lambda: State(SqliteStore("/nowhere/state.db")))
    made = call(token, down, "mint", "--sub", "alice", "-g", "readonly")
    assert content(made.stdout.strip())["iat"] <= time.time()
    assert "If alice was revoked a moment ago, this token is revoked too" in made.stderr
    assert "Warning" not in call(token, context, "mint", "--sub", "alice", "-g", "readonly").stderr


@pytest.mark.parametrize("refresh", [(), ("--refresh",)])
def test_a_mint_says_from_when_a_token_is_valid(context: Context, refresh: tuple[str, ...]) -> None:
    """A revoker whose clock is ahead reaches further than the leeway of whoever mints."""

    async def revoke_far() -> None:
        state = context.state()
        await state.revoke_subject("ledgai", "alice", int(time.time()) + 3600, 10_000)
        await state.close()

    run(revoke_far())
    mint = ("mint", "-g", "readonly", *refresh, "--sub")
    assert "It works from " in call(token, context, *mint, "alice").stderr
    assert "It works from " not in call(token, context, *mint, "bob").stderr
