"""State in Redis: for any number of replicas behind a balancer.

Knows: Redis commands, scripts and failures. Must not know: what the keys mean.

Steps that read and then write are scripts, which Redis runs one at a time. Every script may be sent twice (a
lost answer is retried once) and does its work once. Nothing is answered from memory while Redis is away.
Redis should keep its data (`appendonly yes`, `maxmemory-policy noeviction`). What it forgets nobody can name
any more, so a loss that a running process notices is answered with a cut for everybody: `ledgai:epoch` holds
a name for the data set, and behind it, if it follows a lost one, up to when everything is revoked.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ledgai_mcp.state.store import Family, Rotation, StateUnavailable, tell_loss

Result = TypeVar("Result")

_WAIT = 2.0
"""Seconds for connecting, for one answer, and for a free connection."""
_CONNECTIONS = 32
_PREFIX = "ledgai:"
_MARK = _PREFIX + "epoch"

_CUT = """
local before = redis.call('GET', KEYS[1])
local lasting = redis.call('EXPIRETIME', KEYS[1])
local value = ARGV[1]
if before and tonumber(before) > tonumber(value) then value = before end
redis.call('SET', KEYS[1], value)
redis.call('EXPIREAT', KEYS[1], math.max(tonumber(ARGV[2]), lasting))
"""
_SPEND = """
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return 1
"""
_ROTATE = """
local current = redis.call('HGET', KEYS[1], 'current')
if not current then return 'unknown' end
if current == ARGV[2] then return 'rotated' end
if current == ARGV[1] then
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('EXPIREAT', KEYS[2], redis.call('HGET', KEYS[1], 'expires_at'))
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'grant', ARGV[3])
  return 'rotated'
end
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return 'reused' end
return 'unknown'
"""

_LOOK = """
local before = redis.call('GET', KEYS[1])
local mark = before or ARGV[1]
local is_other = ARGV[2] ~= '' and string.sub(mark, 1, #ARGV[2]) ~= ARGV[2]
if is_other and not string.find(mark, '@', 1, true) then mark = mark .. '@' .. ARGV[3] end
if mark ~= before then redis.call('SET', KEYS[1], mark) end
return mark
"""
"""Returns the mark. Whoever knew another data set (ARGV[2]) adds the cut, once for all replicas: what was
revoked in the lost one was revoked before anybody noticed.
"""


class RedisStore:
    """See Store."""

    is_shared: ClassVar[bool] = True

    def __init__(self, url: str, leeway: int, clock: Callable[[], float] = time.time) -> None:
        """Take a redis://, rediss:// or unix:// address; nothing is connected yet.

        `leeway`: how far the clocks of those who issue tokens may be ahead, in seconds.
        """
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=_WAIT,
                socket_timeout=_WAIT,
                socket_connect_timeout=_WAIT,
                retry=Retry(NoBackoff(), 1),
                decode_responses=True,
            )
        except (ValueError, TypeError):
            # Not the library's words: the address may hold a password.
            raise ValueError("LEDGAI_STATE_URL is not a redis:// address that can be read.") from None
        self._redis: Redis = Redis.from_pool(pool)
        parts = urlsplit(url)  # without the user and the password that may be in it
        self.place = f"Redis at {parts.netloc.rpartition('@')[2]}{parts.path}"
        self._cut = self._redis.register_script(_CUT)
        self._spend = self._redis.register_script(_SPEND)
        self._rotate = self._redis.register_script(_ROTATE)
        self._look = self._redis.register_script(_LOOK)
        self._leeway = leeway
        self._clock = clock
        self._epoch: str | None = None
        """The data set that was there last."""

    async def cut(self, key: str, until: int, expires_at: int) -> None:
        """See Store."""
        await _ask(self._cut(keys=[_PREFIX + key], args=[until, expires_at]))

    async def cuts(self, keys: Sequence[str]) -> list[int | None]:
        """See Store."""
        mark, *found = await _ask(self._redis.mget([_MARK, *(_PREFIX + key for key in keys)]))
        lost = await self._lost_until(mark)
        # Any key may have been cut in what was lost.
        return [max((int(cut) for cut in (value, lost) if cut is not None), default=None) for value in found]

    async def spend(self, counter: str, ticket: str, limit: int, expires_at: int) -> bool:
        """See Store."""
        return bool(await _ask(self._spend(keys=[_PREFIX + counter], args=[ticket, limit, expires_at])))

    async def refund(self, counter: str, ticket: str) -> None:
        """See Store."""
        await _ask(self._redis.srem(_PREFIX + counter, ticket))

    async def add_family(self, family: Family) -> None:
        """See Store."""
        key, _ = _family_keys(family.family_id)
        fields = {"current": family.current, "grant": family.grant, "expires_at": str(family.expires_at)}
        async with self._redis.pipeline(transaction=True) as together:
            together.hset(key, items=[part for pair in fields.items() for part in pair])
            together.expireat(key, family.expires_at)
            await _ask(together.execute())

    async def family(self, family_id: str) -> Family | None:
        """See Store."""
        key, _ = _family_keys(family_id)
        content = await _ask(cast("Awaitable[dict[str, str]]", self._redis.hgetall(key)))
        if not content or int(content["expires_at"]) <= self._clock():
            return None
        return Family(family_id, content["current"], content["grant"], int(content["expires_at"]))

    async def rotate(self, family_id: str, old: str, new: str, grant: str) -> Rotation:
        """See Store."""
        answer = await _ask(self._rotate(keys=list(_family_keys(family_id)), args=[old, new, grant]))
        return cast("Rotation", answer)

    async def end_family(self, family_id: str) -> None:
        """See Store."""
        await _ask(self._redis.delete(*_family_keys(family_id)))

    async def check(self) -> None:
        """See Store."""
        await self._lost_until(await _ask(self._redis.get(_MARK)))

    async def close(self) -> None:
        """See Store."""
        await self._redis.aclose(close_connection_pool=True)

    async def _lost_until(self, mark: str | None) -> str | None:
        """Return up to when everything is revoked because a data set before this one was lost."""
        while mark is None or mark.partition("@")[0] != self._epoch:
            known, until = self._epoch, int(self._clock()) + self._leeway
            asked = self._look(keys=[_MARK], args=[secrets.token_hex(8), known or "", until])
            mark = str(await _ask(asked))
            if self._epoch == known:  # else another task has looked meanwhile: compare with what it found
                self._epoch, _, lost = mark.partition("@")
                if known is not None and known != self._epoch:
                    tell_loss("Redis has lost its data (set `appendonly yes`)", int(lost))
        return mark.partition("@")[2] or None


def _family_keys(family_id: str) -> tuple[str, str]:
    # The braces keep both keys on one node of a Redis cluster.
    return f"{_PREFIX}family:{{{family_id}}}", f"{_PREFIX}used:{{{family_id}}}"


async def _ask(answer: Awaitable[Result] | Any) -> Any:
    try:
        return await answer
    except (TimeoutError, RedisError, OSError) as error:
        raise StateUnavailable(f"The state store cannot be asked now ({type(error).__name__}).") from None
