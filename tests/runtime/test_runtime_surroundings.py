"""What somebody has exported for a server of their own changes no test, and reaches no account."""

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
    code = f"import os, runpy; runpy.run_path('tests/conftest.py'); print({set(exported)} & set(os.environ))"
    surroundings = {**os.environ, **exported}
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=surroundings, text=True)
    assert said.strip() == "set()"
