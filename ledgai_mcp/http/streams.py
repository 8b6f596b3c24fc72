"""Answers that are ended from outside: a stream has no end of its own.

Knows: how far an answer has got. Must not know: why it ends, tokens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from attrs import define
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RECHECK_SECONDS = 5.0
"""How much longer than what allows it a stream may last; each stream costs one look in this time."""


@define
class Answer:
    """Remembers how far an answer has got, so that it can be ended from outside."""

    _send: Send
    _is_begun: bool = False
    _is_complete: bool = False

    async def send(self, message: Message) -> None:
        """Send a part of it."""
        if message["type"] == "http.response.start":
            self._is_begun = True
        self._is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def end(self, scope: Scope, receive: Receive, instead: ASGIApp) -> None:
        """End it, or send `instead` if nothing was sent yet."""
        if not self._is_begun:
            await instead(scope, receive, self._send)
        elif not self._is_complete:
            await self._send({"type": "http.response.body", "body": b""})


@define
class WhileAllowed:
    """Serves a stream of `app` and ends it when it is not allowed any more."""

    app: ASGIApp
    is_allowed: Callable[[], Awaitable[bool]]
    instead: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answer = Answer(send)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch, tasks.cancel_scope)
            await self.app(scope, receive, answer.send)
            tasks.cancel_scope.cancel()
        await answer.end(scope, receive, self.instead)

    async def _watch(self, within: anyio.CancelScope) -> None:
        await anyio.sleep(RECHECK_SECONDS)
        while await self.is_allowed():  # noqa: ASYNC110 - another process may revoke: there is no event
            await anyio.sleep(RECHECK_SECONDS)
        within.cancel()
