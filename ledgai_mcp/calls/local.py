"""The tools that the server answers itself: who you are and what works, and which version this is.

Knows: the caller, the server, how to ask whether the API answers. Must not know: MCP, how calls are decided.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
from attrs import asdict, frozen
from quantconnect_tools.tool import Answer, Arguments, Tool

from ledgai_mcp import release
from ledgai_mcp.api import probe, response_body
from ledgai_mcp.api.signing import Signer
from ledgai_mcp.api.upstream import Request, Upstream
from ledgai_mcp.budget import Share
from ledgai_mcp.calls import guard
from ledgai_mcp.errors import UpstreamError
from ledgai_mcp.identity import Identity, Limits
from ledgai_mcp.settings import Settings

_RELEASES_SECONDS = 10.0
_RELEASES_BYTES = 5_000_000


@frozen
class LocalTools:
    """Answers for one caller during one call."""

    settings: Settings
    upstream: Upstream
    catalog: Mapping[str, Tool]
    identity: Identity
    signer: Signer | None
    ends: float
    """On the event loop's clock (anyio.current_time)."""
    share: Share

    async def answer(self, name: str, arguments: Arguments) -> Answer:
        """Answer one local tool; they have no arguments.

        Raises:
            LookupError: no local tool has that name.
        """
        match name:
            case "health_check":
                body = await self._health()
            case "read_mcp_server_version":
                body = {"name": release.NAME, "version": release.version()}
            case "read_latest_mcp_server_version":
                body = await self._latest()
            case _:
                raise LookupError(f"nothing here answers {name}")
        return Answer(200, json.dumps({**body, "success": True}).encode(), "application/json")

    async def _health(self) -> dict[str, Any]:
        finding = await probe.ask(self.upstream, self.signer, within=self._left(), share=self.share)
        identity = self.identity
        tools = guard.visible(self.catalog, identity, self.settings.read_only)
        return {
            "server": {
                "name": release.NAME,
                "version": release.version(),
                "readOnly": self.settings.read_only,
                "tools": len(self.catalog),
            },
            "caller": {
                "issuer": identity.issuer,
                "subject": identity.subject,
                "scopes": sorted(identity.scopes),
                "limits": _limits(identity.limits),
                "expiresAt": identity.expires_at,
                "tools": len(tools),
            },
            "api": {
                "url": self.settings.api_url,
                "reachable": finding.reachable,
                "credentialsAccepted": finding.accepted,
                "clockSkewSeconds": finding.skew_seconds,
                "milliseconds": finding.milliseconds,
                "sandbox": finding.is_sandbox,
                "note": finding.note,
            },
        }

    def _left(self) -> float:
        return self.ends - anyio.current_time()

    async def _latest(self) -> dict[str, Any]:
        latest, note, url = None, "", self.settings.releases_url
        if url is None:
            note = (
                "Where releases are published is not configured (LEDGAI_RELEASES_URL), so this is not known."
            )
        elif (latest := await _published(url, min(self._left(), _RELEASES_SECONDS), self.share)) is None:
            note = "The list of releases could not be read."
        return {"version": latest, "running": release.version(), "note": note}


def _limits(limits: Limits) -> dict[str, Any]:
    """Return the limits that are set, as JSON."""
    given = asdict(limits, recurse=False)
    return {k: sorted(v) if isinstance(v, frozenset) else v for k, v in given.items() if v is not None}


async def _published(url: str, within: float, share: Share) -> str | None:
    """Read the newest version from a JSON document that has it as `version` or `info.version`.

    The request carries no credentials, and has its own connection: this is another host.
    """
    parts = urlsplit(url)
    origin = Upstream(f"{parts.scheme}://{parts.netloc}", release.user_agent(), _RELEASES_BYTES)
    request = Request("GET", parts.path or "/")
    try:
        response = await origin.exchange(request, dict, repeat=False, within=within, share=share)
        body = response_body.decode(response.answer).value if response.answer.status == 200 else None
    except (
        UpstreamError,
        response_body.Unreadable,
        ValueError,
    ):  # the last: an address that is no plain path
        return None
    finally:
        await origin.close()
    for place in (body, body.get("info") if isinstance(body, dict) else None):
        version = place.get("version") if isinstance(place, dict) else None
        if isinstance(version, str) and version.isprintable() and len(version) < 60:
            return version
    return None
