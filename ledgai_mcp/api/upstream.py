"""One shared pool of connections to one host: sends a request, bounds time and size, repeats reads.

Knows: the base URL, retries, time-outs. Must not know: scopes, tools, who calls.

Nothing is shared between callers above the connection: no cookie is kept, no redirect followed, and the
signature of a request is made for that request alone.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import anyio
import httpx2
from attrs import define, field, frozen
from quantconnect_tools.tool import Answer, File

from ledgai_mcp.api import paths
from ledgai_mcp.budget import CONNECTIONS, Share
from ledgai_mcp.errors import Interrupted, TimedOut, TooLarge, Unreachable, UpstreamError
from ledgai_mcp.loopback import is_loopback

Sign: TypeAlias = Callable[[], Mapping[str, str]]
"""Returns the headers that sign one request; called once for each attempt."""

ATTEMPTS = 3
SANDBOX_HEADER = "X-LEDGAI-Sandbox"
"""In every answer of quantconnect-sandbox, and in none of QuantConnect."""
_AGAIN = (429, 502, 503, 504)
_CONNECT_SECONDS = 10.0


@frozen
class Request:
    """One request, unsigned."""

    method: str
    path: str
    """As it is declared; `values` has what its `{names}` stand for."""
    query: Mapping[str, Any] | None = None
    body: Any = field(default=None, repr=False)
    files: Mapping[str, File] | None = field(default=None, repr=False)
    values: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen
class ApiResponse:
    """An answer, with what the server itself needs of it."""

    answer: Answer
    date: str | None = None
    is_sandbox: bool = False
    """Whether it is the sandbox's, and so invented."""


@define
class Upstream:
    """The way to the API; one for the whole process."""

    base_url: str
    user_agent: str
    max_response_bytes: int
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    is_sandbox: bool | None = field(default=None, init=False)
    """Whether the last answer was the sandbox's; None: there was none."""
    _client: httpx2.AsyncClient | None = field(default=None, init=False, repr=False)

    async def exchange(
        self, request: Request, sign: Sign, *, repeat: bool, within: float, share: Share | None = None
    ) -> ApiResponse:
        """Send one request and return the whole answer, whatever its status.

        Args:
            request: what to send.
            sign: makes the headers that sign it.
            repeat: whether it may be sent again after a failure; True for calls that change nothing.
            within: seconds for everything, waits included.
            share: holds the answer, which waits while there is no room; None where nobody in particular asks.

        Raises:
            Unreachable, TimedOut, Interrupted, TooLarge: there is no complete answer.
        """
        ends = anyio.current_time() + within
        attempts = ATTEMPTS if repeat else 1
        try:
            with anyio.fail_after(within):
                for attempt in range(1, attempts + 1):
                    outcome = await self._attempt(request, sign, ends - anyio.current_time(), share)
                    wait = self._wait(outcome, attempt)
                    if attempt == attempts or wait is None or anyio.current_time() + wait >= ends:
                        break
                    await self.sleep(wait)
        except TimeoutError:
            raise TimedOut(f"no answer within {within:.3g} seconds", sent=True) from None
        if isinstance(outcome, UpstreamError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _attempt(
        self, request: Request, sign: Sign, left: float, share: Share | None
    ) -> ApiResponse | UpstreamError:
        """Send once; a failure is returned, so that the caller decides about sending again."""
        client = self._open()
        # Connecting ends before the whole call does: only so can a time-out tell whether anything was sent.
        connect = min(_CONNECT_SECONDS, left * 0.9)
        built = self._build(client, request, sign())
        built.extensions["timeout"] = httpx2.Timeout(None, connect=connect, pool=connect).as_dict()
        try:
            response = await client.send(built, stream=True)
            try:
                return await self._read(response, share)
            finally:
                await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError):
            return Unreachable("no connection to the API", sent=False)
        except httpx2.TimeoutException:
            return TimedOut("no answer in time", sent=True)
        except (httpx2.TransportError, httpx2.DecodingError):
            return Interrupted("the connection ended before the answer was complete", sent=True)

    async def _read(self, response: httpx2.Response, share: Share | None) -> ApiResponse | UpstreamError:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self.max_response_bytes:  # after decompression, so that a small bomb stays small
                return TooLarge(f"the answer is larger than {self.max_response_bytes} bytes", sent=True)
            if share is not None:
                await share.grow_anyway(len(body))
        headers, date = response.headers, response.headers.get("Date")
        wait = retry_after(headers.get("Retry-After"), date)
        kind, location = headers.get("Content-Type", ""), headers.get("Location")
        self.is_sandbox = SANDBOX_HEADER in headers
        answer = Answer(response.status_code, bytes(body), kind, location, wait)
        return ApiResponse(answer, date, self.is_sandbox)

    def _build(
        self, client: httpx2.AsyncClient, request: Request, signed: Mapping[str, str]
    ) -> httpx2.Request:
        if not request.path.startswith("/"):  # "@other.host" after a bare host would change the host
            raise ValueError(f"not a path: {request.path!r}")
        content: dict[str, Any] = {}
        if request.files:
            content["data"] = {name: _field(value) for name, value in (request.body or {}).items()}
            content["files"] = {
                name: (file.name, file.content, "application/octet-stream")
                for name, file in request.files.items()
            }
        elif request.body is not None:
            content["json"] = request.body
        headers = {"User-Agent": self.user_agent, "Accept": "application/json", **signed}
        path = paths.fill(request.path, request.values)
        url = self.base_url + path
        built = client.build_request(request.method, url, params=request.query, headers=headers, **content)
        base = httpx2.URL(self.base_url)
        # Only what was declared is signed and sent, whatever a client library makes of a path.
        expected = base.raw_path.rstrip(b"/") + path.encode()
        if (built.url.netloc, built.url.raw_path.partition(b"?")[0]) != (base.netloc, expected):
            raise ValueError(f"{request.path} would not be sent as it is declared")
        return built

    def _open(self) -> httpx2.AsyncClient:
        """Return the client; made at the first call, because reading certificates takes a while."""
        if self._client is None:
            self._client = httpx2.AsyncClient(
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                limits=httpx2.Limits(
                    max_connections=CONNECTIONS, max_keepalive_connections=100, keepalive_expiry=30
                ),
                # A proxy of the environment is for the way out of this machine, never for a sandbox on it.
                trust_env=not is_loopback(urlsplit(self.base_url).hostname),
            )
        return self._client

    def _wait(self, outcome: ApiResponse | UpstreamError, attempt: int) -> float | None:
        """Return how long to wait before the next attempt, in seconds; None: there is to be none."""
        if isinstance(outcome, TooLarge):
            return None
        if isinstance(outcome, ApiResponse) and outcome.answer.status not in _AGAIN:
            return None
        backoff: float = 0.5 * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        if isinstance(outcome, UpstreamError):
            return backoff
        return max(backoff, outcome.answer.retry_after or 0.0)


def retry_after(value: str | None, date: str | None = None) -> float | None:
    """Read a Retry-After header (RFC 9110 section 10.2.3): seconds, or a date compared with the answer's own.

    Returns:
        Seconds from now, 0 or more; None when there is no usable value.
    """
    if value is None:
        return None
    if value.isascii() and value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(date or "")).total_seconds())
    except (ValueError, TypeError):
        return None


def _field(value: Any) -> str:
    """Write a form field as the API's own clients do."""
    return str(value).lower() if isinstance(value, bool) else str(value)
