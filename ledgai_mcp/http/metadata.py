"""Where this server is, and who issues tokens for it: RFC 9728 and, for its own endpoints, RFC 8414.

Knows: addresses and well-known paths. Must not know: tokens.
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
ISSUER = "/.well-known/oauth-authorization-server"


@frozen
class Metadata:
    """What is told about this server."""

    scopes: Sequence[str]
    public_url: str | None = None
    """Without it the server goes by the name that the request used, which was checked before."""
    issuers: Sequence[str] = ()
    """Empty: this server, which renews tokens at /token."""

    def base(self, scope: Scope) -> str:
        """Return the address under which a request found the server, without a slash at its end."""
        if self.public_url is not None:
            return self.public_url
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return f"{scope['scheme']}://{host}"

    def url(self, scope: Scope) -> str:
        """Return where the metadata of the MCP endpoint is: the path is inserted (RFC 9728 section 3.1)."""
        parts = urlsplit(self.base(scope))
        return f"{parts.scheme}://{parts.netloc}{RESOURCE}{parts.path}{PATH}"

    def resource(self, request: Request) -> Response:
        """Answer both well-known paths of RFC 9728."""
        base = self.base(request.scope)
        document: dict[str, Any] = {
            "resource": base + PATH,
            "authorization_servers": list(self.issuers) or [base],
            "scopes_supported": sorted(self.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": "LEDGAI for QuantConnect",
        }
        return JSONResponse(document)

    def issuer(self, request: Request) -> Response:
        """Describe this server's own token endpoint (RFC 8414): it renews and revokes, nothing more."""
        base = self.base(request.scope)
        return JSONResponse(
            {
                "issuer": base,
                "token_endpoint": f"{base}/token",
                "revocation_endpoint": f"{base}/revoke",
                "grant_types_supported": ["refresh_token"],
                "response_types_supported": [],
                "token_endpoint_auth_methods_supported": ["none"],
                "revocation_endpoint_auth_methods_supported": ["none"],
                "scopes_supported": sorted(self.scopes),
            }
        )

    def routes(self) -> list[Route]:
        """Return the routes; all of them are open."""
        prefix = "" if self.public_url is None else urlsplit(self.public_url).path
        places = dict.fromkeys((RESOURCE, RESOURCE + PATH, f"{RESOURCE}{prefix}{PATH}"))
        routes = [Route(place, self.resource, methods=["GET"]) for place in places]
        if not self.issuers:
            routes.append(Route(ISSUER, self.issuer, methods=["GET"]))
        return routes
