"""Web pages of other origins, as far as their browser asks this server (the CORS protocol of Fetch).

Knows: origins, names of headers. Must not know: tokens, tools.

Host and Origin are checked before (`front`): a page that is not listed has its 403, and nothing of this.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

_SENT = ("Authorization", "Last-Event-ID", "Mcp-Method", "Mcp-Name", "Mcp-Protocol-Version", "Mcp-Session-Id")
"""What an MCP client sends; the library adds Accept and Content-Type. No tool has an `Mcp-Param-` one."""
_READ = ("Mcp-Protocol-Version", "Mcp-Session-Id", "Retry-After", "WWW-Authenticate", "X-Request-Id")


class Pages(CORSMiddleware):
    """Lets pages of these origins alone ask beforehand, without a token, and read the answers."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        methods = ("GET", "POST", "DELETE")
        super().__init__(app, origins, methods, allow_headers=_SENT, expose_headers=_READ)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer OPTIONS: 204 where the request may come, 400 with the reason where not."""
        answer = super().preflight_response(request_headers)
        if answer.status_code != 200:
            return answer
        kept = {k: v for k, v in answer.headers.items() if k not in ("content-length", "content-type")}
        return Response(status_code=204, headers=kept)
