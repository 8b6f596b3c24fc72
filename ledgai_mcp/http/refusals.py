"""What a request gets that does not reach MCP: a status, a challenge, an error that a client can show.

Knows: RFC 6750 challenges and JSON-RPC errors. Must not know: why a request is refused.

Codes: those of JSON-RPC for what JSON-RPC has a word for; else the HTTP status itself, which lies outside of
the range that MCP keeps for its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from ledgai_mcp import messages
from ledgai_mcp.messages import INVALID_REQUEST, RequestId

INTERNAL_ERROR = -32603
_CODES = {400: INVALID_REQUEST, 405: INVALID_REQUEST, 408: INVALID_REQUEST, 413: INVALID_REQUEST,
          415: INVALID_REQUEST, 421: INVALID_REQUEST, 500: INTERNAL_ERROR, 503: INTERNAL_ERROR}  # fmt: skip


def refusal(
    status: int,
    message: str,
    *,
    code: int | None = None,
    request_id: RequestId = None,
    data: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error; `code` is JSON-RPC's, if it is not the usual one of the status."""
    body = messages.error(code or _CODES.get(status, status), message, request_id, data)
    return Response(body, status, dict(headers or {}), "application/json")


def unavailable(message: str) -> Response:
    """Return a 503: the request was not looked at, and may come again."""
    return refusal(503, message, headers={"Retry-After": "5"})


def challenge(
    metadata_url: str | None, scopes: Iterable[str], error: str | None = None, description: str | None = None
) -> str:
    """Return a `WWW-Authenticate` value (RFC 6750 section 3, RFC 9728 section 5.1).

    `error` is left out when no token came: there is nothing wrong with a token that is not there. Without it
    a client knows that it has to get a first one, and does not try to refresh (case C49).
    """
    parameters = {
        "error": error,
        "error_description": description,
        "scope": " ".join(sorted(scopes)),
        "resource_metadata": metadata_url,
    }
    given = (f'{name}="{_quotable(value)}"' for name, value in parameters.items() if value)
    return "Bearer " + ", ".join(given)


def _quotable(value: str) -> str:
    # RFC 6750 section 3: visible ASCII without quote and backslash. A quote would end the value, and what
    # follows it would be read as further parameters.
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in value)
