"""The commands as an operator calls them: wired to the settings of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledgai_mcp import assembly
from ledgai_mcp.settings import read
from ledgai_mcp.tokens import authority

SECRET = "sec-CANARY-3-0123456789abcdef0123456789abcdef"
CREDENTIALS = {"QUANTCONNECT_USER_ID": "1234", "QUANTCONNECT_API_TOKEN": "qc-CANARY-2-b7d1f0a94c6e"}


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "JWT_SECRET_KEY": SECRET, **settings}
    command = [sys.executable, "-m", "ledgai_mcp", *arguments]
    return subprocess.run(
        command, env={k: v for k, v in environment.items() if v}, capture_output=True, text=True, cwd=folder
    )


@pytest.mark.parametrize("arguments", [("--create-dev-token",), ("token", "dev")])
def test_a_development_token_is_good_here(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    made = run(tmp_path, *arguments, **CREDENTIALS)
    assert made.returncode == 0, made.stderr
    (tmp_path / "token").write_text(made.stdout)
    shown = json.loads(run(tmp_path, "token", "inspect", "token", "--json").stdout)
    assert set(shown["scopes"]) == assembly.scopes()
    assert "user 1234" in shown["credentials"]
    assert CREDENTIALS["QUANTCONNECT_API_TOKEN"] not in made.stdout + made.stderr


def test_settings_of_tokens_reach_the_commands(tmp_path: Path) -> None:
    other = {"LEDGAI_JWT_ISSUER": "https://own.test", "LEDGAI_JWT_AUDIENCE": "mine"}
    made = run(tmp_path, "token", "mint", "--sub", "a", "-g", "readonly", "--no-credentials", **other)
    (tmp_path / "token").write_text(made.stdout)
    assert run(tmp_path, "token", "inspect", "token", **other).returncode == 0
    refused = run(tmp_path, "token", "inspect", "token")
    assert refused.returncode == 1
    assert "does not trust" in refused.stderr
    long = run(tmp_path, "token", "mint", "--sub", "a", "-g", "readonly", "--no-credentials", "--ttl", "48h")
    assert "LEDGAI_JWT_MAX_LIFE_SECONDS" in long.stderr


def test_a_revocation_reaches_the_state_that_servers_use_by_default(tmp_path: Path) -> None:
    made = run(tmp_path, "token", "mint", "--sub", "a", "-g", "readonly", "--no-credentials")
    (tmp_path / "token").write_text(made.stdout)
    assert run(tmp_path, "token", "revoke", "--sub", "a").returncode == 0
    assert (tmp_path / ".local/state/ledgai-mcp/state.sqlite3").exists()
    refused = run(tmp_path, "token", "inspect", "token")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "revoked" in refused.stderr


def test_a_key_file_is_made_used_and_rotated(tmp_path: Path) -> None:
    keys = {"JWT_SECRET_KEY": "", "LEDGAI_JWT_KEYS_FILE": str(tmp_path / "keys.json")}
    assert run(tmp_path, "keys", "new", "--file", keys["LEDGAI_JWT_KEYS_FILE"]).returncode == 0
    made = run(tmp_path, "token", "mint", "--sub", "a", "-g", "readonly", **keys, **CREDENTIALS)
    assert made.returncode == 0, made.stderr
    (tmp_path / "token").write_text(made.stdout)
    assert run(tmp_path, "keys", "rotate", **keys).returncode == 0
    assert run(tmp_path, "token", "inspect", "token", **keys).returncode == 0


def test_settings_that_cannot_be_read_stop_a_command_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "token", "dev", JWT_SECRET_KEY="short-CANARY")
    assert done.returncode == 2
    assert done.stderr == "ledgai-mcp: JWT_SECRET_KEY: must have at least 32 bytes\n"


def test_every_setting_of_tokens_has_one_default() -> None:
    """What the settings say unasked is what the parts say unasked."""
    from ledgai_mcp.tokens.refresh import RefreshPolicy
    from ledgai_mcp.tokens.verification import TokenPolicy

    assert authority.token_policy(read({})) == TokenPolicy()
    assert authority.refresh_policy(read({})) == RefreshPolicy()
