"""A token bucket in Redis: a key may ask so many requests a minute, in bursts as it likes."""

import logging
import math

from semcache.errors import CacheFaultError, RateLimitedError
from semcache.types.allowance import Allowance
from semcache.types.identity import Identity
from semcache.types.scripts import Scripts

log = logging.getLogger(__name__)

# Redis's own clock counts; one that jumps back gives nothing and takes nothing.
_TAKE = b"""
local size, per_ms = tonumber(ARGV[1]), tonumber(ARGV[1]) / 60000
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local state = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(state[1]) or size
left = math.min(size, left + math.max(0, now - (tonumber(state[2]) or now)) * per_ms)
local taken = left >= 1 and 1 or 0
left = left - taken
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', now)
redis.call('PEXPIRE', KEYS[1], 60000)
return {taken, math.floor(left), math.ceil((size - left) / per_ms), math.ceil((1 - left) / per_ms)}
"""


class Limits:
    """Counts requests against the limits of keys."""

    def __init__(self, *, redis: Scripts, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def take(self, identity: Identity) -> Allowance | None:
        """Take one request; None where the key has no limit, or Redis cannot tell.

        Raises:
            RateLimitedError: nothing is left; says when there will be.
        """
        per_minute = identity.requests_per_minute
        if per_minute is None:
            return None
        key = f"{self._prefix}:limit:{identity.key_id}"
        try:
            taken, left, reset_ms, wait_ms = await self._redis.script(_TAKE, [key], [per_minute])
        except CacheFaultError as error:
            log.warning("A limit could not be counted: %s", error)
            return None
        allowance = Allowance(per_minute=per_minute, left=left, reset_s=reset_ms / 1e3)
        if not taken:
            raise RateLimitedError(
                f"This key may ask {per_minute} requests a minute.",
                retry_after_s=math.ceil(wait_ms / 1e3),
                allowance=allowance,
            )
        return allowance
