"""Where this server is, and who issues tokens for it (RFC 9728).

Knows: addresses and well-known paths. Must not know: tokens.

Metadata is for clients that sign their person in. This server has no sign-in of its own: without another
issuer there is none, and none is named. A document that names a server without an authorization endpoint is
worse: clients fail on it, and their person never sees why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

PATH = "/mcp"
RESOURCE = "/.well-known/oauth-protected-resource"

_NO_SIGN_IN = (
    "This server has no sign-in: whoever runs it gives out tokens (ledgai-mcp token mint). Put one into the "
    "Authorization header in your client's settings. Is one there already? Then it has expired, was revoked, "
    "or lacks a scope: ask for another."
)


@frozen
class Metadata:
    """What is told about this server."""

    scopes: Sequence[str]
    public_url: str | None = None
    """Without it the server goes by the name that the request used, which was checked before."""
    issuers: Sequence[str] = ()
    """Where people sign in; empty: nowhere, tokens are given out by hand."""

    def base(self, scope: Scope) -> str:
        """Return the address under which a request found the server, without a slash at its end."""
        if self.public_url is not None:
            return self.public_url
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return f"{scope['scheme']}://{host}"

    def url(self, scope: Scope) -> str | None:
        """Return where the metadata of the MCP endpoint is: the path is inserted (RFC 9728 section 3.1)."""
        if not self.issuers:
            return None
        parts = urlsplit(self.base(scope))
        return f"{parts.scheme}://{parts.netloc}{RESOURCE}{parts.path}{PATH}"

    def advice(self, scope: Scope, has_token: bool) -> str:
        """Tell a person how to get a token that is accepted."""
        if self.issuers:
            return f"Tokens come from {' or '.join(self.issuers)}: sign in there again."
        if not has_token:
            return "Whoever runs this server gives it to you (ledgai-mcp token mint)."
        return (
            "Ask whoever gave it to you for a new one (ledgai-mcp token mint). If a refresh token came with "
            f"it, renew it at {self.base(scope)}/token."
        )

    def resource(self, request: Request) -> Response:
        """Answer both well-known paths of RFC 9728."""
        base = self.base(request.scope)
        document: dict[str, Any] = {
            "resource": base + PATH,
            "authorization_servers": list(self.issuers),
            "scopes_supported": sorted(self.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": "LEDGAI for QuantConnect",
        }
        return JSONResponse(document)

    def no_sign_in(self, request: Request) -> Response:
        """Answer where clients go that find no metadata (MCP 2025-03-26): they show what they get there."""
        return JSONResponse({"error": "access_denied", "error_description": _NO_SIGN_IN}, 404)

    def routes(self) -> list[Route]:
        """Return the routes; all of them are open."""
        if not self.issuers:
            return [
                Route("/register", self.no_sign_in, methods=["POST"]),
                Route("/authorize", self.no_sign_in, methods=["GET"]),
            ]
        prefix = "" if self.public_url is None else urlsplit(self.public_url).path
        places = dict.fromkeys((RESOURCE, RESOURCE + PATH, f"{RESOURCE}{prefix}{PATH}"))
        return [Route(place, self.resource, methods=["GET"]) for place in places]
