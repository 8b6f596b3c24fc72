"""The commands as an operator calls them: wired to the settings of the environment."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ledgai_mcp import assembly
from ledgai_mcp.cli import main
from ledgai_mcp.settings import read
from ledgai_mcp.state.sqlite import SqliteStore
from ledgai_mcp.tokens import authority
from ledgai_mcp.tokens.refresh import RefreshPolicy
from ledgai_mcp.tokens.verification import TokenPolicy

SECRET = "sec-CANARY-3-0123456789abcdef0123456789abcdef"
CREDENTIALS = {"QUANTCONNECT_USER_ID": "1234", "QUANTCONNECT_API_TOKEN": "qc-CANARY-2-b7d1f0a94c6e"}
MINT = ("token", "mint", "--sub", "a", "-g", "readonly")
INSPECT = ("token", "inspect")


def run(folder: Path, *arguments: str, given: str | None = None, code: int = 0, **settings: str) -> Result:
    environment = {"HOME": str(folder), "JWT_SECRET_KEY": SECRET, **settings}
    named = {name: value or None for name, value in environment.items()}
    done = CliRunner().invoke(main, arguments, input=given, env=named)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("arguments", [("--create-dev-token",), ("token", "dev")])
def test_a_development_token_is_valid_here(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    made = run(tmp_path, *arguments, **CREDENTIALS)
    shown = json.loads(run(tmp_path, *INSPECT, "--json", given=made.stdout).stdout)
    assert set(shown["scopes"]) == assembly.scopes()
    assert "user 1234" in shown["credentials"]
    assert CREDENTIALS["QUANTCONNECT_API_TOKEN"] not in made.output


@pytest.mark.parametrize(("charset", "sub"), [("cp1252", "\u5c71\u7530"), ("cp932", "Zo\u00eb")])
def test_what_a_console_cannot_show_is_escaped(tmp_path: Path, charset: str, sub: str) -> None:
    made = run(tmp_path, "token", "mint", "--sub", sub, "-g", "readonly", **CREDENTIALS)
    environment = {"HOME": str(tmp_path), "JWT_SECRET_KEY": SECRET}
    console = CliRunner(charset=charset)
    shown = console.invoke(main, INSPECT, input=made.stdout, env=environment)
    assert (shown.exit_code, shown.exception) == (0, None)
    assert sub.encode(charset, "backslashreplace").decode(charset) in shown.stdout


def test_settings_of_tokens_reach_the_commands(tmp_path: Path) -> None:
    other = {"LEDGAI_JWT_ISSUER": "https://own.test", "LEDGAI_JWT_AUDIENCE": "mine"}
    made = run(tmp_path, *MINT, "--no-credentials", **other).stdout
    run(tmp_path, *INSPECT, given=made, **other)
    assert "does not trust" in run(tmp_path, *INSPECT, given=made, code=1).stderr


def test_a_revocation_reaches_the_state_that_servers_use_by_default(tmp_path: Path) -> None:
    file = tmp_path / ".local/state/ledgai-mcp/state.sqlite3"
    made = run(tmp_path, *MINT, "--no-credentials").stdout
    run(tmp_path, *INSPECT, given=made)
    assert "no state yet" in run(tmp_path, "token", "revoke", "--sub", "a", code=1).stderr
    assert not file.exists()
    asyncio.run(SqliteStore(file, creates=True).check())  # as a server does
    run(tmp_path, "token", "revoke", "--sub", "a")
    refused = run(tmp_path, *INSPECT, given=made, code=1)
    assert refused.stdout == ""
    assert "revoked" in refused.stderr


def test_a_key_file_is_made_used_and_rotated(tmp_path: Path) -> None:
    keys = {"JWT_SECRET_KEY": "", "LEDGAI_JWT_KEYS_FILE": str(tmp_path / "keys.json")}
    run(tmp_path, "keys", "new", "--file", keys["LEDGAI_JWT_KEYS_FILE"])
    made = run(tmp_path, *MINT, **keys, **CREDENTIALS).stdout
    run(tmp_path, "keys", "rotate", **keys)
    run(tmp_path, *INSPECT, given=made, **keys)


def test_unreadable_settings_stop_a_command_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ledgai_mcp", "token", "dev"]
    environment = {"PATH": os.environ["PATH"], "JWT_SECRET_KEY": "short-CANARY"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "ledgai-mcp: JWT_SECRET_KEY: must have at least 32 bytes\n"


def test_every_setting_of_tokens_has_one_default() -> None:
    """What the settings say unasked is what the parts say unasked."""
    assert authority.token_policy(read({})) == TokenPolicy()
    assert authority.refresh_policy(read({})) == RefreshPolicy()
