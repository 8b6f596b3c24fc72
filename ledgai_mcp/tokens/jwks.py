"""Another issuer's public keys (RFC 7517): cached, refreshed aside, kept through an outage.

Knows: how a key set is fetched and for how long it is believed. Must not know: tokens, claims, the server's
secrets.

A known key is always answered from memory: a refresh runs beside the calls, never in front of them. Only a
call that names an unknown key waits for a fetch, and such fetches are rationed, so that made-up key ids
cannot turn this server into a load on the issuer. A failed fetch never takes a good key away.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
from attrs import field, frozen

from ledgai_mcp.loopback import is_loopback
from ledgai_mcp.tokens.keys import KeyRefused, KeysUnavailable, VerificationKey

if TYPE_CHECKING:
    import httpx2

LARGEST_SET = 256 * 1024
"""Bytes of a key set that are read at most."""

_MOST_KEYS = 100
ALGORITHMS: Mapping[tuple[str, str | None], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}
"""Key type and curve decide the algorithms (RFC 7518 section 3.1, RFC 9864 section 2.2); `oct` has none.

An `alg` in the key leaves that one; `EdDSA` and `Ed25519` are two names of one algorithm.
"""
_SAME = {"EdDSA": "Ed25519", "Ed25519": "EdDSA"}
_EVERY = frozenset(algorithm for algorithms in ALGORITHMS.values() for algorithm in algorithms)

_log = logging.getLogger(__name__)


@frozen
class KeySetFile:
    """A key set in a local file."""

    path: Path

    async def read(self) -> bytes:
        """Return the document; any exception means that it could not be had."""
        return await asyncio.to_thread(self.path.read_bytes)

    async def close(self) -> None:
        """Do nothing: nothing stays open."""


class KeySetUrl:
    """A key set at a URL: HTTPS, or HTTP on a loopback address. Redirects are not followed."""

    def __init__(self, url: str, timeout: float = 5.0) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            # Whoever can change the answer on the way can sign any token.
            raise KeyRefused("the address of a key set must be https (http only on a loopback address)")
        self._url = url
        self._timeout = timeout
        self._client: httpx2.AsyncClient | None = None

    async def read(self) -> bytes:
        """Return the document; any exception means that it could not be had.

        The timeout covers the whole answer, so that a trickle cannot hold a refresh for ever.
        """
        import httpx2  # here: not needed where no key set is configured

        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False)
        body = bytearray()
        async with asyncio.timeout(self._timeout), self._client.stream("GET", self._url) as answer:
            if answer.status_code != 200:
                raise OSError(f"the answer was HTTP {answer.status_code}")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > LARGEST_SET:
                    raise OSError(f"the answer is larger than {LARGEST_SET} bytes")
        return bytes(body)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _positive(_: Any, attribute: Any, value: float) -> None:
    if not 0 < value <= 7 * 24 * 3600:
        raise ValueError(f"{attribute.name} must be more than 0 and at most a week of seconds.")


@frozen
class CacheTimes:
    """How long keys are believed, in seconds."""

    fresh: float = field(default=300.0, validator=_positive)
    """After this a refresh starts beside the calls."""
    grace: float = field(default=3600.0, validator=_positive)
    """After `fresh`, how much longer the last good set is used while no refresh succeeds."""
    cooldown: float = field(default=10.0, validator=_positive)
    """At least this long between two fetches for unknown key ids."""
    retry: float = field(default=2.0, validator=_positive)
    """At least this long after a failed fetch; a failure is never remembered longer."""


class KeySet:
    """A KeySource over one key set."""

    def __init__(
        self,
        source: KeySetFile | KeySetUrl,
        times: CacheTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
        name: str = "the other issuer",
    ) -> None:
        self.name = name
        self._source = source
        self._times = times or CacheTimes()
        self._clock = clock
        self._keys: dict[str | None, tuple[VerificationKey, ...]] = {}
        self._loaded_at: float | None = None
        self._failed_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._told: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """True while there are keys that may be used: what readiness asks."""
        return self._age() < self._times.fresh + self._times.grace

    async def start(self) -> None:
        """Try to fetch before the first call. A failure is logged and no more: start-up survives."""
        await self._fetch_once()

    async def close(self) -> None:
        """Stop a running fetch and close the source."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)
        await self._source.close()

    async def find(self, kid: str | None, algorithm: str) -> Sequence[VerificationKey]:
        """See KeySource. Waits for a fetch only if no key in memory can answer."""
        if algorithm not in _EVERY:
            return ()
        found = self._usable(kid, algorithm)
        if found:
            if self._age() >= self._times.fresh and self._may_fetch():
                self._begin_fetch()
            return found
        if self._may_fetch_for_unknown():
            await self._fetch_once()
            found = self._usable(kid, algorithm)
        if not found and (not self.is_ready or self._failed_at is not None):
            raise KeysUnavailable("The issuer's keys cannot be fetched now, so the token cannot be checked.")
        return found

    def _usable(self, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
        if not self.is_ready:
            return ()
        if kid is not None:
            return tuple(key for key in self._keys.get(kid, ()) if key.algorithm == algorithm)
        every = tuple(key for keys in self._keys.values() for key in keys if key.algorithm == algorithm)
        return every if len(every) == 1 else ()

    def _age(self) -> float:
        return float("inf") if self._loaded_at is None else self._clock() - self._loaded_at

    def _may_fetch(self) -> bool:
        return self._failed_at is None or self._clock() - self._failed_at >= self._times.retry

    def _may_fetch_for_unknown(self) -> bool:
        if self._fetching is not None and not self._fetching.done():
            return True  # it costs nothing to wait for the fetch that is already running
        return self._may_fetch() and (self._age() >= self._times.cooldown or not self.is_ready)

    def _begin_fetch(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch(), name="ledgai-jwks")
        return self._fetching

    async def _fetch_once(self) -> None:
        # Shielded: the caller may be cancelled, the others who wait for the same fetch must not be.
        await asyncio.shield(self._begin_fetch())

    async def _fetch(self) -> None:
        try:
            keys, unusable = read_key_set(await self._source.read())
        except Exception as error:  # noqa: BLE001 - whatever goes wrong out there, the good keys stay
            self._failed_at = self._clock()
            _log.warning("The key set of %s could not be refreshed (%s).", self.name, type(error).__name__)
            return
        if unusable != self._told:
            self._told = unusable
            for reason in unusable:
                _log.warning("A key in the set of %s is not used: %s.", self.name, reason)
        self._keys, self._loaded_at, self._failed_at = keys, self._clock(), None


def read_key_set(document: bytes) -> tuple[dict[str | None, tuple[VerificationKey, ...]], tuple[str, ...]]:
    """Read a JWK set into keys by key id, and say which keys are not used and why (RFC 7517 section 5).

    Raises ValueError if the document is not a key set or has no usable key: an issuer whose answer is empty
    is an issuer in trouble, not one that withdrew every key.
    """
    if len(document) > LARGEST_SET:
        raise ValueError("the key set is too large")
    try:
        content = json.loads(document)
    except (ValueError, RecursionError):
        raise ValueError("the key set is not JSON") from None
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list) or len(entries) > _MOST_KEYS:
        raise ValueError("the document is not a key set")
    keys: dict[str | None, tuple[VerificationKey, ...]] = {}
    unusable = []
    for number, entry in enumerate(entries, 1):
        try:
            for key in _public_keys(entry):
                keys[key.kid] = (*keys.get(key.kid, ()), key)
        except KeyRefused as problem:
            named = entry.get("kid", number) if isinstance(entry, Mapping) else number
            unusable.append(f"{str(named)[:80]!r}, {problem}")
    if not keys:
        raise ValueError("the key set has no usable key")
    return keys, tuple(unusable)


