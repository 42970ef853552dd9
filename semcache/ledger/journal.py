"""Why requests hit or missed, written off the way, in batches, for explain and feedback.

A process that is killed loses at most the last `every_s` seconds.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import psycopg
import psycopg_pool

from semcache.ledger import detail
from semcache.types.decision import Decision
from semcache.types.explained import Explained
from semcache.types.outcome import Source

log = logging.getLogger(__name__)

_BATCH = 200
_WRITE = """
    INSERT INTO semcache_decision (tenant_id, request_id, at, model, namespace, source, category,
        asked, entry, handle, similarity, probability, threshold, saved_usd, drawn, detail, shadow)
    SELECT r.tenant_id, r.request_id, to_timestamp(r.at), r.model, r.namespace, r.source,
        r.category, r.asked, r.entry, r.handle, r.similarity, r.probability, r.threshold,
        r.saved_usd, r.drawn, r.detail, r.shadow
    FROM jsonb_to_recordset(%s::jsonb) AS r(tenant_id bigint, request_id text,
        at double precision, model text, namespace text, source text, category text, asked text,
        entry bigint, handle text, similarity double precision, probability double precision,
        threshold double precision, saved_usd double precision, drawn boolean, detail jsonb,
        shadow jsonb)
    JOIN semcache_tenant AS t ON t.id = r.tenant_id
"""

Observer = Callable[[Explained], None]


class Journal:
    """Note what became of requests, and keep it.

    Exact hits are many and say little: of them `exact_per_s` a second are kept. When the buffer is
    full, they go first, and then the oldest of the rest.

    Args:
        pool: connections to Postgres.
        features: names of a pair's features, in their order.
        observers: told of every request, whether it is kept or not.
        limit: rows that wait for Postgres, at most.
        exact_per_s: exact hits that are kept.
        every_s: how often the rows are written.
    """

    def __init__(
        self,
        *,
        pool: psycopg_pool.AsyncConnectionPool,
        features: Sequence[str],
        observers: Sequence[Observer] = (),
        limit: int = 5_000,
        exact_per_s: int = 100,
        every_s: float = 1.0,
    ) -> None:
        self.dropped = 0
        self._pool = pool
        self._features = features
        self._observers = observers
        self._limit = limit
        self._exact_per_s = exact_per_s
        self._every_s = every_s
        self._decided: deque[Explained] = deque()
        self._exact: deque[Explained] = deque()
        self._second, self._kept_in_second = 0, 0
        self._writing = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._decided) + len(self._exact)

    def has_room(self, *, now: float) -> bool:
        """Say whether one more exact hit of this second would be kept."""
        return int(now) != self._second or self._kept_in_second < self._exact_per_s

    def note(self, explained: Explained) -> None:
        """Take note of one request; no I/O."""
        for observe in self._observers:
            observe(explained)
        if explained.source is not Source.EXACT:
            self._decided.append(explained)
        elif self.has_room(now=explained.at):
            self._count(explained.at)
            self._exact.append(explained)
        self._keep_within_limit()

    async def run(self) -> None:
        """Write what was noted for as long as the process lives."""
        while True:
            await asyncio.sleep(self._every_s)
            await self.flush()

    async def flush(self) -> None:
        """Write what was noted so far; what cannot be written now is tried again."""
        async with self._writing:
            while batch := self._take():
                try:
                    await self._write(batch)
                except psycopg.DataError as error:
                    self._drop(batch, error)
                except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
                    self._restore(batch)
                    log.warning("%d decisions wait for Postgres: %s", len(self), error)
                    return
                except Exception as error:  # noqa: BLE001 - the journal outlives the unexpected
                    self._drop(batch, error)
                except BaseException:
                    self._restore(batch)
                    raise

    async def _write(self, batch: list[Explained]) -> None:
        rows = await asyncio.to_thread(self._rows, batch)
        async with self._pool.connection(timeout=2.0) as connection:
            await connection.execute(_WRITE, (rows,))

    def _rows(self, batch: list[Explained]) -> str:
        rows = [_row(one, names=self._features) for one in batch]
        return orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def _take(self) -> list[Explained]:
        """Take the oldest rows off the buffer, decisions before exact hits."""
        taken: list[Explained] = []
        for rows in (self._decided, self._exact):
            while rows and len(taken) < _BATCH:
                taken.append(rows.popleft())
        return taken

    def _drop(self, batch: list[Explained], error: Exception) -> None:
        self.dropped += len(batch)
        log.error("%d decisions cannot be kept", len(batch), exc_info=error)

    def _restore(self, batch: list[Explained]) -> None:
        for one in reversed(batch):
            rows = self._exact if one.source is Source.EXACT else self._decided
            rows.appendleft(one)
        self._keep_within_limit()

    def _keep_within_limit(self) -> None:
        while len(self) > self._limit:
            (self._exact or self._decided).popleft()
            self.dropped += 1

    def _count(self, at: float) -> None:
        if int(at) != self._second:
            self._second, self._kept_in_second = int(at), 0
        self._kept_in_second += 1


def _row(one: Explained, *, names: Sequence[str]) -> dict[str, Any]:
    limit = detail.TEXT_LIMIT if one.similarity is None else detail.WHOLE_LIMIT
    return {
        "tenant_id": one.tenant_id,
        "request_id": one.request_id,
        "at": one.at,
        "model": one.model[:200],
        "namespace": one.namespace,
        "source": str(one.source),
        "category": one.category,
        "asked": one.asked[:limit],
        "entry": one.entry_id,
        "handle": one.handle,
        "similarity": one.similarity,
        "probability": one.probability,
        "threshold": one.decision and one.decision.threshold,
        "saved_usd": one.saved_usd,
        "drawn": one.drawn,
        "detail": {} if one.decision is None else detail.write(one.decision, names=names),
        "shadow": one.shadow and _shadow(one.shadow),
    }


def _shadow(shadow: Decision) -> dict[str, Any]:
    served = None if shadow.chosen is None else shadow.weighed[shadow.chosen].candidate.handle
    return {"decider": shadow.decider, "threshold": shadow.threshold, "served": served}
