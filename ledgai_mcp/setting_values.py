"""How the value of a setting is written: text in, a checked value out.

Knows: booleans, numbers, names, addresses, hosts. Must not know: which settings there are.

Every reader raises ValueError with what the value must be; the name of the setting is added by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ledgai_mcp.identity import is_user_id, is_visible
from ledgai_mcp.loopback import is_loopback

Parse = Callable[[str], Any]

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def boolean(value: str) -> bool:
    """Read a strict boolean.

    Raises:
        ValueError: the word is not one of the eight.
    """
    if value.lower() not in _TRUE + _FALSE:
        raise ValueError("must be true or false")
    return value.lower() in _TRUE


def choice(*words: str) -> Parse:
    """Return a parser that accepts one of `words`, in any case."""

    def parse(value: str) -> str:
        if value.lower() not in words:
            raise ValueError(f"must be one of: {', '.join(words)}")
        return value.lower()

    return parse


def number(kind: type[int] | type[float], low: float, high: float) -> Parse:
    """Return a parser for a number between `low` and `high`, both included."""

    def parse(value: str) -> int | float:
        try:
            parsed = kind(value)
        except ValueError:
            raise ValueError("must be a number") from None
        if not low <= parsed <= high:  # also refuses NaN
            raise ValueError(f"must be between {low:g} and {high:g}")
        return parsed

    return parse


def user_id(value: str) -> str:
    """Read a QuantConnect user id.

    Raises:
        ValueError: anything but digits.
    """
    if not is_user_id(value):
        raise ValueError("must be the number of your account, in digits")
    return value


def visible(value: str) -> str:
    """Read an API token or an organization id.

    Raises:
        ValueError: blanks, line ends or other characters that such a text never has, or too many.
    """
    if not is_visible(value):
        raise ValueError("must be at most 256 visible ASCII characters, without blanks or line ends")
    return value


def names(value: str) -> tuple[str, ...]:
    """Read names separated by commas or blanks."""
    return tuple(value.replace(",", " ").split())


def address(value: str) -> str:
    """Read a base URL, without the slash at its end.

    Plain http is accepted for this machine and for a one-word host (a container's neighbour) only: the
    signature in every request stays good for hours, so it must not cross a network in the clear.

    Raises:
        ValueError: not an absolute http(s) URL, or it carries a user, a query or a fragment.
    """
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise ValueError("must be a URL such as https://www.quantconnect.com/api/v2")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must have no user, query or fragment")
    if parts.scheme == "http" and not is_loopback(host) and ("." in host or ":" in host):
        raise ValueError("must be https, because it leaves this machine")
    return value.rstrip("/")


def path(value: str) -> Path:
    """Read a file's path; `~` is the home folder."""
    return Path(value).expanduser()


def host_names(value: str) -> tuple[str, ...]:
    """Read the hosts that clients may call this server by: `mcp.example.com`, `localhost:8000`, `[::1]`.

    Raises:
        ValueError: an entry is not a host with or without a port. There is no entry for "any host": a page
            in a browser could then reach the server by a name of its own (DNS rebinding).
    """
    entries = tuple(entry.lower().rstrip(".") for entry in names(value))
    for entry in entries:
        if not _HOST.fullmatch(entry):
            raise ValueError("must be hosts such as mcp.example.com or localhost:8000")
    return entries


def origins(value: str) -> tuple[str, ...]:
    """Read web origins such as `https://app.example.com`; `*` and `null` are none.

    Raises:
        ValueError: an entry is not scheme and host, with or without a port.
    """
    entries = tuple(entry.lower() for entry in names(value))
    for entry in entries:
        scheme, _, host = entry.partition("://")
        if scheme not in ("http", "https") or not _HOST.fullmatch(host):
            raise ValueError("must be origins such as https://app.example.com")
    return entries


def addresses(value: str) -> tuple[str, ...]:
    """Read several base URLs; see `address`."""
    return tuple(address(entry) for entry in names(value))


def key(value: str) -> str:
    """Read a signing key (RFC 7518 section 3.2: at least as long as the hash, 32 bytes).

    Raises:
        ValueError: shorter than 32 bytes.
    """
    if len(value.encode()) < 32:
        raise ValueError("must have at least 32 bytes")
    return value
