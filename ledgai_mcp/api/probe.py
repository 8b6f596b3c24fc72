"""Does the API answer, does it accept these credentials, and is this machine's clock right?

Knows: the API's endpoint for that, and its Date header. Must not know: tools, MCP.
"""

from __future__ import annotations

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime

from attrs import evolve, frozen

from ledgai_mcp.api import response_body
from ledgai_mcp.api.signing import Signer
from ledgai_mcp.api.upstream import ApiResponse, Request, Upstream
from ledgai_mcp.budget import Share
from ledgai_mcp.errors import UpstreamError

ENDPOINT = "/authenticate"
SECONDS = 10.0
DRIFT_SECONDS = 7000
"""A signature is good for about two hours (api-facts 2.1)."""
INVENTED = "This is the sandbox, not QuantConnect: every result is invented."
_GREETING_SECONDS = 1.0


@frozen
class Finding:
    """What one question to the API told."""

    reachable: bool
    accepted: bool | None
    """Whether the credentials were accepted; None: none were sent, or the answer does not say."""
    skew_seconds: int | None
    """This machine's clock minus the API's; None: the API told no time."""
    milliseconds: int
    note: str
    is_sandbox: bool = False
    """Whether what answered is the sandbox, whose results are invented."""

    @property
    def is_clock_wrong(self) -> bool:
        """Whether the clock is so far off that signatures are refused."""
        return self.skew_seconds is not None and abs(self.skew_seconds) > DRIFT_SECONDS


async def ask(
    upstream: Upstream, signer: Signer | None, *, within: float = SECONDS, share: Share | None = None
) -> Finding:
    """Ask the API once, within ten seconds or less; every failure is a finding."""
    began = time.time()
    sign = signer.headers if signer else dict
    try:
        response = await upstream.exchange(
            Request("POST", ENDPOINT, body={}), sign, repeat=False, within=min(within, SECONDS), share=share
        )
    except UpstreamError as problem:
        return Finding(False, None, None, _elapsed(began), f"The API does not answer: {problem}.")
    milliseconds = _elapsed(began)
    skew = _skew(response, (began + time.time()) / 2)
    accepted = _accepted(response) if signer else None
    finding = Finding(True, accepted, skew, milliseconds, "", response.is_sandbox)
    note = _note(finding, response.answer.status, signer is not None)
    return evolve(finding, note=f"{note} {INVENTED}" if finding.is_sandbox else note)


async def is_sandbox(upstream: Upstream) -> bool:
    """Whether the sandbox answers here; where nothing has answered yet, the API is asked, for a second."""
    if upstream.is_sandbox is None:
        request = Request("POST", ENDPOINT, body={})
        with suppress(UpstreamError):
            await upstream.exchange(request, dict, repeat=False, within=_GREETING_SECONDS)
    if upstream.is_sandbox is None:  # one that does not answer must not hold up the next greeting as well
        upstream.is_sandbox = False
    return upstream.is_sandbox


def _note(finding: Finding, status: int, signed: bool) -> str:
    if not signed:
        return "The API answers. There are no QuantConnect credentials to try."
    if finding.accepted:
        return "The API answers and accepts the credentials."
    if finding.is_clock_wrong:
        return f"The API refuses: this machine's clock is {finding.skew_seconds} seconds off. Set it right."
    if finding.accepted is None:
        return (
            f"Something answers with HTTP {status}, but it is not the QuantConnect API: check LEDGAI_API_URL."
        )
    return "The API answers and refuses the credentials: check the user id and the API token."


def _accepted(response: ApiResponse) -> bool | None:
    """Read the verdict; refused credentials come as HTTP 200 or 401 (api-facts 2.1)."""
    try:
        body = response_body.decode(response.answer).value
    except response_body.Unreadable:
        return False if response.answer.status == 401 else None
    verdict = body.get("success") if isinstance(body, dict) else None
    return verdict if isinstance(verdict, bool) else None


def _skew(response: ApiResponse, now: float) -> int | None:
    try:
        return round(now - parsedate_to_datetime(response.date or "").timestamp())
    except (ValueError, TypeError):
        return None


def _elapsed(began: float) -> int:
    return round((time.time() - began) * 1000)
