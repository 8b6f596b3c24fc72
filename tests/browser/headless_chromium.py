"""A headless Chromium that a test works as a person would: pointer, keys, screens; and what it asked for.

It speaks the DevTools protocol over the pipe of `--remote-debugging-pipe` (messages of JSON, each ended by a
NUL, on descriptors 3 and 4), so nothing but the browser itself has to be installed: no driver, no port.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowDown": 40, "ArrowUp": 38}
_PATIENCE = 60.0


def executable() -> str:
    """Find Chromium under the names that distributions give it."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise FileNotFoundError("no Chromium on PATH: apt-get install chromium")


class Chromium:
    """One browser with one page. Use it in a `with` statement."""

    def __init__(self, profile: Path) -> None:
        # Above 10, so that neither end is one of the two numbers that the browser will know them by.
        (out, self._write), (self._read, into) = (_high_pipe() for _ in range(2))
        shell = f'exec "$0" "$@" 3<&{out} 4>&{into}'
        command = ["bash", "-c", shell, executable(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            command,
            pass_fds=(out, into),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(out)
        os.close(into)
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self._loaded = 0
        self.requests: list[str] = []
        """Every address that the page asked for, its own included."""
        self.complaints: list[str] = []
        """Console messages, exceptions and what the browser logs, such as a breach of the page's policy."""

    def __enter__(self) -> Chromium:
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "Accessibility", "DOM"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, EOFError, TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, **params: Any) -> Any:
        """Say one thing to the browser and return its answer. Raises AssertionError if it refuses."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._note(answer)

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            part = os.read(self._read, 1 << 16)
            if not part:
                raise EOFError("Chromium has ended")
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def _note(self, event: dict[str, Any]) -> None:
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded += 1
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(json.dumps(params)[:500])

    def open(self, address: str) -> None:
        """Load a page, and wait until it is loaded."""
        before = self._loaded
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + _PATIENCE
        while self._loaded == before:
            self._note(self._next(deadline))

    def screen(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Be a screen of this size, in CSS pixels."""
        scale = 2 if phone else 1
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=phone,
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def scripts(self, on: bool) -> None:
        """Let the next page run scripts, or not."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def value(self, expression: str) -> Any:
        """Evaluate JavaScript in the page; what it makes has to be JSON."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression holds."""
        deadline = time.monotonic() + _PATIENCE
        while not self.value(expression):
            assert time.monotonic() < deadline, f"never: {expression}"

    def click(self, selector: str) -> None:
        """Move the pointer to the middle of an element and click."""
        box = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def press(self, key: str, times: int = 1, *, shift: bool = False) -> None:
        """Press a key that has a name."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        code = KEYS[key]
        for _ in range(times):
            for kind in ("keyDown", "keyUp"):
                self.call(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    key=key,
                    code={" ": "Space"}.get(key, key),
                    windowsVirtualKeyCode=code,
                    modifiers=8 if shift else 0,
                    **({"text": text} if text and kind == "keyDown" else {}),
                )

    def type(self, text: str) -> None:
        """Type letters into what has the focus."""
        for letter in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def heard(self, role: str) -> list[str]:
        """Return the names that a screen reader says for what has this role, in the order of the page."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [
            node.get("name", {}).get("value", "")
            for node in nodes
            if not node.get("ignored") and node.get("role", {}).get("value") == role
        ]

    def picture(self, path: Path, *, whole: bool = False) -> bytes:
        """Write what is on the screen, or the whole page, as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        data = base64.b64decode(shot["data"])
        path.write_bytes(data)
        return data


def _high_pipe() -> tuple[int, int]:
    ends = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return read, write
