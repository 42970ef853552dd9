"""What audits may cost a tenant a day, counted in Redis; days begin at midnight UTC.

An amount is reserved before a provider is asked, so that many workers together keep to it, and
settled afterwards. Once something had to be dropped, all is dropped for a while, misses too: see
Note [A uniform sample] in gateway/drawing.py.
"""

import math

from semcache.types.scripts import Scripts

UNKNOWN_COST_USD = 0.01
"""What a call is taken to cost where nobody knows its price."""

_DAY_S = 86_400
_PAUSE_S = 600
_KEEP_S = 2 * _DAY_S
_MICRO = 1e6

# Whole millionths of a dollar: floats would not add up.
_RESERVE = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent + tonumber(ARGV[1]) > tonumber(ARGV[2]) then
    redis.call('SET', KEYS[2], '1', 'EX', ARGV[4])
    return 0
end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
_SETTLE = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
_PAUSE = "return redis.call('SET', KEYS[1], '1', 'EX', ARGV[1], 'NX')"


class Budget:
    """Reserve and settle what audits cost.

    Args:
        redis: runs scripts.
        prefix: begins every key.

    Raises:
        CacheFaultError: from every method, when Redis is away.
    """

    def __init__(self, *, redis: Scripts, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def reserve(
        self, cost_usd: float, *, tenant_id: int, usd_per_day: float, now: float
    ) -> bool:
        """Set an amount aside; False where it would go over the budget, or audits pause.

        Going over it once pauses the tenant's audits until midnight.
        """
        if usd_per_day <= 0:
            return False
        values = [_micro(cost_usd), _micro(usd_per_day), _KEEP_S, _DAY_S - int(now) % _DAY_S]
        keys = [self._spent(tenant_id, now=now), self._paused(tenant_id)]
        return bool(await self._redis.script(_RESERVE.encode(), keys, values))

    async def settle(
        self, reserved_usd: float, *, spent_usd: float, tenant_id: int, now: float
    ) -> None:
        """Correct a reservation to what was spent.

        Args:
            now: the time of the reservation.
        """
        change = _micro(spent_usd) - _micro(reserved_usd)
        if change:
            keys = [self._spent(tenant_id, now=now)]
            await self._redis.script(_SETTLE.encode(), keys, [change])

    async def pause(self, *, tenant_id: int) -> None:
        """Let a tenant's audits rest for ten minutes, since one came too late."""
        await self._redis.script(_PAUSE.encode(), [self._paused(tenant_id)], [_PAUSE_S])

    def _spent(self, tenant_id: int, *, now: float) -> str:
        return f"{self._prefix}:audit:{{{tenant_id}}}:{int(now) // _DAY_S}"

    def _paused(self, tenant_id: int) -> str:
        return f"{self._prefix}:audit:{{{tenant_id}}}:paused"


def _micro(usd: float) -> int:
    return math.ceil(usd * _MICRO)
