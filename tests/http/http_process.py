"""`ledgai-mcp serve` as a process of its own, and in which forms a secret may show."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
from http_site import SECRET, wait_until


class Process:
    """`ledgai-mcp serve` over HTTP, as an operator starts it."""

    def __init__(self, api: str, folder: Path, **more: str) -> None:
        self.out, self.err = folder / "stdout", folder / "stderr"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "MCP_TRANSPORT": "http",
            "LEDGAI_PORT": "0",
            "LEDGAI_API_URL": api,
            "LEDGAI_STATE_URL": "memory:",
            "LEDGAI_LOG_LEVEL": "debug",
            "JWT_SECRET_KEY": SECRET,
            **more,
        }
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ledgai_mcp", "serve"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                cwd=folder,
            )
        wait_until(lambda: self._line() or self.process.poll() is not None)

    def _line(self) -> dict[str, Any] | None:
        whole = self.err.read_text().rpartition("\n")[0]  # the last line may be on its way
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return next((line for line in lines if line.get("event") == "serving"), None)

    @property
    def url(self) -> str:
        line = self._line()
        assert line is not None, self.err.read_text()
        return str(line["url"])

    def post(self, body: Any, token: str | None = None) -> httpx2.Response:
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        with httpx2.Client(timeout=20) as client:
            return client.post(self.url, json=body, headers=headers)

    def end(self, *signals: signal.Signals, within: float = 60) -> int:
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
        return self.process.wait(within)


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `ledgai-mcp`, as an operator does beside the servers."""
    line = [sys.executable, "-m", "ledgai_mcp", *arguments]
    return subprocess.run(line, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def forms(secret: str) -> set[str]:
    """How a secret may show."""
    raw = secret.encode()
    found = {secret, raw.hex(), base64.b64encode(raw).decode().rstrip("=")}
    return found | {form[:20] for form in found if not form.startswith("eyJ")}
