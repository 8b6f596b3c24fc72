"""The diagnosis, in words and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from runtime_stage import TOKEN, USER, Stub

from ledgai_mcp.doctor import ILL, UNUSABLE, WELL, diagnose

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


def test_an_api_that_is_away_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert diagnose({"LEDGAI_API_URL": "http://127.0.0.1:9/api/v2", **KNOWN}) == ILL
    assert "does not answer" in capsys.readouterr().out


def test_every_wrong_setting_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert diagnose({"LEDGAI_READ_ONLY": "ture", "LEDGAI_NONSENSE": "1"}) == UNUSABLE
    out = capsys.readouterr().out
    assert "LEDGAI_READ_ONLY" in out
    assert "LEDGAI_NONSENSE" in out


def test_the_exit_code_is_the_commands(stub: Stub) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ledgai_mcp", "doctor"],
        env={"PATH": os.environ["PATH"], "LEDGAI_API_URL": stub.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (ILL, "")
    assert "no credentials" in done.stdout
