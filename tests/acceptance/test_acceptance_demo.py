"""`make demo`: what a newcomer sees first."""

import os
import subprocess
import sys

import pytest


@pytest.mark.thorough
def test_the_demo_shows_the_main_job_and_ends_well() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ledgai_mcp", "demo"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert run.returncode == 0, run.stderr
    steps = [
        line.partition("(")[0].removeprefix("> ") for line in run.stdout.splitlines() if line.startswith("> ")
    ]
    assert steps[:4] == ["health_check", "create_project", "update_file_contents", "create_compile"]
    assert "BuildError" in run.stdout
    assert "Build Error: File: main.py Line:11" in run.stdout
    assert "BuildSuccess" in run.stdout
    assert "Completed." in run.stdout
    assert "Not permitted: delete_project needs the scope qc:projects:delete" in run.stdout
    assert "(limit `backtests_per_day` of this caller's token, tool create_backtest)" in run.stdout
    assert "Not permitted: create_project needs the scope qc:projects:write" in run.stdout
    assert "Ben's next request: HTTP 401" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
