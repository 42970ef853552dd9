"""The rows of Postgres that hold the answers: the book behind all levels.

Plain SQL over psycopg's async pool: Django's ORM would run each call in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import psycopg_pool
import zstandard
from pgvector import HalfVector
from psycopg.rows import dict_row, scalar_row

from semcache.errors import CacheFaultError
from semcache.types.answer import Answer
from semcache.types.flight import Job
from semcache.types.usage import Usage

_COLUMNS = """id, handle, body, created_at, expires_at, cost_usd, prompt_tokens,
    completion_tokens, prompt"""
_FIND = f"""
    SELECT {_COLUMNS}, fingerprint FROM semcache_entry
    WHERE fingerprint = ANY(%s) AND tenant_id = %s AND stale_until > now()
"""
_LOAD = f"""
    SELECT {_COLUMNS} FROM semcache_entry
    WHERE id = ANY(%s) AND tenant_id = %s AND scope = %s AND stale_until > now()
"""
# The scope is searched exactly where it is small; the planner takes the HNSW index where not.
_NEAREST = """
    SELECT id, 1 - (embedding <=> %(vector)s) AS similarity FROM semcache_entry
    WHERE scope = %(scope)s AND tenant_id = %(tenant)s AND encoder = %(encoder)s
      AND embedding IS NOT NULL AND stale_until > now()
    ORDER BY embedding <=> %(vector)s LIMIT %(k)s
"""
_PUT = """
    INSERT INTO semcache_entry (
        tenant_id, namespace, endpoint, model, fingerprint, handle, scope, prompt, embedding,
        encoder, dimension, body, prompt_tokens, completion_tokens, cost_usd, tags, request_id,
        created_at, expires_at, stale_until, fence
    ) VALUES (
        %(tenant_id)s, %(namespace)s, %(endpoint)s, %(model)s, %(fingerprint)s, %(handle)s,
        %(scope)s, %(prompt)s, %(embedding)s, %(encoder)s, %(dimension)s, %(body)s,
        %(prompt_tokens)s, %(completion_tokens)s, %(cost_usd)s, %(tags)s, %(request_id)s,
        %(created_at)s, %(expires_at)s, %(stale_until)s, %(fence)s
    )
    ON CONFLICT (fingerprint) DO UPDATE SET
        model = excluded.model, scope = excluded.scope, prompt = excluded.prompt,
        body = excluded.body, embedding = excluded.embedding, encoder = excluded.encoder,
        dimension = excluded.dimension, prompt_tokens = excluded.prompt_tokens,
        completion_tokens = excluded.completion_tokens, cost_usd = excluded.cost_usd,
        tags = excluded.tags, request_id = excluded.request_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at,
        stale_until = excluded.stale_until, fence = excluded.fence
    WHERE semcache_entry.fence <= excluded.fence
    RETURNING id
"""

Found = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer about to be kept, with the name it is kept under."""

    model: str
    fingerprint: bytes
    handle: str
    body: bytes
    usage: Usage
    cost_usd: float | None
    created_at: float
    scope: bytes | None = None


class Entries:
    """Read and write answers.

    Raises:
        CacheFaultError: from every method, when Postgres is away.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool, timeout_s: float = 2.0) -> None:
        self._pool = pool
        self._timeout_s = timeout_s

    async def find(self, fingerprints: Sequence[bytes], *, tenant_id: int) -> dict[bytes, Answer]:
        """Find answers by the exact requests' names."""
        rows = await self._rows(_FIND, (list(fingerprints), tenant_id))
        return {bytes(row["fingerprint"]): _answer(row) for row in rows}

    async def load(
        self, ids: Sequence[int], *, tenant_id: int, scope: bytes
    ) -> dict[int, tuple[str, Answer]]:
        """Load the texts and answers of neighbours, within tenant and scope once more."""
        rows = await self._rows(_LOAD, (list(ids), tenant_id, scope))
        return {row["id"]: (row["prompt"], _answer(row)) for row in rows}

    async def nearest(
        self, vector: np.ndarray, *, tenant_id: int, scope: bytes, encoder: str, k: int
    ) -> list[tuple[int, float]]:
        """Find the k nearest by pgvector: (id, cosine similarity), best first.

        Args:
            vector: (d,) float32, L2-normalised.
        """
        values = {
            "vector": HalfVector(vector),
            "tenant": tenant_id,
            "scope": scope,
            "encoder": encoder,
            "k": k,
        }
        rows = await self._rows(_NEAREST, values)
        return [(row["id"], row["similarity"]) for row in rows]

    async def put(self, draft: Draft, *, job: Job, fence: int) -> int | None:
        """Keep an answer; None where a later flight has kept one already."""
        vector = _vector(job) if draft.scope is not None else None
        values = {
            "tenant_id": job.tenant_id,
            "namespace": job.namespace,
            "endpoint": job.endpoint,
            "model": draft.model,
            "fingerprint": draft.fingerprint,
            "handle": draft.handle,
            "scope": draft.scope,
            "prompt": job.text,
            "embedding": vector,
            "encoder": job.encoder if vector is not None else "",
            "dimension": len(job.vector) // 4 if vector is not None else None,
            "body": zstandard.ZstdCompressor(level=3).compress(draft.body),
            "prompt_tokens": draft.usage.prompt_tokens,
            "completion_tokens": draft.usage.completion_tokens,
            "cost_usd": draft.cost_usd,
            "tags": job.tags,
            "request_id": job.request_id,
            "created_at": _moment(draft.created_at),
            "expires_at": _moment(draft.created_at + job.ttl_s),
            "stale_until": _moment(draft.created_at + job.ttl_s + job.keep_stale_s),
            "fence": fence,
        }
        try:
            async with self._pool.connection(timeout=self._timeout_s) as connection:
                cursor = connection.cursor(row_factory=scalar_row)
                return await (await cursor.execute(_PUT, values)).fetchone()
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error

    async def ping(self) -> None:
        await self._rows("SELECT 1 AS one", ())

    async def _rows(self, query: str, values: Any) -> list[Found]:
        try:
            async with self._pool.connection(timeout=self._timeout_s) as connection:
                cursor = connection.cursor(row_factory=dict_row, binary=True)
                return await (await cursor.execute(query, values)).fetchall()
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error


def _answer(row: Found) -> Answer:
    return Answer(
        entry_id=row["id"],
        handle=row["handle"],
        body=zstandard.ZstdDecompressor().decompress(row["body"]),
        created_at=row["created_at"].timestamp(),
        expires_at=row["expires_at"].timestamp(),
        cost_usd=row["cost_usd"],
        usage=Usage(prompt_tokens=row["prompt_tokens"], completion_tokens=row["completion_tokens"]),
    )


def _vector(job: Job) -> HalfVector | None:
    return HalfVector(np.frombuffer(job.vector, dtype=np.float32)) if job.vector else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
