"""What the server remembers between calls and shares between replicas.

That is: revocations, daily counts and refresh families.

Knows: what each of them means, and that a store which cannot be asked means "no". Must not know: how a store
keeps them (`memory`, `sqlite`, `redis`), tokens' form, tools.

Nothing here holds a secret: tokens appear as ids, refresh tokens as SHA-256, credentials only sealed (JWE).
"""

from __future__ import annotations

import json
import secrets
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from ledgai_mcp.state.store import Family, StateMissing, StateUnavailable, Store

__all__ = ["Family", "Spend", "State", "StateMissing", "StateUnavailable", "Store", "open_store"]

_FOREVER = 2**62
_DAY = 24 * 3600


@frozen
class Spend:
    """One unit taken from a daily count; `State.refund` gives it back if the call was not made after all."""

    counter: str
    ticket: str


class State:
    """The shared memory, whatever keeps it. One object serves a whole process, on one event loop."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self._clock = clock

    def require_shared(self) -> None:
        """Return if a server beside this process sees what is written here.

        Raises ValueError if not: a revocation would have no effect anywhere.
        """
        if not self.store.is_shared:
            raise ValueError(
                "LEDGAI_STATE_URL is `memory:`, which no server shares: set it to what the server uses, "
                "a file or a redis:// address."
            )

    async def is_revoked(self, issuer: str, subject: str, token_ids: tuple[str, ...], issued_at: int) -> bool:
        """Answer for one token whether it was revoked by its id, its family, its subject or its age.

        One round trip. A token issued in the very second of a revocation by subject or age counts as revoked.
        """
        keys = [
            _key("all", issuer),
            _key("sub", issuer, subject),
            *(_key("jti", issuer, i) for i in token_ids),
        ]
        return any(until is not None and issued_at <= until for until in await self.store.cuts(keys))

    async def revoked_until(self, issuer: str, subject: str) -> int:
        """Return up to which moment what a subject was issued is revoked; 0: it is not."""
        found = await self.store.cuts([_key("all", issuer), _key("sub", issuer, subject)])
        return max((until for until in found if until is not None), default=0)

    async def revoke_token(self, issuer: str, token_id: str, expires_at: int) -> None:
        """Revoke one token, or a family by its id. `expires_at`: when the last such token is dead anyway."""
        await self.store.cut(_key("jti", issuer, token_id), _FOREVER, expires_at)

    async def revoke_subject(self, issuer: str, subject: str, issued_until: int, longest_life: int) -> None:
        """Revoke all that a subject was issued up to a moment (Unix seconds); later tokens stay valid."""
        await self.store.cut(_key("sub", issuer, subject), issued_until, issued_until + longest_life)

    async def revoke_all(self, issuer: str, issued_until: int, longest_life: int) -> None:
        """Revoke all tokens issued up to a moment, whoever holds them."""
        await self.store.cut(_key("all", issuer), issued_until, issued_until + longest_life)

    async def consume(self, issuer: str, subject: str, count: str, limit: int) -> Spend | None:
        """Take one from a subject's count of today (UTC), or return None if all are used.

        The count belongs to the subject, not to the token, so a fresh token is not a fresh day. If the call
        is then not made, `refund` gives this unit back, once, and to the day it came from.
        """
        now = self._clock()
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        spend = Spend(_key("count", issuer, subject, count, day), secrets.token_hex(12))
        if await self.store.spend(spend.counter, spend.ticket, limit, int(now) + 2 * _DAY):
            return spend
        return None

    async def refund(self, spend: Spend) -> None:
        """Give back what `consume` took; safe to repeat."""
        await self.store.refund(spend.counter, spend.ticket)

    async def check(self) -> None:
        """Return if the store answers; raises StateUnavailable. What readiness asks."""
        await self.store.check()

    async def close(self) -> None:
        """Let go of connections and files."""
        await self.store.close()


def _key(*parts: str) -> str:
    # JSON, not a joined text: a subject must not be able to form another key by containing the separator.
    return json.dumps(parts, separators=(",", ":"))


def _require_folder(folder: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except FileNotFoundError:
        raise ValueError(
            f"LEDGAI_STATE_URL: the folder {folder} does not exist; make it, or name another."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a path"
        raise ValueError(f"LEDGAI_STATE_URL: the folder {folder} cannot be used: {reason}.") from None
    if not is_folder:
        raise ValueError(f"LEDGAI_STATE_URL: {folder} is not a folder.")


def open_store(url: str, leeway: int = 60, *, creates: bool = False) -> Store:
    """Open the store that LEDGAI_STATE_URL names.

    `memory:` (one process, forgets at exit), a file path or `sqlite:PATH` (several processes of one machine),
    `redis://`, `rediss://` or `unix://` (any number of replicas). `leeway`: how far clocks may be apart.
    `creates`: whether a missing file is made, which is for servers: anybody else could hide a loss.
    Raises ValueError for anything else, and for a file whose folder does not exist; a store that is merely
    down is opened, and says StateUnavailable when asked.
    """
    scheme, colon, rest = url.partition(":")
    if url == "memory:":
        from ledgai_mcp.state.memory import MemoryStore

        return MemoryStore()
    if scheme in ("redis", "rediss", "unix"):
        from ledgai_mcp.state.redis import RedisStore

        return RedisStore(url, leeway)
    if scheme == "sqlite" and colon:
        url = rest.removeprefix("//")
    elif "://" in url:
        raise ValueError(
            "LEDGAI_STATE_URL must be `memory:`, a file path, `sqlite:PATH` or a redis:// address."
        )
    if not url.strip():
        raise ValueError("LEDGAI_STATE_URL names no file.")
    _require_folder(Path(url).absolute().parent)
    from ledgai_mcp.state.sqlite import SqliteStore

    return SqliteStore(url, leeway, creates=creates)
