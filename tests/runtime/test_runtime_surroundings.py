"""What somebody has exported for a server of their own changes no test, and reaches no account."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_exported_settings_and_proxies_reach_no_test() -> None:
    """With them commands refused to start, and requests to this machine went to the proxy."""
    exported = {
        "LEDGAI_TYPO": "1",
        "QUANTCONNECT_API_TOKEN": "x",
        "JWT_SECRET_KEY": "short",
        "ENABLE_AUTH": "false",
        "MCP_TRANSPORT": "http",
        "http_proxy": "http://127.0.0.1:9",
    }
    names = (
        "[name for name in os.environ if name.upper() in " + repr({name.upper() for name in exported}) + "]"
    )
    code = f"import os, runpy; runpy.run_path('tests/conftest.py'); print({names})"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **exported},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
