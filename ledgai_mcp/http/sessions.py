"""Sessions, where they are kept at all: so many for a person, and an id for one request at a time.

Knows: the SDK's manager and transport of sessions. Must not know: tokens, tools.

The SDK finds the stream of an answer by the id of its request: of two requests with one id under way, the
first never ended, or the second got its answer. It says 200 before it knows what `initialize` comes to, and
kept the session of a refused one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthorizationContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http import (
    GET_STREAM_KEY,
    EventMessage,
    StreamableHTTPServerTransport,
)
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import JSONRPCError, JSONRPCResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http.refusals import refusal

EACH = 100
"""Sessions that one person may have open in this process."""
_REMEMBERED = 1000
"""Ids without an answer that a session remembers: those under way, and those whose client has left."""

_TEXT = (
    f"You have {EACH} sessions open here, which is all that one person gets. End those that are not needed "
    "(DELETE with their Mcp-Session-Id), or wait: one that is not used ends after half an hour."
)


class TooManySessions(LedgaiError):
    """The sender has as many sessions as a person gets."""


class IdInUse(BaseException):
    """Another request of the session has this id, and no answer yet.

    Not an Exception: the SDK makes an answer of status 500 out of those.
    """


class Session(StreamableHTTPServerTransport):
    """The SDK's transport of one session."""

    def __init__(self, forget: Callable[[], None], **more: Any) -> None:
        super().__init__(**more)
        self._forget = forget
        self.is_greeted = False
        """Whether any request had a result: the first one is `initialize`."""
        self._unanswered: dict[str, None] = {}

    async def _mint_priming_event(self, stream_id: str, protocol_version: str) -> Any:
        # Called with the id of each request, before the SDK puts anything under it.
        if stream_id in self._unanswered or stream_id == GET_STREAM_KEY:
            raise IdInUse(stream_id)
        self._unanswered[stream_id] = None
        if len(self._unanswered) > _REMEMBERED:
            del self._unanswered[next(iter(self._unanswered))]
        return await super()._mint_priming_event(stream_id, protocol_version)

    def _create_event_data(self, event_message: EventMessage) -> Any:
        message = event_message.message
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            self.is_greeted |= isinstance(message, JSONRPCResponse)
            self._unanswered.pop(str(message.id), None)
            if not self.is_greeted:
                self._forget()  # before its client has the refusal, and may try again
        return super()._create_event_data(event_message)


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
        if self.max_sessions is not None and len(self._server_instances) >= self.max_sessions:
            return None
        session_id = uuid.uuid4().hex
        session = Session(
            partial(self._forget, session_id),
            mcp_session_id=session_id,
            security_settings=self.security_settings,
            idle_timeout=self.session_idle_timeout,
        )
        if requestor is not None:
            self._session_owners[session_id] = requestor
        self._server_instances[session_id] = session
        return session

    def _forget(self, session_id: str) -> None:
        self._server_instances.pop(session_id, None)
        self._session_owners.pop(session_id, None)

    async def _serve_opening_request(
        self, http_transport: StreamableHTTPServerTransport, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await super()._serve_opening_request(http_transport, scope, receive, send)
        if isinstance(http_transport, Session) and not http_transport.is_greeted:
            await self._discard_session(http_transport.mcp_session_id or "", http_transport)


def refusing(app: ASGIApp) -> ASGIApp:
    """Answer 429 where a person has too many sessions, 400 where an id is in use."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except TooManySessions as refused:
            await refusal(429, str(refused), headers={"Retry-After": "60"})(scope, receive, send)
        except IdInUse as used:
            text = f"Another request of this session has the id {str(used)[:60]!r}; give each its own."
            await refusal(400, text)(scope, receive, send)

    return answered
