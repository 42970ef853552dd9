"""Outcomes summed per hour, tenant, model and source; written off the way, in batches.

A process that is killed loses at most the last `every_s` seconds of counts.
"""

import asyncio
import logging
from dataclasses import astuple, dataclass
from datetime import UTC, datetime

import psycopg
import psycopg_pool

from semcache.types.outcome import Outcome

log = logging.getLogger(__name__)

_ADD = """
    INSERT INTO semcache_usagebucket (tenant_id, hour_at, model, source,
        requests, errors, prompt_tokens, completion_tokens, cost_usd, saved_usd)
    SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
    WHERE EXISTS (SELECT 1 FROM semcache_tenant WHERE id = %s)
    ON CONFLICT (tenant_id, hour_at, model, source) DO UPDATE SET
        requests = semcache_usagebucket.requests + excluded.requests,
        errors = semcache_usagebucket.errors + excluded.errors,
        prompt_tokens = semcache_usagebucket.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = semcache_usagebucket.completion_tokens + excluded.completion_tokens,
        cost_usd = semcache_usagebucket.cost_usd + excluded.cost_usd,
        saved_usd = semcache_usagebucket.saved_usd + excluded.saved_usd
"""
_Place = tuple[int, datetime, str, str]


@dataclass(slots=True)
class _Sums:
    requests: int = 0
    errors: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    saved_usd: float = 0.0


class Ledger:
    """Count outcomes and keep the sums.

    Args:
        pool: connections to Postgres.
        every_s: how often the sums are written.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool, every_s: float = 2.0) -> None:
        self._pool = pool
        self._every_s = every_s
        self._sums: dict[_Place, _Sums] = {}

    def note(self, outcome: Outcome, *, now: float) -> None:
        """Add one outcome; no I/O."""
        hour_at = datetime.fromtimestamp(now - now % 3600, tz=UTC)
        place = (outcome.tenant_id, hour_at, outcome.model[:200], str(outcome.source))
        sums = self._sums.setdefault(place, _Sums())
        sums.requests += 1
        sums.errors += outcome.error is not None
        sums.prompt_tokens += outcome.usage.prompt_tokens
        sums.completion_tokens += outcome.usage.completion_tokens
        sums.cost_usd += outcome.cost_usd
        sums.saved_usd += outcome.saved_usd

    async def run(self) -> None:
        """Write the sums for as long as the process lives."""
        while True:
            await asyncio.sleep(self._every_s)
            await self.flush()

    async def flush(self) -> None:
        """Write what was noted; what cannot be written now is tried again."""
        sums, self._sums = self._sums, {}
        rows = [(*place, *astuple(summed), place[0]) for place, summed in sums.items()]
        if not rows:
            return
        try:
            async with self._pool.connection(timeout=2.0) as connection, connection.transaction():
                await connection.cursor().executemany(_ADD, rows)
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            log.warning("The usage of %d places waits for Postgres: %s", len(rows), error)
            for place, summed in sums.items():
                self._restore(place, summed)

    def _restore(self, place: _Place, summed: _Sums) -> None:
        known = self._sums.setdefault(place, _Sums())
        for name in _Sums.__slots__:
            setattr(known, name, getattr(known, name) + getattr(summed, name))
