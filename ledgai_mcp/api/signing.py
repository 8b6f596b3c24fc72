"""How an identity signs one upstream request.

Knows: the API's signature, and how sealed credentials are opened. Must not know: tools, tokens, connections.

Credentials are opened per call and as late as possible; nothing here keeps them.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import quote

from attrs import field, frozen

from ledgai_mcp.errors import MissingCredentials
from ledgai_mcp.identity import Credentials, Identity, SealedCredentials

Unseal: TypeAlias = Callable[[SealedCredentials, Identity], Awaitable[Credentials]]
"""Opens sealed credentials for the identity whose token carried them, or raises a LedgaiError."""

Clock: TypeAlias = Callable[[], float]
"""Unix seconds."""


@frozen
class Signer:
    """Signs requests with one person's credentials, afresh each time."""

    credentials: Credentials = field(repr=False)
    clock: Clock = time.time

    def headers(self) -> dict[str, str]:
        """Return the headers of one request: a hash over this second's timestamp (api-facts 2.1)."""
        credentials, timestamp = self.credentials, int(self.clock())
        digest = hashlib.sha256(f"{credentials.api_token}:{timestamp}".encode()).hexdigest()
        basic = base64.b64encode(f"{credentials.user_id}:{digest}".encode()).decode("ascii")
        return {"Authorization": f"Basic {basic}", "Timestamp": str(timestamp)}

    def traces(self, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Return what no text may hold: the token and the signature, in the forms they are met in."""
        token = self.credentials.api_token
        signed = headers.get("Authorization", "").removeprefix("Basic ").strip()
        _, _, digest = base64.b64decode(signed).decode("utf-8", "replace").partition(":")
        encoded = base64.b64encode(token.encode()).decode()
        escaped = (quote(token, safe=""), html.escape(token), json.dumps(token)[1:-1])
        forms = (token, *escaped, token.encode().hex(), encoded.rstrip("="), signed.rstrip("="), digest)
        return tuple(form for form in forms if len(form) >= 6)


async def signer(identity: Identity, unseal: Unseal | None, clock: Clock = time.time) -> Signer:
    """Open the caller's credentials.

    Raises:
        MissingCredentials: there are none, or they are sealed and this process cannot open them.
    """
    credentials = identity.credentials
    if isinstance(credentials, SealedCredentials):
        if unseal is None:
            raise MissingCredentials(
                "The caller's credentials are sealed, and this server has no key to them."
            )
        credentials = await unseal(credentials, identity)
    if credentials is None:
        raise MissingCredentials(
            "This caller has no QuantConnect credentials, so nothing was sent. On stdio, set "
            "QUANTCONNECT_USER_ID and QUANTCONNECT_API_TOKEN; over HTTP, get a token that carries them."
        )
    return Signer(credentials, clock)
