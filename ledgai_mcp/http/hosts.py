"""By which names may this server be called, and from which web pages?

Knows: Host and Origin headers. Must not know: tokens, tools.

A page in somebody's browser can make its own name resolve to this server (DNS rebinding). Its requests then
carry that name as Host and Origin, and that is what gives them away; so both are checked before anything
else, with authentication or without, and there is no setting that turns the check off.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from attrs import frozen

Headers = Sequence[tuple[bytes, bytes]]


@frozen
class Hosts:
    """What is allowed. An entry without a port stands for every port."""

    allowed: frozenset[str]
    origins: frozenset[str] = frozenset()
    """Whole origins, besides those whose host is allowed."""

    @classmethod
    def of(cls, allowed: Sequence[str], origins: Sequence[str] = (), public_url: str | None = None) -> Hosts:
        """Add the host of the public URL to those that are allowed."""
        public = () if public_url is None else (urlsplit(public_url).netloc.lower(),)
        return cls(frozenset((*allowed, *public)), frozenset(origins))

    def accepts_host(self, headers: Headers) -> bool:
        """Whether there is exactly one Host and it is allowed."""
        given = values(headers, b"host")
        return len(given) == 1 and self._is_allowed(given[0])

    def accepts_origin(self, headers: Headers) -> bool:
        """Whether there is no Origin, or an allowed one; `null` (a sandboxed page) is not."""
        given = values(headers, b"origin")
        if not given:
            return True
        scheme, separator, host = given[0].lower().partition("://")
        if len(given) > 1 or not separator or scheme not in ("http", "https"):
            return False
        return given[0].lower() in self.origins or self._is_allowed(host)

    def _is_allowed(self, host: str) -> bool:
        name, port = split(host.lower())
        return name in self.allowed or (port != "" and f"{name}:{port}" in self.allowed)


def split(host: str) -> tuple[str, str]:
    """Split `name:port`; a name keeps its brackets (IPv6) and loses the dot at its end."""
    if host.startswith("["):  # nothing but a port may follow the bracket (RFC 3986 section 3.2.2)
        name, bracket, rest = host.partition("]")
        port = rest.removeprefix(":")
        is_host = bracket and (not rest or (rest != port and port.isdecimal()))
        return (name + bracket, port) if is_host else (host, "")
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdecimal():
        return host.rstrip("."), ""
    return name.rstrip("."), port


def values(headers: Headers, name: bytes) -> list[str]:
    """Return every value of a header; the name in lower case, as ASGI gives it."""
    return [value.decode("latin-1").strip() for key, value in headers if key == name]
