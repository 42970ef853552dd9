"""What keeps this process in step with Postgres: a snapshot, then changes.

Note [Watermark]
    A trigger writes every change of an entry to `semcache_entry_change` with the number of its
    transaction and notifies. Numbers are given when transactions begin and become visible when
    they end, so "greater than the last one seen" would lose the slow ones. The watermark is
    therefore the oldest transaction still running when we last read (`pg_snapshot_xmin`): all
    below it is settled, all from it on is read again. Applying a change twice does no harm.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector_async

from embeddings.indexes.partitioned import PartitionedIndex
from semcache.levels.semantic import Ready

log = logging.getLogger(__name__)

ENTRIES, IDENTITIES = "semcache_entries", "semcache_identities"

_BATCH = 2_000
_GATHER_S = 0.02
_CURRENT = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_SNAPSHOT = """
    SELECT id, scope, embedding FROM semcache_entry
    WHERE encoder = %s AND embedding IS NOT NULL AND stale_until > now()
"""
_CHANGED = """
    SELECT DISTINCT ON (c.entry_id) c.entry_id, e.scope,
           CASE WHEN e.encoder = %s THEN e.embedding END, c.xid::text
    FROM semcache_entry_change c
    LEFT JOIN semcache_entry e ON e.id = c.entry_id AND e.stale_until > now()
    WHERE c.xid >= %s::text::xid8
    ORDER BY c.entry_id, c.xid DESC
"""

# An entry's id, its scope (None: it is no more), its vector (None: it has none yet), and the
# transaction that changed it.
_Row = tuple[int, bytes | None, HalfVector | None, str]


class Changes:
    """Follow Postgres for as long as the process lives.

    Args:
        dsn: where Postgres answers; one connection of its own.
        encoder: only vectors it made are comparable.
        index: filled and kept in step.
        ready: set while the index is in step.
        forget_identities: called when a tenant, key or policy changed.
        poll_s: how often to look without having been notified.
    """

    def __init__(
        self,
        *,
        dsn: str,
        encoder: str,
        index: PartitionedIndex,
        ready: Ready,
        forget_identities: Callable[[], None],
        poll_s: float = 5.0,
    ) -> None:
        self._dsn = dsn
        self._encoder = encoder
        self._index = index
        self._ready = ready
        self._forget_identities = forget_identities
        self._poll_s = poll_s
        self._applied: set[tuple[int, str]] = set()

    async def follow(self) -> None:
        """Load, then listen; begin anew with a snapshot when the connection breaks."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True
                ) as connection:
                    await register_vector_async(connection)
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                self._ready.value = False
                log.warning("The index follows pgvector until Postgres is back: %s", error)
                await asyncio.sleep(1.0)

    async def _listen(self, connection: psycopg.AsyncConnection) -> None:
        await connection.execute(f"LISTEN {ENTRIES}")
        await connection.execute(f"LISTEN {IDENTITIES}")
        self._forget_identities()
        watermark = await self._load(connection)
        self._ready.value = True
        while True:
            channels = {n.channel async for n in self._notified(connection)}
            if IDENTITIES in channels:
                self._forget_identities()
            if channels:  # more will come along with it
                await asyncio.sleep(_GATHER_S)
            watermark = await self._catch_up(connection, watermark)

    def _notified(self, connection: psycopg.AsyncConnection) -> AsyncIterator[psycopg.Notify]:
        return connection.notifies(timeout=self._poll_s, stop_after=1)

    async def _load(self, connection: psycopg.AsyncConnection) -> str:
        """Fill the index from one consistent view; return the watermark to go on from."""
        self._index.clear()
        self._applied.clear()
        self._ready.learned.clear()
        async with connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            watermark = await self._xmin(connection)
            async with connection.cursor(name="snapshot", binary=True) as cursor:
                await cursor.execute(_SNAPSHOT, (self._encoder,))
                while rows := await cursor.fetchmany(_BATCH):
                    await asyncio.to_thread(self._index.add_many, _decoded(rows))
        log.info("The index holds %d entries.", len(self._index))
        return watermark

    async def _catch_up(self, connection: psycopg.AsyncConnection, watermark: str) -> str:
        """Apply what changed since the watermark; return the next one."""
        reached = await self._xmin(connection)
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(_CHANGED, (self._encoder, watermark))
            rows: list[_Row] = await cursor.fetchall()
        new = [row for row in rows if (row[0], row[3]) not in self._applied]
        self._applied = {(row[0], row[3]) for row in rows}
        await asyncio.to_thread(self._apply, new)
        return reached

    def _apply(self, rows: list[_Row]) -> None:
        """Change the index; in a thread, since rebuilding a large partition takes seconds.

        An entry without a vector is left as it is: this process may have learned it already. One
        that it has learned is not added again: a second copy would leave a grave in the graph.
        """
        coming = []
        for row in rows:
            entry_id, scope, embedding, _ = row
            if scope is None:
                self._index.remove(entry_id)
            elif embedding is not None and not self._ready.unlearn(entry_id):
                coming.append((entry_id, scope, embedding))
        self._index.add_many(_decoded(coming))

    async def _xmin(self, connection: psycopg.AsyncConnection) -> str:
        row = await (await connection.execute(_CURRENT)).fetchone()
        assert row is not None
        return str(row[0])


def _decoded(rows: list[tuple[int, bytes, HalfVector]]) -> list[tuple[bytes, int, np.ndarray]]:
    """Turn halfvec into (d,) float32, normalised again: half precision loses a little."""
    decoded = []
    for entry_id, scope, embedding in rows:
        vector = np.asarray(embedding.to_numpy(), dtype=np.float32)
        decoded.append((bytes(scope), entry_id, vector / np.linalg.norm(vector)))
    return decoded
