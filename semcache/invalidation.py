"""Make answers be no more: in Postgres, in L1, and through Postgres's notice in every index."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import scalar_row

from semcache.levels.exact import ExactLevel

_BATCH, _ROWS = 500, 5_000
_LOG_KEPT = "1 day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which entries; None does not narrow. `older_than_s`: seconds since they were generated."""

    tenant: str | None = None
    namespace: str | None = None
    model: str | None = None
    tag: str | None = None
    handle: str | None = None
    older_than_s: float | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Give the condition in SQL, and its values."""
        parts: list[tuple[str, Any]] = [
            ("tenant_id = (SELECT id FROM semcache_tenant WHERE name = %s)", self.tenant),
            ("namespace = %s", self.namespace),
            ("model = %s", self.model),
            ("%s = ANY(tags)", self.tag),
            ("handle = %s", self.handle),
            ("created_at < now() - make_interval(secs => %s)", self.older_than_s),
        ]
        told = [(sql, value) for sql, value in parts if value is not None]
        return " AND ".join(["true", *(sql for sql, _ in told)]), [value for _, value in told]


class Invalidation:
    """Delete entries everywhere."""

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool[Any], exact: ExactLevel) -> None:
        self._pool = pool
        self._exact = exact

    async def count(self, target: Target) -> int:
        """Say how many entries `target` means."""
        condition, values = target.where()
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=scalar_row)
            await cursor.execute(f"SELECT count(*) FROM semcache_entry WHERE {condition}", values)
            return int(await cursor.fetchone() or 0)

    async def purge(self, target: Target) -> AsyncIterator[int]:
        """Delete what `target` means, in batches; give the number deleted so far.

        L1 goes first, so that nothing is left behind there when Redis is away; and once more after
        the rows, for what was promoted meanwhile.

        Raises:
            CacheFaultError: Redis is away; the batch was not deleted.
        """
        condition, values = target.where()
        deleted = 0
        while ids := await self._select(condition, values):
            await self._drop(ids)
            await self._delete(ids)
            await self._drop(ids)
            deleted += len(ids)
            yield deleted

    async def retire(self, *, keep_decisions_s: float) -> None:
        """Delete what may not be served any more, old decisions, and old lines of the change log.

        L1 needs no word of it: there entries end by themselves.
        """
        while ids := await self._select("stale_until < now()", []):
            await self._delete(ids)
        async with self._pool.connection() as connection:
            await connection.execute(
                "DELETE FROM semcache_entry_change WHERE at < now() - %s::interval", (_LOG_KEPT,)
            )
            while await _forget_decisions(connection, older_than_s=keep_decisions_s) == _ROWS:
                pass

    async def _drop(self, ids: list[int]) -> None:
        await asyncio.gather(*(self._exact.drop(entry_id) for entry_id in ids))

    async def _select(self, condition: str, values: list[Any]) -> list[int]:
        query = f"SELECT id FROM semcache_entry WHERE {condition} LIMIT {_BATCH}"
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=scalar_row)
            ids: list[int] = await (await cursor.execute(query, values)).fetchall()
        return ids

    async def _delete(self, ids: list[int]) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("DELETE FROM semcache_entry WHERE id = ANY(%s)", (ids,))


async def _forget_decisions(
    connection: psycopg.AsyncConnection[Any], *, older_than_s: float
) -> int:
    """Delete one batch of what was kept for explain; give their number."""
    cursor = await connection.execute(
        """DELETE FROM semcache_decision WHERE id IN (
            SELECT id FROM semcache_decision WHERE at < now() - make_interval(secs => %s) LIMIT %s
        )""",
        (older_than_s, _ROWS),
    )
    return cursor.rowcount
