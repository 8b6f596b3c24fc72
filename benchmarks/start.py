"""From the start of a process to its first list of tools: ours beside the bare server, and what it imports.

Knows: processes, the first three messages of a session. Must not know: tools.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial

from benchmarks.series import Row, in_turn

TIMES = 7
OURS, BARE = "ledgai_mcp", "benchmarks.bare_server"
ENVIRONMENT = {"QUANTCONNECT_USER_ID": "1", "QUANTCONNECT_API_TOKEN": "none", "LEDGAI_LOG_LEVEL": "error"}
"""Nothing is called, so the credentials are never used."""

_WHO = {"name": "benchmark", "version": "1"}
_CLIENT = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": _WHO}
_GREETING = [
    {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": _CLIENT},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
]
_LINES = [json.dumps(message).encode() + b"\n" for message in _GREETING]


def rows() -> list[Row]:
    """Compare the two starts, and ours with Python's own."""
    ours, bare, python = in_turn([partial(_listing, OURS), partial(_listing, BARE), _python], TIMES)
    return [
        Row("start to first tools/list", ours, "a bare server with one tool", ours / bare),
        Row("  the same", ours, "python -c pass", ours / python),
    ]


def imports() -> list[tuple[str, float]]:
    """Return the ten packages that take most of the start, each with its share of all imports (0 to 1)."""
    command = [sys.executable, "-X", "importtime", "-m", OURS]
    run = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=_environment(), check=True
    )
    own: Counter[str] = Counter()
    for line in run.stderr.splitlines():
        fields = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and fields[0].strip().isdecimal():
            own[fields[2].strip().partition(".")[0]] += int(fields[0])
    return [(name, spent / own.total()) for name, spent in own.most_common(10)]


def _listing(module: str) -> float:
    """Start a server, ask for its tools, and return the seconds until they came."""
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
    ) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("a server without pipes")
        server.stdin.writelines(_LINES)
        server.stdin.flush()
        while line := server.stdout.readline():
            if "tools" in json.loads(line).get("result", {}):
                return time.perf_counter() - began
    raise RuntimeError(f"{module} ended before it listed its tools")


def _python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], env=_environment(), check=True)
    return time.perf_counter() - began


def _environment() -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", ""), **ENVIRONMENT}
