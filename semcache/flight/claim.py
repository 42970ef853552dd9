"""Who flies. One leader a key; its token is the fence that stops a late writer.

Note [Lease]
    A claim lives for `lease_s` unless somebody renews it: the readers while the job waits in the
    queue, the worker while it runs. A worker that died stops renewing, the claim runs out, and
    the readers see it. Tokens are Redis's clock in microseconds, or one more than the last: they
    grow even where Redis lost its data.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from semcache.errors import (
    CacheFaultError,
    FlightAbandonedError,
    FlightLostError,
    SemcacheError,
)
from semcache.types.flight import Job, Ticket
from semcache.types.scripts import Scripts

_KEEP_LOG_S = 60

# Between a look-up that found nothing and the claim, the answer may have come: then there is
# nothing to fly for.
_TAKE = """
local held = redis.call('GET', KEYS[1])
if held then return {0, held} end
if ARGV[4] ~= '' and redis.call('EXISTS', KEYS[4]) == 1 then return {-1, 0} end
local clock = redis.call('TIME')
local token = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if token <= last then token = last + 1 end
token = string.format('%.0f', token)
redis.call('SET', KEYS[2], token, 'EX', 86400)
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
redis.call('SET', KEYS[3] .. token, ARGV[2], 'PX', ARGV[3])
return {1, token}
"""
# A job is begun once: a message that is delivered again finds it running, or its claim gone.
_BEGIN = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[3]) then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[3])
"""
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[2]))
return redis.call('ZCARD', KEYS[2])
"""
_ATTEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
redis.call('ZADD', KEYS[2], now, ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[2] * 4)
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
_LEAVE = "return redis.call('ZREM', KEYS[1], ARGV[1])"
_APPEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for place = 3, #ARGV do redis.call('XADD', KEYS[2], '*', 'e', ARGV[place]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
if #KEYS > 2 then redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[5]) end
return 1
"""


