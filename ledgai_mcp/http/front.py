"""The outermost layer: a number for each request, Host and Origin, headers that every answer has.

Knows: addresses, headers. Must not know: tokens, tools.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from attrs import frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledgai_mcp import logs
from ledgai_mcp.http.hosts import Headers, Hosts
from ledgai_mcp.http.refusals import refusal

REQUEST = "ledgai.request"
"""Where the scope holds the request's number."""

_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
"""Lists and answers are one caller's own: nothing on the way to them may keep them."""


@frozen
class Front:
    """An ASGI application around the whole server."""

    app: ASGIApp
    hosts: Hosts
    probes: Collection[str]
    """Paths that orchestrators ask by address: they are open, and say nothing worth protecting."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[REQUEST] = uuid.uuid4().hex[:16]
        is_begun = False

        async def headed(message: Message) -> None:
            nonlocal is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                kept = [(k, v) for k, v in message.get("headers", ()) if k.lower() != b"cache-control"]
                number = (b"x-request-id", scope[REQUEST].encode())
                message = {**message, "headers": [*kept, *_HEADERS, number]}
            await send(message)

        try:
            await self._checked(scope, receive, headed)
        except Exception as problem:  # noqa: BLE001 - whatever it is, its text may hold a secret
            logs.crash(problem, scope[REQUEST], "http")
            if not is_begun:
                text = f"The server failed on this request (id {scope[REQUEST]})."
                await refusal(500, text)(scope, receive, headed)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _has_two_ends(scope["headers"]):
            text = "A request has Content-Length or Transfer-Encoding, not both."
            await refusal(400, text, headers={"Connection": "close"})(scope, receive, send)
            return
        if scope["path"] not in self.probes:
            if not self.hosts.accepts_host(scope["headers"]):
                text = "This server does not go by that name; LEDGAI_ALLOWED_HOSTS lists those it does."
                await refusal(421, text)(scope, receive, send)
                return
            if not self.hosts.accepts_origin(scope["headers"]):
                text = "Web pages of that origin may not call this server (LEDGAI_ALLOWED_ORIGINS)."
                await refusal(403, text)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _has_two_ends(headers: Headers) -> bool:
    """Whether two parsers could see the end of this request's body in different places.

    A proxy that goes by the one header and a server that goes by the other disagree about which request comes
    next on a connection that many people share (RFC 9112 section 6.1 and 11.2).
    """
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}
