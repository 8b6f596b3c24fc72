"""What somebody has exported for a server of their own changes no test, and reaches no account."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_exported_settings_and_proxies_reach_no_test(tmp_path: Path) -> None:
    """With them commands refused to start, and requests to this machine went to the proxy."""
    exported = {
        "LEDGAI_READ_ONLY": "true",
        "LEDGAI_TYPO": "1",
        "QUANTCONNECT_API_TOKEN": "x",
        "JWT_SECRET_KEY": "short",
        "ENABLE_AUTH": "false",
        "MCP_TRANSPORT": "http",
        "http_proxy": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "in")]
    inner = ["tests/runtime/test_runtime_cli.py", "tests/acceptance/test_acceptance_brokerages.py"]
    run = subprocess.run(
        [*command, *inner, "-k", "every_command_of_the_table or Kraken"],
        cwd=ROOT,
        env={**os.environ, **exported},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
