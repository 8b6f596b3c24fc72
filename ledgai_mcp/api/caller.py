"""One caller's way to the API during one call: signs with their credentials, keeps to the call's time.

Knows: whose credentials, which effect, how long. Must not know: tools, MCP, how connections are kept.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import anyio
from attrs import define, field, frozen
from quantconnect_tools.tool import Answer, Arguments, Effect, File

from ledgai_mcp.api import response_body
from ledgai_mcp.api.signing import Signer
from ledgai_mcp.api.upstream import Request, Upstream
from ledgai_mcp.budget import Shares
from ledgai_mcp.errors import Busy, UpstreamError

Local: TypeAlias = Callable[[str, Arguments], Awaitable[Answer]]

SIGN_IN_SECONDS = 20.0
"""How long one call waits for a person to sign in. The API itself waits minutes; a client would give up."""


@define
class Trace:
    """What the requests of one call left behind, whatever became of the call."""

    status: int | None = None
    """HTTP status of the last answer, for the audit record."""
    is_sandbox: bool = False
    """Whether the sandbox answered: its results are invented."""
    signed: list[tuple[Signer, Mapping[str, str]]] = field(factory=list, repr=False)
    """With what each request was signed."""

    def secrets(self) -> set[str]:
        """Return what must not appear in any text about this call."""
        return {secret for signer, headers in self.signed for secret in signer.traces(headers)}


@frozen
class CallerApi:
    """The `Api` that a tool runs against. One object per call; nothing in it outlives the call."""

    upstream: Upstream
    effect: Effect
    ends: float
    """On the event loop's clock (anyio.current_time)."""
    signer: Signer | None = field(repr=False)
    """None for tools that call no endpoint."""
    answer_locally: Local
    trace: Trace
    shares: Shares

    async def send(
        self,
        method: str,
        path: str,
        *,
        values: Arguments | None = None,
        query: Arguments | None = None,
        body: Any = None,
        files: Mapping[str, File] | None = None,
    ) -> Answer:
        """Sign and send one request; it is repeated after a failure only if the tool changes nothing.

        Raises:
            UpstreamError: there is no complete answer.
        """
        request = Request(method, path, query, body, files, values or {})
        return await self._exchange(request, self.ends - anyio.current_time())

    async def authorize(self, start: str, result: str, body: Arguments) -> Answer:
        """Ask `start` for a sign-in address, then wait at most 20 seconds for `result`.

        Returns:
            The authorization, if a person has signed in; else JSON with `status`, `url` and what to do next;
            else the refusal of `start` as received (api-facts 6: 302 with Location, 404 for a bad project).
        """
        started = await self.send("POST", start, body=dict(body))
        if started.status not in (301, 302, 303, 307, 308):
            return started
        url = _safe_address(started.location, self.upstream.base_url)
        if url is None:
            return _json(200, {"success": False, "errors": ["The API sent no https address to sign in at."]})
        wait = min(SIGN_IN_SECONDS, self.ends - anyio.current_time() - 1)
        try:
            self.shares.sign_in.grow(1)
            answer = await self._exchange(Request("POST", result, body=dict(body)), wait)
        except (Busy, UpstreamError):  # the address is good whatever became of the waiting
            return _sign_in(url)
        return answer if _is_granted(answer) else _sign_in(url)

    async def local(self, name: str, arguments: Arguments) -> Answer:
        """Answer a tool that calls no endpoint."""
        return await self.answer_locally(name, arguments)

    async def _exchange(self, request: Request, within: float) -> Answer:
        signer = self.signer
        if signer is None:
            raise LookupError("a tool without credentials tried to send")

        def sign() -> Mapping[str, str]:
            headers = signer.headers()
            self.trace.signed.append((signer, headers))
            return headers

        response = await self.upstream.exchange(
            request, sign, repeat=self.effect == "read", within=max(within, 0.1), share=self.shares.answer
        )
        self.trace.status, self.trace.is_sandbox = response.answer.status, response.is_sandbox
        return response.answer


def _safe_address(location: str | None, api_url: str) -> str | None:
    """Return the sign-in address if a person can be sent there: absolute, no control characters, and https or
    at the API itself, which may be a stand-in near this server (the settings allow no other http).
    """
    try:
        parts = urlsplit(location or "")
    except ValueError:
        return None
    api = urlsplit(api_url)
    good = (
        (parts.scheme == "https" or (parts.scheme, parts.netloc) == (api.scheme, api.netloc))
        and parts.hostname
        and parts.username is None
        and (location or "").isprintable()
    )
    return location if good else None


def _is_granted(answer: Answer) -> bool:
    """Whether an authorization has come; before that the API answers without one (api-facts 6)."""
    try:
        body = response_body.decode(answer).value
    except response_body.Unreadable:
        return False
    return answer.status == 200 and isinstance(body, dict) and bool(body.get("authorization"))


def _sign_in(url: str) -> Answer:
    return _json(
        200,
        {
            "success": True,
            "status": "sign-in needed",
            "url": url,
            "next": "Show this address to the person, who opens it in a browser and signs in. Then call this "
            "tool again with the same arguments: it returns the authorization.",
        },
    )


def _json(status: int, body: Mapping[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode(), "application/json")
