"""The diagnosis, in words and exit code."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from runtime_stage import TOKEN, USER, Stub

from ledgai_mcp.cli import main
from ledgai_mcp.commands.doctor import ILL, UNUSABLE, WELL, diagnose
from ledgai_mcp.state.sqlite import SqliteStore

SERVER = {"MCP_TRANSPORT": "http", "JWT_SECRET_KEY": "sec-CANARY-3-0123456789abcdef0123456789"}
KNOWN = {"QUANTCONNECT_USER_ID": USER, "QUANTCONNECT_API_TOKEN": TOKEN}


def test_all_is_well(stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    assert diagnose({"LEDGAI_API_URL": stub.url, **KNOWN}) == WELL
    out = capsys.readouterr().out
    assert "wrong" not in out
    assert "accepts the credentials" in out
    assert "tools for the scopes admin" in out
    assert TOKEN not in out


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        ({"success": False, "errors": ["Hash doesn't match."]}, KNOWN, "wrong   The API answers and refuses"),
        (b"<html>", KNOWN, "check LEDGAI_API_URL"),
        ({"success": False}, {}, "no credentials: set QUANTCONNECT_USER_ID"),
    ],
)
def test_what_does_not_work_is_named(
    stub: Stub, capsys: pytest.CaptureFixture[str], body: Any, more: dict[str, str], said: str
) -> None:
    stub.script("/authenticate", body)
    assert diagnose({"LEDGAI_API_URL": stub.url, **more}) == ILL
    assert said in capsys.readouterr().out


def test_a_server_for_many_needs_keys_and_state_and_no_credentials(
    stub: Stub, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state = tmp_path / "state.db"
    server = {**SERVER, "LEDGAI_API_URL": stub.url, "LEDGAI_STATE_URL": str(state)}
    assert diagnose(server) == WELL
    out = capsys.readouterr().out
    assert "wrong" not in out
    assert "keys to verify tokens" in out
    assert "There is no state yet: `ledgai-mcp serve` makes" in out
    assert not state.exists()
    asyncio.run(SqliteStore(state, creates=True).check())
    assert diagnose(server) == WELL
    assert "the state answers" in capsys.readouterr().out
    assert SERVER["JWT_SECRET_KEY"] not in out
    assert diagnose({**server, "LEDGAI_STATE_URL": str(tmp_path)}) == ILL
    assert "wrong   LEDGAI_STATE_URL: The state file cannot be used" in capsys.readouterr().out
    assert diagnose({**server, "LEDGAI_STATE_URL": str(tmp_path / "lost" / "state.db")}) == 2
    assert "wrong   LEDGAI_STATE_URL: the folder" in capsys.readouterr().out


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_an_audit_file_that_stops_the_server_is_named_and_none_is_made(
    stub: Stub, capsys: pytest.CaptureFixture[str], tmp_path: Path, transport: str
) -> None:
    """A file that the doctor made as root could not be written by the server afterwards."""
    file = tmp_path / "audit.jsonl"
    account = {"QUANTCONNECT_USER_ID": "1234", "QUANTCONNECT_API_TOKEN": "token"}
    state = {"LEDGAI_STATE_URL": "memory:", "MCP_TRANSPORT": transport, "LEDGAI_API_URL": stub.url}
    setup = {**SERVER, **account, **state, "LEDGAI_AUDIT_FILE": str(file)}
    diagnose(setup)
    assert f"ok      the audit file {file} can be written" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert diagnose({**setup, "LEDGAI_AUDIT_FILE": str(tmp_path / "lost" / "audit.jsonl")}) == ILL
    assert "wrong   LEDGAI_AUDIT_FILE" in capsys.readouterr().out
    file.mkdir()
    assert diagnose(setup) == ILL
    assert "wrong   LEDGAI_AUDIT_FILE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [({"JWT_SECRET_KEY": ""}, "JWT_SECRET_KEY: is not set"), ({"LEDGAI_TOKEN": "x"}, "for stdio")],
)
def test_settings_that_no_server_starts_with_are_named(
    capsys: pytest.CaptureFixture[str], more: dict[str, str], said: str
) -> None:
    assert diagnose({**SERVER, "LEDGAI_STATE_URL": "memory:", **more}) == UNUSABLE
    assert said in capsys.readouterr().out


def test_the_exit_code_is_the_commands() -> None:
    done = CliRunner().invoke(main, ["doctor"], env={"LEDGAI_API_URL": "http://127.0.0.1:9"})
    assert done.exit_code == ILL
    assert "no credentials" in done.output
    assert "does not answer" in done.output
