"""Whose request is it? Asked for each request, from that request alone.

Knows: the header, the verifier, how a refusal is written in HTTP. Must not know: tools, how tokens are
verified.

The identity lies in the request's own scope and nowhere else: not in a session, whose first request may have
carried another token, and not in a context variable, which a task inherits from whoever started it
(cases C42, C44).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from attrs import evolve, frozen
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp import logs
from ledgai_mcp.audit.journal import Journal
from ledgai_mcp.audit.records import AuditUnavailable, AuthenticationRecord, accepted
from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http import bearer
from ledgai_mcp.http.front import REQUEST
from ledgai_mcp.http.metadata import Metadata
from ledgai_mcp.http.refusals import challenge, refusal, unavailable
from ledgai_mcp.http.streams import WhileAllowed
from ledgai_mcp.identity import Identity
from ledgai_mcp.state import StateUnavailable
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.keys import KeysUnavailable
from ledgai_mcp.tokens.verification import fingerprint

IDENTITY = "ledgai.identity"
"""Where the scope holds who sent the request."""

Verify: TypeAlias = Callable[[str], Awaitable[Identity]]


def identity_of(scope: Scope) -> Identity:
    """Return who sent a request; LookupError if it was not authenticated, which then fails closed."""
    identity = scope.get(IDENTITY)
    if not isinstance(identity, Identity):
        raise LookupError("a request without an identity got past authentication")
    return identity


@frozen
class Authentication:
    """Lets only requests of known people through to `app`."""

    app: ASGIApp
    verify: Verify
    metadata: Metadata
    offered: frozenset[str]
    """The scopes that a client without a token is told to ask for."""
    journal: Journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        outcome = await self._authenticated(scope)
        if isinstance(outcome, Response):
            await outcome(scope, receive, send)
            return
        scope[IDENTITY] = outcome
        scope["user"] = owner(outcome)
        app = self.app
        if scope["method"] == "GET":  # a stream; a call has an end of its own
            is_valid = partial(self._is_still_valid, bearer.read(scope["headers"]) or "", scope[REQUEST])
            app = WhileAllowed(app, is_valid, self._unknown(scope, "The token is not valid any more."))
        await app(scope, receive, send)

    async def _is_still_valid(self, raw: str, request: str) -> bool:
        """Verify again. A token that cannot be verified now is not served, as with any other request."""
        try:
            await self.verify(raw)
        except TokenRefused as refused:
            reason: str = refused.reason
        except LedgaiError as problem:
            reason = type(problem).__name__
        else:
            return True
        record = AuthenticationRecord(time.time(), request, "refused", reason)
        self.journal.note(evolve(record, token_sha256=fingerprint(raw)))
        return False

    async def _authenticated(self, scope: Scope) -> Identity | Response:
        record = AuthenticationRecord(time.time(), scope[REQUEST], "refused")
        raw: str | None = None
        try:
            await self.journal.check()
            raw = bearer.read(scope["headers"])
            if raw is None:
                self.journal.note(evolve(record, reason="missing"))
                return self._unknown(scope, None)
            record = evolve(record, token_sha256=fingerprint(raw))
            identity = await self.verify(raw)
            await self.journal.keep(accepted(record, identity))
        except TokenRefused as refused:
            self.journal.note(evolve(record, reason=refused.reason))
            return self._unknown(scope, str(refused))
        except bearer.HeaderRefused as refused:
            self.journal.note(evolve(record, reason="malformed" if refused.status == 400 else "too_large"))
            return self._unreadable(scope, refused)
        except (KeysUnavailable, StateUnavailable, AuditUnavailable) as problem:
            # The token may be good: a 401 would send its owner to sign in again for nothing.
            self.journal.note(evolve(record, decision="unavailable", reason=type(problem).__name__))
            return unavailable("Whether this token is valid cannot be checked at the moment. Try again soon.")
        except Exception as problem:  # noqa: BLE001 - a fault of ours must neither let in nor be a 500
            self.journal.note(evolve(record, decision="unavailable", reason="crashed"))
            logs.crash(problem, scope[REQUEST], "authentication")
            return unavailable(f"The token could not be verified (id {scope[REQUEST]}).")
        return identity

    def _unknown(self, scope: Scope, why: str | None) -> Response:
        error = None if why is None else "invalid_token"
        header = challenge(self.metadata.url(scope), self.offered, error, why)
        wanted = why or "A bearer token is needed: send it in the Authorization header."
        text = f"{wanted} {self.metadata.advice(scope, why is not None)}"
        return refusal(401, text, headers={"WWW-Authenticate": header})

    def _unreadable(self, scope: Scope, refused: bearer.HeaderRefused) -> Response:
        if refused.status != 400:
            return refusal(refused.status, str(refused))
        header = challenge(self.metadata.url(scope), self.offered, "invalid_request", str(refused))
        return refusal(400, str(refused), headers={"WWW-Authenticate": header})


@frozen
class Local:
    """Stands in for Authentication where ENABLE_AUTH is false: every request is the local person's."""

    app: ASGIApp
    caller: Identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope[IDENTITY] = self.caller
        scope["user"] = owner(self.caller)
        await self.app(scope, receive, send)


def owner(identity: Identity) -> AuthenticatedUser:
    """Return what the SDK binds a session to: issuer and subject, so that a renewed token keeps it.

    It has no use for the token itself and does not get it (case C44).
    """
    return AuthenticatedUser(
        AccessToken(
            token=identity.token_sha256 or "none",
            client_id="ledgai",
            scopes=sorted(identity.scopes),
            subject=identity.subject,
            claims={"iss": identity.issuer},
        )
    )
