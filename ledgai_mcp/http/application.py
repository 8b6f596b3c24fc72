"""The HTTP application: which layers a request passes, and what is served where.

Knows: the layers and their order. Must not know: what each of them decides.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from attrs import frozen
from mcp.server.lowlevel import Server
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ledgai_mcp import server
from ledgai_mcp.audit.journal import Journal
from ledgai_mcp.calls.dispatch import Service
from ledgai_mcp.http import sessions
from ledgai_mcp.http.authentication import Authentication, Local, identity_of
from ledgai_mcp.http.bodies import Bodies
from ledgai_mcp.http.disconnects import Disconnects
from ledgai_mcp.http.drain import Drain
from ledgai_mcp.http.front import Front
from ledgai_mcp.http.health import LIVE, READY, Health
from ledgai_mcp.http.hosts import Hosts
from ledgai_mcp.http.metadata import PATH, Metadata
from ledgai_mcp.http.pages import Pages
from ledgai_mcp.http.permission import Permission
from ledgai_mcp.http.refusals import refusal
from ledgai_mcp.http.sessions import Sessions
from ledgai_mcp.http.token_endpoint import TokenEndpoint
from ledgai_mcp.http.tool_call import recorded_id
from ledgai_mcp.identity import Identity
from ledgai_mcp.settings import Settings
from ledgai_mcp.tokens.authority import Authority


@frozen
class Parts:
    """What the application is put together from."""

    settings: Settings
    service: Service
    journal: Journal
    drain: Drain
    metadata: Metadata
    offered: frozenset[str]
    """The scopes that a client without a token is told to ask for."""
    authority: Authority | None
    caller: Identity | None = None
    """Who everybody is if there is no authority: ENABLE_AUTH=false."""


def application(parts: Parts, mcp: Server[Any] | None = None) -> ASGIApp:
    """Build the application; it opens and closes what it uses with its lifespan."""
    settings = parts.settings
    mcp = mcp or server.build(parts.service, _caller, _number)
    manager = Sessions(mcp, settings.sessions, settings.largest_body)

    health = Health(parts.drain, parts.journal, parts.authority)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            if parts.authority is not None:
                await parts.authority.start()
            await health.begin()
            yield
        await parts.service.upstream.close()
        if parts.authority is not None:
            await parts.authority.close()
        await parts.journal.close()

    app = Starlette(routes=_routes(parts, health, sessions.refusing(manager.asgi_app)), lifespan=lifespan)
    # A redirect from /mcp/ would make clients send their token twice; another path is simply not there.
    app.router.redirect_slashes = False
    hosts = Hosts.of(settings.allowed_hosts, settings.allowed_origins, settings.public_url)
    pages = Pages(app, settings.allowed_origins) if settings.allowed_origins else app
    return Front(pages, hosts, (LIVE, READY))


def _routes(parts: Parts, health: Health, transport: ASGIApp) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route(PATH, _Endpoint(_layers(parts, transport))),
        *health.routes(),
    ]
    if parts.authority is not None:
        routes += parts.metadata.routes()
        routes += TokenEndpoint(parts.authority, parts.journal).routes()
    return routes


def _layers(parts: Parts, transport: ASGIApp) -> ASGIApp:
    settings = parts.settings
    methods = ("POST", "GET", "DELETE") if settings.sessions else ("POST",)
    inner: ASGIApp = Disconnects(_only(methods, transport), parts.service.catalog, settings.sessions)
    if not settings.in_band_denials:
        inner = Permission(inner, parts.service, parts.metadata)
    room = parts.service.traffic.contents
    inner = Bodies(inner, settings.largest_body, room, lambda scope: identity_of(scope).person)
    if parts.authority is not None:
        inner = Authentication(
            inner,
            parts.authority.verifier.verify,
            parts.metadata,
            parts.offered,
            parts.journal,
        )
    elif parts.caller is not None:
        inner = Local(inner, parts.caller)
    else:
        raise ValueError("there is neither an authority nor a local caller")
    return parts.drain.over(inner)


def _only(methods: tuple[str, ...], app: ASGIApp) -> ASGIApp:
    """Answer 405 to other methods: without sessions the SDK would hold a silent stream open."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in methods:
            await app(scope, receive, send)
            return
        answer = refusal(405, f"{scope['method']} is not served here.", headers={"Allow": ", ".join(methods)})
        await answer(scope, receive, send)

    return limited


@frozen
class _Endpoint:
    """Keeps Starlette from taking an ASGI function for a request handler."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def _caller(context: server.Context) -> Identity:
    return identity_of(context.request.scope if context.request is not None else {})


def _number(context: server.Context) -> str | None:
    if context.request is None:
        return server.own_request_id(context)
    return recorded_id(context.request.scope, context.request_id)