class Claims:
    """Take, hold and give up flights.

    Args:
        redis: runs scripts.
        prefix: begins every key.
        lease_s: how long a claim lives without being renewed.
        abandon_after_s: how long a running flight goes on when nobody reads it.

    Raises:
        CacheFaultError: from every method, when Redis is away.
    """

    def __init__(
        self, *, redis: Scripts, prefix: str, lease_s: float, abandon_after_s: float
    ) -> None:
        self._prefix = prefix
        self._lease_ms = int(lease_s * 1000)
        self._abandon_after_s = abandon_after_s
        scripts = {"take": _TAKE, "begin": _BEGIN, "renew": _RENEW, "attend": _ATTEND}
        scripts |= {"leave": _LEAVE, "append": _APPEND}
        self._scripts = {name: text.encode() for name, text in scripts.items()}
        self._redis = redis

    async def take(
        self, key: str, job: Job, *, keep_job_s: float, unless: bytes = b""
    ) -> Ticket | None:
        """Claim the flight for `key` and lay its job down, or find who has it.

        Args:
            unless: a Redis key; where it exists, nothing is claimed and the answer is None.
        """
        names = [self._name(key, "claim"), self._name(key, "fence"), self._name(key, "job")]
        values = [self._lease_ms, msgspec.msgpack.encode(job), int(keep_job_s * 1e3), unless]
        mine, token = await self._run("take", [*names, unless or names[0]], values)
        return None if mine < 0 else Ticket(key=key, token=int(token), leader=bool(mine))

    async def begin(self, key: str, token: int, *, run_s: float) -> Job | None:
        """Begin the job of a claim; None where the claim is gone or has begun already."""
        keys = [self._name(key, "claim"), self._name(key, "run", token)]
        keys.append(self._name(key, "job", token))
        body = await self._run("begin", keys, [token, self._lease_ms, int(run_s * 1e3)])
        return None if body is None else msgspec.msgpack.decode(body, type=Job)

    async def attend(self, ticket: Ticket, *, reader: str) -> bool:
        """Say that `reader` is still there; answers whether the flight still is."""
        keys = [self._name(ticket.key, "claim"), self._name(ticket.key, "readers", ticket.token)]
        keys.append(self._name(ticket.key, "run", ticket.token))
        return bool(await self._run("attend", keys, [ticket.token, self._lease_ms, reader]))

    async def leave(self, ticket: Ticket, *, reader: str) -> None:
        """Say that `reader` has gone."""
        await self._run("leave", [self._name(ticket.key, "readers", ticket.token)], [reader])

    async def append(self, ticket: Ticket, events: Sequence[bytes], *, keep_s: float) -> None:
        """Add events to the flight's log.

        Raises:
            FlightLostError: the claim is another's.
        """
        keys = [self._name(ticket.key, "claim"), self.log(ticket)]
        await self._append(keys, ticket, events, keep_s=keep_s)

    async def finish(self, ticket: Ticket, events: Sequence[bytes]) -> None:
        """Add the last events and give the claim up; late readers find the log for a minute.

        Raises:
            FlightLostError: the claim is another's.
        """
        keys = [self._name(ticket.key, "claim"), self.log(ticket)]
        keys += [self._name(ticket.key, name, ticket.token) for name in ("job", "run", "readers")]
        await self._append(keys, ticket, events, keep_s=_KEEP_LOG_S)

    async def _append(
        self, keys: list[str], ticket: Ticket, events: Sequence[bytes], *, keep_s: float
    ) -> None:
        if not await self._run("append", keys, [ticket.token, int(keep_s * 1e3), *events]):
            raise FlightLostError("The claim passed to another worker.")

    @asynccontextmanager
    async def hold(self, ticket: Ticket) -> AsyncIterator[None]:
        """Keep the claim while the body runs; cancel the body when the claim or interest is lost.

        Raises:
            FlightLostError: the claim is another's.
            FlightAbandonedError: nobody reads any more.
        """
        body = asyncio.current_task()
        assert body is not None
        keeper = asyncio.create_task(self._keep(ticket))
        reason: SemcacheError | None = None

        def stop(ended: "asyncio.Task[SemcacheError]") -> None:
            nonlocal reason
            if not ended.cancelled():
                reason = ended.exception() or ended.result()  # type: ignore[assignment]
                body.cancel()

        keeper.add_done_callback(stop)
        try:
            yield
        except asyncio.CancelledError:
            if reason is None:
                raise
            body.uncancel()
            raise reason from None
        finally:
            keeper.remove_done_callback(stop)
            keeper.cancel()

    def log(self, ticket: Ticket) -> str:
        """Name the flight's stream."""
        return self._name(ticket.key, "log", ticket.token)

    async def _keep(self, ticket: Ticket) -> SemcacheError:
        """Renew until the flight is lost or nobody reads it; return why."""
        keys = [self._name(ticket.key, "claim"), self._name(ticket.key, "readers", ticket.token)]
        loop = asyncio.get_running_loop()
        wanted_at = renewed_at = loop.time()
        while True:
            await asyncio.sleep(min(1.0, self._lease_ms / 4000))
            try:
                readers = await self._run("renew", keys, [ticket.token, self._lease_ms])
                renewed_at = loop.time()
            except CacheFaultError:
                if loop.time() - renewed_at > self._lease_ms / 1000:
                    return FlightLostError("The claim could not be renewed.")
                continue
            if readers < 0:
                return FlightLostError("The claim passed to another worker.")
            if readers > 0:
                wanted_at = renewed_at
            elif renewed_at - wanted_at >= self._abandon_after_s:
                return FlightAbandonedError("Nobody waits for the answer any more.")

    def _name(self, key: str, role: str, token: int | None = None) -> str:
        tag, _, rest = key.partition(".")
        name = f"{self._prefix}:{{{tag}}}{rest}:{role}"
        if role == "job":
            return f"{name}:{token or ''}"
        return name if token is None else f"{name}:{token}"

    async def _run(self, script: str, keys: Sequence[str | bytes], values: list[Any]) -> Any:
        return await self._redis.script(self._scripts[script], keys, values)
