"""Who signed a request: the hashed token, the timestamp, and how long they hold.

Knows: the scheme (api-facts 2.1). Must not know: endpoints, state.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

from quantconnect_sandbox.state.people import People, User

WINDOW = 7200
"""Seconds that a timestamp may lie off, in both directions (api-facts 2.1 and 10)."""


class UnauthenticatedError(Exception):
    """Bad credentials. The text is what the API says."""


def signer(headers: Mapping[str, str], query: Mapping[str, str], people: People) -> User:
    """The user who signed by `Authorization: Basic ...` and `Timestamp`. Raises UnauthenticatedError.

    Headers first; a link opened in a browser carries both in its query (api-facts 2.1).
    """
    user_id, hashed = _parts(headers.get("authorization") or query.get("authorization", ""))
    timestamp = headers.get("timestamp") or query.get("timestamp", "")
    seconds = int(timestamp) if _is_number(timestamp) else 0
    if seconds <= 0:
        raise UnauthenticatedError(
            "Request timestamp is not valid, received: 0. Send Unix seconds in Timestamp."
        )
    if abs(time.time() - seconds) > WINDOW:
        raise UnauthenticatedError(
            f"Request timestamp is not valid, received: {seconds}. It is too far from now."
        )
    user = people.users.get(int(user_id)) if _is_number(user_id) else None
    if user is None:
        raise UnauthenticatedError("UserID not valid.")
    expected = hashlib.sha256(f"{user.api_token}:{timestamp}".encode()).hexdigest()
    if not user.api_token or not hmac.compare_digest(expected.encode(), hashed.encode()):
        raise UnauthenticatedError(
            "Hash doesn't match. Check the API token and that it was hashed with the timestamp."
        )
    return user


def _parts(authorization: str) -> tuple[str, str]:
    """User id and hash from `Basic base64(id:hash)`; the prefix may be missing in a query."""
    scheme, _, rest = authorization.strip().rpartition(" ")
    if scheme and scheme.strip().lower() != "basic":
        raise UnauthenticatedError("UserID not valid. The Authorization header must be HTTP Basic.")
    try:
        text = base64.b64decode(rest, validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    user_id, _, hashed = text.partition(":")
    return user_id, hashed


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


def claimed_user(headers: Mapping[str, str]) -> int | None:
    """The user id that a request names, unproven: good enough to aim a fault."""
    try:
        user_id, _ = _parts(headers.get("authorization", ""))
    except UnauthenticatedError:
        return None
    return int(user_id) if _is_number(user_id) else None