def _public_keys(entry: Any) -> Iterator[VerificationKey]:
    """Read one key, once for each algorithm that it may be used with."""
    if not isinstance(entry, Mapping):
        raise KeyRefused("it is not an object")
    kid, kty, curve, named = (entry.get(member) for member in ("kid", "kty", "crv", "alg"))
    if not isinstance(kty, str) or not all(isinstance(part, str | None) for part in (kid, curve, named)):
        raise KeyRefused("its kty, kid, crv or alg is not a text")
    operations = entry.get("key_ops", ["verify"])
    if entry.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise KeyRefused("it is not for verifying signatures (use, key_ops)")
    if "d" in entry:
        raise KeyRefused("it is a private key, which everybody can read there")
    fitting = ALGORITHMS.get((kty, curve), ())
    allowed = tuple(one for one in fitting if named in (None, one, _SAME.get(one)))
    if not allowed:
        raise KeyRefused(
            f"its type, curve and algorithm do not go together or are not accepted ({kty[:20]!r})"
        )
    for algorithm in allowed:
        try:
            # The library has no word for Ed25519 yet, which is EdDSA with this curve.
            key = jwt.PyJWK({**entry, "alg": None}, "EdDSA" if kty == "OKP" else algorithm)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise KeyRefused("it is malformed") from None
        if kty == "RSA" and key.key.key_size < 2048:
            raise KeyRefused("it has fewer than 2048 bits (RFC 7518 section 3.3)")
        yield VerificationKey(kid, algorithm, key)
