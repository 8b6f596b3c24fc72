"""The token in a request's Authorization header (RFC 6750 section 2.1).

Knows: one header. Must not know: what a token means.

A token in the query or in a form is never looked at (MCP 2025-06-18 and later: must not be in the query).
"""

from __future__ import annotations

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http.hosts import Headers
from ledgai_mcp.tokens.verification import LARGEST_TOKEN

_ROOM = 64
"""For the scheme and blanks before the token."""


class HeaderRefused(LedgaiError):
    """The header is refused; `status` is what HTTP calls it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def read(headers: Headers) -> str | None:
    """Return the bearer token, still unread, or None if none came.

    The scheme's case does not matter. The size is looked at first, so that nothing large is decoded and the
    answer is the same whichever HTTP parser is installed (case C39).

    Raises:
        HeaderRefused: 431 if it is too large, 400 if there are several.
    """
    given = [value for name, value in headers if name == b"authorization"]
    if sum(len(value) for value in given) > LARGEST_TOKEN + _ROOM:
        raise HeaderRefused(431, f"The token is larger than {LARGEST_TOKEN} bytes.")
    if len(given) > 1:
        raise HeaderRefused(400, "There is more than one Authorization header.")
    scheme, _, token = (given[0] if given else b"").partition(b" ")
    token = token.strip(b" ")
    return token.decode("latin-1") if scheme.lower() == b"bearer" and token else None
