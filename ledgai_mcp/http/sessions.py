"""Sessions, where they are kept at all: so many for a person, that nobody uses up those of all.

Knows: the SDK's manager of sessions. Must not know: tokens, tools.
"""

from __future__ import annotations

from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthorizationContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http.refusals import refusal

EACH = 100
"""Sessions that one person may have open in this process."""

_TEXT = (
    f"You have {EACH} sessions open here, which is all that one person gets. End those that are not needed "
    "(DELETE with their Mcp-Session-Id), or wait: one that is not used ends after half an hour."
)


class TooManySessions(LedgaiError):
    """The sender has as many sessions as a person gets."""


class Sessions(StreamableHTTPSessionManager):
    """The SDK's manager, which bounds the sessions of everybody together, with a bound for each owner."""

    def __init__(self, app: Server[Any], kept: bool, largest_body: int) -> None:
        super().__init__(
            app=app,
            json_response=not kept,
            stateless=not kept,
            # Host and Origin were checked by Front, for every path and before the token.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
            max_request_body_size=largest_body,
        )

    def _admit_session(self, requestor: AuthorizationContext | None) -> StreamableHTTPServerTransport | None:
        # Called under the manager's lock: of two requests for the last place one gets it.
        if sum(owner == requestor for owner in self._session_owners.values()) >= EACH:
            raise TooManySessions(_TEXT)
        return super()._admit_session(requestor)


def refusing(app: ASGIApp) -> ASGIApp:
    """Answer 429 where a person has too many sessions."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except TooManySessions as refused:
            await refusal(429, str(refused), headers={"Retry-After": "60"})(scope, receive, send)

    return answered
