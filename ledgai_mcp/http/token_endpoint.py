"""`POST /token` renews (RFC 6749 section 6), `POST /revoke` revokes (RFC 7009).

Knows: forms in, JSON out. Must not know: how grants are kept, how tokens are made.

Both are open to whoever holds the token that they are about; a token is its own proof here.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias
from urllib.parse import parse_qsl

from attrs import evolve, frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ledgai_mcp.audit.journal import Journal
from ledgai_mcp.audit.records import AuditUnavailable, AuthenticationRecord
from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.http import bodies
from ledgai_mcp.http.front import REQUEST
from ledgai_mcp.state import StateUnavailable
from ledgai_mcp.tokens.authority import Authority
from ledgai_mcp.tokens.keys import KeyRefused, KeysUnavailable
from ledgai_mcp.tokens.minting import MintRefused
from ledgai_mcp.tokens.refresh import GrantRefused, Owner
from ledgai_mcp.tokens.verification import LARGEST_TOKEN, fingerprint

_Act: TypeAlias = Callable[[dict[str, str]], Awaitable[tuple[str, Owner | None, Response]]]
"""Answers a form: what was done, to whom, and the response."""

_LARGEST = LARGEST_TOKEN + 4096
_TOO_LARGE = f"The form is larger than {_LARGEST} bytes, which no setting changes: no token is as large."
_READ_SECONDS = 10.0


class FormRefused(LedgaiError):
    """These endpoints do not accept such a request: HTTP 400 with `error` (RFC 6749 section 5.2)."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text)
        self.error = error


@frozen
class TokenEndpoint:
    """The two endpoints."""

    authority: Authority
    journal: Journal

    async def _renewed(self, form: dict[str, str]) -> tuple[str, Owner | None, Response]:
        if form.get("grant_type") != "refresh_token":
            raise FormRefused("unsupported_grant_type", "grant_type must be refresh_token.")
        scopes = form["scope"].split() if form.get("scope") else None
        pair = await self.authority.refreshing.redeem(_required(form, "refresh_token"), scopes)
        return "refreshed", pair.owner, JSONResponse(pair.as_json(), headers={"Pragma": "no-cache"})

    async def _revoked(self, form: dict[str, str]) -> tuple[str, Owner | None, Response]:
        # One that is not valid anyway is no error (RFC 7009 section 2.2).
        token = _required(form, "token")
        owner = await self.authority.refreshing.revoke(token, self.authority.verifier)
        return "revoked" if owner else "nothing_to_revoke", owner, Response(status_code=200)

    async def _answer(self, act: _Act, request: Request) -> Response:
        record = AuthenticationRecord(time.time(), request.scope[REQUEST], "refused")
        try:
            await self.journal.check()
            form = await read_form(request)
            presented = form.get("refresh_token") or form.get("token")
            record = evolve(record, token_sha256=fingerprint(presented) if presented else None)
            reason, owner, response = await act(form)
        except GrantRefused as refused:
            self.journal.note(evolve(named(record, refused.owner), reason=refused.reason))
            return JSONResponse({"error": refused.error, "error_description": str(refused)}, 400)
        except FormRefused as refused:
            self.journal.note(evolve(record, reason=refused.error))
            return JSONResponse({"error": refused.error, "error_description": str(refused)}, 400)
        except bodies.BodyRefused as refused:
            text = _TOO_LARGE if refused.status == 413 else str(refused)
            return JSONResponse({"error": "invalid_request", "error_description": text}, refused.status)
        except bodies.Gone:
            return Response(status_code=400)
        except (KeysUnavailable, KeyRefused, MintRefused, StateUnavailable, AuditUnavailable) as problem:
            self.journal.note(evolve(record, decision="unavailable", reason=type(problem).__name__))
            return JSONResponse({"error": "temporarily_unavailable"}, 503, headers={"Retry-After": "5"})
        self.journal.note(evolve(named(record, owner), decision="allowed", reason=reason))
        return response

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/token", partial(self._answer, self._renewed), methods=["POST"]),
            Route("/revoke", partial(self._answer, self._revoked), methods=["POST"]),
        ]


def named(record: AuthenticationRecord, owner: Owner | None) -> AuthenticationRecord:
    """Add whose token or grant it was about."""
    if owner is None:
        return record
    return evolve(
        record,
        issuer=owner.issuer,
        subject=owner.subject,
        token_id=owner.token_id,
        sid=owner.family_id,
    )


async def read_form(request: Request) -> dict[str, str]:
    """Read an `application/x-www-form-urlencoded` body in which nothing comes twice (RFC 6749 section 3.2).

    Raises:
        FormRefused, bodies.BodyRefused, bodies.Gone: it is not one.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise FormRefused("invalid_request", "Send application/x-www-form-urlencoded.")
    body = await bodies.read(request.scope, request.receive, _LARGEST, _READ_SECONDS)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise FormRefused("invalid_request", "The form cannot be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise FormRefused("invalid_request", "A parameter comes twice.")
    return form


def _required(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise FormRefused("invalid_request", f"{name} is missing.")
    return form[name]
