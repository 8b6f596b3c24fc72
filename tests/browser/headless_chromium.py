"""A headless Chromium that a test works as a person would: pointer, keys, screens; and what it asked for.

It speaks the DevTools protocol over the pipe of `--remote-debugging-pipe` (messages of JSON, each ended by a
NUL, on descriptors 3 and 4), so nothing but the browser itself has to be installed: no driver, no port.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--disable-dev-shm-usage", "--disable-component-update", "--disable-background-networking"),
    *("--disable-sync", "--disable-extensions", "--no-first-run", "--hide-scrollbars"),
    *("--force-device-scale-factor=1", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
KEYS = {
    "Tab": (9, "Tab", ""),
    "Enter": (13, "Enter", "\r"),
    "Escape": (27, "Escape", ""),
    " ": (32, "Space", " "),
}
"""Key -> its code, the code's name, and the text it types."""
TIMEOUT = 60.0
LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")


def executable() -> str:
    """Find Chromium under the names that distributions give it."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    if path := next(found, None):
        return path
    raise FileNotFoundError("no Chromium on PATH: apt-get install chromium")


class Chromium:
    """One browser with one page. Use it in a `with` statement."""

    def __init__(self, profile: Path) -> None:
        # Above 10, so that neither end is one of the two numbers that the browser will know them by.
        (out, self._write), (self._read, into) = (_high_pipe() for _ in range(2))
        shell = f'exec "$0" "$@" 3<&{out} 4>&{into}'
        command = ["bash", "-c", shell, executable(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        silent = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        self._process = subprocess.Popen(command, pass_fds=(out, into), **silent)
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

    def __exit__(self, *error: object) -> None:
        # The end of its pipe ends the browser.
        os.close(self._read)
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, method: str, **params: Any) -> Any:
        """Say one thing to the browser and return its answer. Raises AssertionError if it refuses."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._last:
            self._note(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], TIMEOUT)[0]:
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
        while self._loaded == before:
            self._note(self._next())

    def screen(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Be a screen of this size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", **size)
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
        deadline = time.monotonic() + TIMEOUT
        while not self.value(expression):
            assert time.monotonic() < deadline, f"never: {expression}"

    def looks(self, question: str, *arguments: Any) -> Any:
        """Call a function of looks.js."""
        return self.value(f"{LOOKS}; looks.{question}(...{json.dumps(arguments)})")

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        x, y = self.looks("middle", selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, times: int = 1, *, shift: bool = False) -> None:
        """Press a key that has a name."""
        code, name, text = KEYS[key]
        said = {"key": key, "code": name, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        for _ in range(times):
            self.call("Input.dispatchKeyEvent", type="keyDown", **said, **({"text": text} if text else {}))
            self.call("Input.dispatchKeyEvent", type="keyUp", **said)

    def type(self, text: str) -> None:
        """Type letters into what has the focus."""
        for letter in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def heard(self) -> dict[str, list[str]]:
        """Return the names that a screen reader says, by role, in the order of the page."""
        said: dict[str, list[str]] = defaultdict(list)
        for node in self.call("Accessibility.getFullAXTree")["nodes"]:
            if not node.get("ignored"):
                said[node.get("role", {}).get("value")].append(node.get("name", {}).get("value", ""))
        return said


def _high_pipe() -> tuple[int, int]:
    ends = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return read, write
