"""The requests that a sandbox received, newest last, without their secrets.

Knows: what may be kept of a request. Must not know: endpoints, who may read it.
"""

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from attrs import define, field

LONGEST_TEXT = 2000
"""Characters kept of one text."""
LONGEST_LIST = 100
LONGEST_ARGUMENTS = 16_000
"""Characters kept of all arguments of one request together."""

SECRET = re.compile(
    r"pass|secret|token|api[-_]?key|private[-_]?key|rest-app-key|authorization|credential", re.I
)
KEPT_HEADERS = ("user-agent", "content-type", "timestamp", "accept", "cookie", "host")


@define
class Journal:
    """The last requests (bounded)."""

    entries: deque[dict[str, Any]] = field(factory=lambda: deque(maxlen=4000))
    count: int = 0

    def open(self, method: str, path: str, headers: Mapping[str, str], at: float) -> dict[str, Any]:
        """An entry for a request that just came in; who answers it fills in the rest."""
        self.count += 1
        entry: dict[str, Any] = {
            "number": self.count,
            "time": at,
            "method": method,
            "path": path,
            "user": None,
            "headers": {name: headers[name] for name in KEPT_HEADERS if name in headers},
            "arguments": {},
            "status": None,
            "success": None,
            "errors": [],
            "fault": None,
        }
        self.entries.append(entry)
        return entry

    def listed(self, since: int, user: int | None, path: str | None) -> list[dict[str, Any]]:
        """Entries with a number above `since`, of one user or path if named."""
        return [
            entry
            for entry in self.entries
            if entry["number"] > since
            and (user is None or entry["user"] == user)
            and (path is None or entry["path"] == path)
        ]


def kept(arguments: dict[str, Any]) -> dict[str, Any]:
    """A request's arguments as they may be kept; those that are too long together are only named."""
    clean: dict[str, Any] = {}
    room = LONGEST_ARGUMENTS
    for name, value in arguments.items():
        shown = without_secrets(value, name)
        length = len(repr(shown))
        fits = length <= room
        clean[name[:LONGEST_TEXT]] = shown if fits else f"<{type(value).__name__}>"
        room -= length if fits else 0
        if len(clean) >= LONGEST_LIST:
            break
    return clean


def without_secrets(value: Any, name: str = "") -> Any:
    """Arguments as they may be kept: secrets starred, of brokerages only the id, long texts cut."""
    if SECRET.search(name):
        return "***"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}... <{len(value)} characters>"
    if isinstance(value, dict):
        if name in ("brokerage", "dataProviders"):
            return {key: _provider(key, item) for key, item in value.items()}
        return {str(key): without_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, name) for item in value[:LONGEST_LIST]]
    return value


def _provider(key: str, item: Any) -> Any:
    if isinstance(item, dict):
        return {inner: _provider(inner, value) for inner, value in item.items()}
    return item if key == "id" else "***"
