"""`ledgai-mcp token`, `keys` and `audit` as a person uses them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from quantconnect_tools import CATALOG, GROUPS, SCOPES
from token_forge import SECRET, claims, forge, run

from ledgai_mcp.audit.chain import Chain
from ledgai_mcp.commands import Desk
from ledgai_mcp.commands.audit import audit
from ledgai_mcp.commands.keys import keys
from ledgai_mcp.commands.token import token
from ledgai_mcp.identity import Credentials
from ledgai_mcp.state import State, open_store
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.refresh import Refreshing, RefreshPolicy
from ledgai_mcp.tokens.verification import TokenPolicy, TokenRefused, Verifier

CREDENTIALS = Credentials("4711", "qc-CANARY-2", "org-1")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    def chain() -> KeyChain:
        return KeyChain(SECRET)

    return Desk(
        policy=TokenPolicy,
        refresh_policy=RefreshPolicy,
        key_chain=chain,
        key_source=chain,
        state=lambda: State(open_store(str(tmp_path / "state.db"))),
        credentials=lambda: CREDENTIALS,
        scopes=frozenset(SCOPES),
        groups={name: frozenset(scopes) for name, scopes in GROUPS.items()},
        catalog=lambda: CATALOG,
    )


def call(group: Any, desk: Desk, *arguments: str, input: str | None = None, code: int = 0) -> Result:  # noqa: A002 - the name that click has
    result = CliRunner().invoke(group, arguments, obj=desk, input=input)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def content(raw: str) -> dict[str, Any]:
    return jwt.decode(raw, options={"verify_signature": False})


async def verify(desk: Desk, raw: str) -> Any:
    state = desk.state()
    try:
        return await Verifier(desk.policy(), desk.key_source(), state, desk.scopes).verify(raw)
    finally:
        await state.close()


def test_a_minted_token_is_alone_on_standard_output(desk: Desk) -> None:
    result = call(token, desk, "mint", "--sub", "alice", "--group", "trader", "--ttl", "2h")
    identity = run(verify(desk, result.stdout.strip()))
    assert identity.scopes == set(GROUPS["trader"])
    assert identity.expires_at == content(result.stdout.strip())["iat"] + 7200
    assert desk.key_chain().open_for(identity) == CREDENTIALS
    assert "CANARY" not in result.output
    assert "sealed" in result.stderr


def test_limits_are_minted_and_a_wrong_one_is_refused(desk: Desk) -> None:
    limits = '{"projects": [1], "backtests_per_day": 3}'
    result = call(token, desk, "mint", "--sub", "a", "-g", "readonly", "--limits", limits)
    assert content(result.stdout.strip())["qc_limits"] == json.loads(limits)
    for wrong in ('{"project": [1]}', "[1]", "{", '{"projects": [1], "projects": [2]}', '{"projects": "1"}'):
        refused = call(token, desk, "mint", "--sub", "a", "-g", "readonly", "--limits", wrong, code=1)
        assert "limits" in refused.stderr
        assert refused.stdout == ""


def test_credentials_come_from_environment_file_or_prompt_and_never_from_an_argument(
    desk: Desk, tmp_path: Path
) -> None:
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
        result = call(token, desk, *mint, *arguments, input=given)
        identity = run(verify(desk, result.stdout.strip().splitlines()[-1]))
        assert desk.key_chain().open_for(identity) == expected
        assert "from-prompt" not in result.output
    options = {option for parameter in token.commands["mint"].params for option in parameter.opts}
    assert not options & {"--api-token", "--token", "--secret", "--credentials", "--user-id"}
    call(token, desk, *mint, "--no-credentials", "--ask-credentials", code=2)


def test_a_bad_credentials_file_is_refused_without_its_content(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    for text in ("CANARY", '{"user_id": "CANARY CANARY", "api_token": "x"}', '["CANARY"]', '{"CANARY": 1}'):
        file.write_text(text)
        result = call(
            token, desk, "mint", "--sub", "a", "-g", "readonly", "--credentials-file", str(file), code=1
        )
        assert "CANARY" not in result.output
    missing = call(
        token, desk, "mint", "--sub", "a", "-g", "readonly", "--credentials-file", "/no/file", code=1
    )
    assert "/no/file" in missing.stderr


def test_what_cannot_be_minted_says_why(desk: Desk) -> None:
    assert "trader" in call(token, desk, "mint", "--sub", "a", "-g", "treder", code=1).stderr
    assert "8h" in call(token, desk, "mint", "--sub", "a", "-g", "trader", "--ttl", "soon", code=1).stderr
    assert (
        "LEDGAI_JWT_MAX_LIFE"
        in call(token, desk, "mint", "--sub", "a", "-g", "trader", "--ttl", "9d", code=1).stderr
    )
    assert "--group" in call(token, desk, "mint", "--sub", "a", code=2).stderr
    nobody = evolve(desk, credentials=lambda: None)
    assert "QUANTCONNECT_USER_ID" in call(token, nobody, "mint", "--sub", "a", "-g", "trader", code=1).stderr
    keyless = evolve(desk, key_chain=lambda: KeyChain(None))
    assert "JWT_SECRET_KEY" in call(token, keyless, "mint", "--sub", "a", "-g", "trader", code=1).stderr


def test_credentials_in_the_clear_are_announced(desk: Desk) -> None:
    result = call(token, desk, "mint", "--sub", "alice", "-g", "readonly", "--plain-credentials")
    assert content(result.stdout.strip())["qc_credentials"]["api_token"] == "qc-CANARY-2"
    assert "READABLE" in result.stderr


def test_a_development_token_has_every_scope_for_a_day(desk: Desk) -> None:
    raw = call(token, desk, "dev").stdout.strip()
    assert set(content(raw)["scopes"]) == set(SCOPES)
    assert content(raw)["exp"] - content(raw)["iat"] == 24 * 3600
    without = evolve(desk, credentials=lambda: None)
    assert "qc_credentials" not in content(call(token, without, "dev").stdout.strip())


def test_a_pair_can_be_refreshed(desk: Desk) -> None:
    result = call(token, desk, "mint", "--sub", "alice", "-g", "readonly", "--refresh")
    pair = json.loads(result.stdout)
    assert run(verify(desk, pair["access_token"])).subject == "alice"

    async def refresh() -> None:
        state, chain = desk.state(), desk.key_chain()
        following = await Refreshing(Mint(desk.policy(), chain), chain, state).redeem(pair["refresh_token"])
        assert set(following.scopes) == set(GROUPS["readonly"])
        await state.close()

    run(refresh())


def test_inspect_shows_verified_content_with_secrets_masked(desk: Desk) -> None:
    for extra in ((), ("--plain-credentials",)):
        raw = call(token, desk, "mint", "--sub", "alice", "-g", "readonly", *extra).stdout
        result = call(token, desk, "inspect", input=raw)
        assert "CANARY" not in result.output
        assert raw.strip() not in result.output
        assert "user 4711, API token ****" in result.output
        shown = json.loads(call(token, desk, "inspect", "--json", input=raw).stdout)
        assert shown["subject"] == "alice"
        assert set(shown["scopes"]) == set(GROUPS["readonly"])
        assert shown["tools"] == sorted(
            tool.name for tool in CATALOG.values() if set(tool.scopes) <= set(GROUPS["readonly"])
        )


def test_inspect_shows_which_tools_limits_close(desk: Desk) -> None:
    raw = call(token, desk, "mint", "--sub", "a", "-g", "readonly", "--limits", '{"projects": [1]}').stdout
    shown = json.loads(call(token, desk, "inspect", "--json", input=raw).stdout)
    assert "read_file" in shown["tools"]
    assert "list_projects" not in shown["tools"]
    assert shown["limits"] == {"projects": [1]}


def test_inspect_says_nothing_of_a_token_that_is_not_accepted(desk: Desk, tmp_path: Path) -> None:
    forged = forge({"alg": "HS256"}, claims(sub="mallory"), b"another secret of thirty-two bytes!")
    file = tmp_path / "token.txt"
    file.write_text(forged + "\n")
    for result in (
        call(token, desk, "inspect", input=forged, code=1),
        call(token, desk, "inspect", str(file), code=1),
        call(token, desk, "inspect", input="rubbish", code=1),
        call(token, desk, "inspect", input="", code=1),
    ):
        assert "mallory" not in result.output
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")


def test_a_life_time_that_would_not_be_kept_to_is_refused(desk: Desk) -> None:
    """`--refresh --ttl 4h` made a token of a quarter of an hour without a word."""
    mint = ("mint", "--sub", "alice", "-g", "readonly", "--refresh")
    assert "LEDGAI_ACCESS_SECONDS" in call(token, desk, *mint, "--ttl", "4h", code=2).stderr
    assert json.loads(call(token, desk, *mint).stdout)["expires_in"] == RefreshPolicy().access


def test_inspect_tells_that_a_seal_was_moved(desk: Desk) -> None:
    seal = desk.key_chain().seal(CREDENTIALS, "alice", "other").jwe
    raw = forge({"alg": "HS256"}, claims(qc_credentials=seal))
    assert "made for another token" in call(token, desk, "inspect", input=raw).output


@pytest.mark.parametrize("how", ["id", "subject", "subject before", "before"])
def test_a_revocation_takes_effect_on_the_next_call(desk: Desk, how: str) -> None:
    raw = call(token, desk, "mint", "--sub", "alice", "-g", "readonly").stdout.strip()
    assert run(verify(desk, raw)).subject == "alice"
    arguments = {
        "id": ("--id", content(raw)["jti"]),
        "subject": ("--sub", "alice"),
        "subject before": ("--sub", "alice", "--before", "now"),
        "before": ("--before", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
    }[how]
    assert "Revoked" in call(token, desk, "revoke", *arguments).output
    with pytest.raises(TokenRefused, match="revoked"):
        run(verify(desk, raw))
    assert "revoked" in call(token, desk, "inspect", input=raw, code=1).stderr


@pytest.mark.parametrize(
    "arguments", [("revoke", "--sub", "alice"), ("mint", "--sub", "alice", "-g", "readonly", "--refresh")]
)
def test_a_state_that_no_server_shares_is_not_written_to(desk: Desk, arguments: tuple[str, ...]) -> None:
    """With `memory:` a revocation was reported and took effect nowhere."""
    alone = evolve(desk, state=lambda: State(open_store("memory:")))
    refused = call(token, alone, *arguments, code=1)
    assert "LEDGAI_STATE_URL" in refused.stderr
    assert refused.stdout == ""


def test_a_revocation_says_where_it_was_written(desk: Desk, tmp_path: Path) -> None:
    """In a shell without LEDGAI_STATE_URL it went unseen to a file that no server reads."""
    told = call(token, desk, "revoke", "--sub", "alice").stderr
    assert f"the file {tmp_path / 'state.db'} " in told
    assert "issued by 'ledgai' (LEDGAI_JWT_ISSUER)" in told
    store = open_store("rediss://user:pass-CANARY@redis.test:6380/2")
    assert store.place == "Redis at redis.test:6380/2"


def test_a_token_without_an_id_can_be_revoked_by_what_inspect_shows(desk: Desk) -> None:
    raw = forge({"alg": "HS256"}, claims(jti=...))
    shown = json.loads(call(token, desk, "inspect", "--json", input=raw).stdout)["id"]
    call(token, desk, "revoke", "--id", shown)
    assert "revoked" in call(token, desk, "inspect", input=raw, code=1).stderr


def test_a_token_minted_after_a_revocation_is_issued_behind_it(desk: Desk) -> None:
    assert "30 seconds more" in call(token, desk, "revoke", "--sub", "alice").stdout
    mint = ("mint", "--sub", "alice", "-g", "readonly")
    issued = content(call(token, desk, *mint).stdout.strip())["iat"]
    assert issued > time.time() + 20
    assert content(call(token, desk, *mint[:2], "bob", *mint[3:]).stdout.strip())["iat"] <= time.time()


def test_a_token_that_may_be_dead_is_not_handed_out_silently(desk: Desk) -> None:
    """A mint that cannot ask the state cannot issue behind a revocation, and said nothing."""
    down = evolve(desk, state=lambda: State(open_store("/nowhere/state.db")))
    made = call(token, down, "mint", "--sub", "alice", "-g", "readonly")
    assert content(made.stdout.strip())["iat"] <= time.time()
    assert "If alice was revoked a moment ago, this token is revoked too" in made.stderr
    assert "Warning" not in call(token, desk, "mint", "--sub", "alice", "-g", "readonly").stderr


@pytest.mark.parametrize("refresh", [(), ("--refresh",)])
def test_a_token_that_is_not_good_yet_says_from_when_it_is(desk: Desk, refresh: tuple[str, ...]) -> None:
    """A revoker whose clock is ahead reaches further than the leeway of whoever mints."""

    async def revoke_far() -> None:
        state = desk.state()
        await state.revoke_subject("ledgai", "alice", int(time.time()) + 3600, 10_000)
        await state.close()

    run(revoke_far())
    mint = ("mint", "-g", "readonly", *refresh, "--sub")
    assert "It works from " in call(token, desk, *mint, "alice").stderr
    assert "It works from " not in call(token, desk, *mint, "bob").stderr


def test_a_revocation_of_the_past_leaves_later_tokens_alone(desk: Desk) -> None:
    raw = call(token, desk, "mint", "--sub", "alice", "-g", "readonly").stdout.strip()
    call(token, desk, "revoke", "--before", "2026-01-01")
    call(token, desk, "revoke", "--sub", "bob")
    assert run(verify(desk, raw)).subject == "alice"


def test_a_revocation_that_says_nothing_or_too_much_is_refused(desk: Desk) -> None:
    for arguments in ((), ("--id", "x", "--sub", "y"), ("--before", "yesterday"), ("--before", "2999-01-01")):
        call(token, desk, "revoke", *arguments, code=2)


@pytest.mark.parametrize("option", ["--id", "--sub"])
@pytest.mark.parametrize("value", ["", "a\nb", "x" * 257, "eyJhbGciOiJIUzI1NiJ9.e30.x", "ldgr.a.b"])
def test_a_revocation_that_reaches_nothing_does_not_say_that_it_revoked(
    desk: Desk, option: str, value: str
) -> None:
    """`--id "$JTI"` with an empty variable answered "Revoked: everything issued to anybody"."""
    refused = call(token, desk, "revoke", option, value, code=2)
    assert option in refused.stderr
    assert refused.stdout == ""


def test_a_store_that_is_down_is_one_line(desk: Desk) -> None:
    down = evolve(desk, state=lambda: State(open_store("/nowhere/state.db")))
    result = call(token, down, "revoke", "--sub", "alice", code=1)
    assert result.stderr.startswith("Error: The state file cannot be used")


def test_keys_are_made_listed_and_rotated_without_showing_them(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    desk = evolve(desk, keys_file=path)
    assert str(path) in call(keys, desk, "new").output
    secrets = [key["k"] for key in json.loads(path.read_text())["keys"]]
    assert "exists" in call(keys, desk, "new", code=1).stderr
    before = call(keys, desk, "list").output
    assert before.count("in use") == 2
    call(keys, desk, "rotate")
    after = call(keys, desk, "list").output
    assert (after.count("in use"), after.count("retired")) == (2, 2)
    secrets += [key["k"] for key in json.loads(path.read_text())["keys"]]
    assert not any(secret in before + after for secret in secrets)
    call(keys, desk, "rotate", "--at-once")
    assert call(keys, desk, "list", "--file", str(path)).output.count("retired") == 0
    path.chmod(0o644)
    assert "chmod 600" in call(keys, desk, "list", code=1).stderr


def test_a_public_sealing_key_can_be_handed_out(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    call(keys, desk, "new", "--file", str(path), "--public-sealing")
    (public,) = json.loads(call(keys, desk, "list", "--file", str(path), "--public").output)["keys"]
    assert public["alg"] == "ECDH-ES"
    assert set(public) == {"kid", "use", "alg", "kty", "crv", "x", "y"}


def test_keys_without_a_file_say_what_to_set(desk: Desk) -> None:
    for command in ("new", "list", "rotate"):
        assert "LEDGAI_JWT_KEYS_FILE" in call(keys, desk, command, code=2).stderr


def test_an_audit_file_is_verified(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    chain = Chain(path)
    for number in range(3):
        chain.append({"number": number})
    chain.close()
    assert "3 lines, whole" in call(audit, desk, "verify", str(path)).output
    whole = evolve(desk, audit_file=path)
    assert "Last hash" in call(audit, whole, "verify").output
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]))
    result = call(audit, whole, "verify", code=1)
    assert "line 2" in result.stderr
    assert "not whole" in result.stderr
    call(audit, desk, "verify", "/no/such/file", code=1)
    call(audit, desk, "verify", code=2)


@pytest.mark.parametrize(
    "module",
    [
        "calls.limits",
        "audit.journal",
        "audit.chain",
        "state",
        "commands.token",
        "commands.mint",
        "commands.revoke",
        "commands.keys",
        "commands.audit",
    ],
)
def test_what_a_start_may_touch_does_not_load_cryptography(module: str) -> None:
    """Start-up over stdio without a token must not pay for tokens."""
    program = (
        f"import sys, ledgai_mcp.{module}; "
        "heavy = {'jwt', 'joserfc', 'cryptography', 'redis', 'httpx2', 'sqlite3'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
