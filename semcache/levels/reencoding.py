"""Which encoder made the vectors, and making them anew by another one."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import psycopg_pool
from pgvector import HalfVector
from psycopg.rows import tuple_row

from embeddings.encoders.base import Encoder
from semcache.errors import ConfigurationError
from semcache.levels.verify import turns

_BATCH = 256

_ENCODERS = """
    SELECT min(encoder), max(encoder) FROM semcache_entry WHERE embedding IS NOT NULL
"""
_COLUMN = """
    SELECT atttypmod FROM pg_attribute
    WHERE attrelid = 'semcache_entry'::regclass AND attname = 'embedding'
"""
_WIDEN = """
    DROP INDEX IF EXISTS by_meaning;
    UPDATE semcache_entry SET embedding = NULL, encoder = '', dimension = NULL
    WHERE embedding IS NOT NULL;
    ALTER TABLE semcache_entry ALTER COLUMN embedding TYPE halfvec({dimension});
    CREATE INDEX by_meaning ON semcache_entry USING hnsw (embedding halfvec_cosine_ops)
    WITH (m = 16, ef_construction = 64);
"""
_LACKING = "scope IS NOT NULL AND prompt <> '' AND (embedding IS NULL OR encoder <> %(encoder)s)"
_COUNT = f"SELECT count(*) FROM semcache_entry WHERE {_LACKING}"
_NEXT = f"""
    SELECT id, prompt FROM semcache_entry WHERE {_LACKING} AND id > %(after)s
    ORDER BY id LIMIT {_BATCH}
"""
_SET = """
    UPDATE semcache_entry SET embedding = %s, encoder = %s, dimension = %s
    WHERE id = %s AND prompt = %s
"""


class Reencoding:
    """Keeps vectors and encoder together.

    Args:
        pool: connections to Postgres.
        encoder: the configured one.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool[Any], encoder: Encoder) -> None:
        self._pool = pool
        self._encoder = encoder

    async def check(self) -> None:
        """Refuse to go on with vectors that cannot be compared.

        Raises:
            ConfigurationError: another encoder made them; says what to do.
        """
        low, high, dimension = await self._state()
        ours = self._encoder
        if dimension == ours.dimension and {low, high} <= {None, ours.name}:
            return
        theirs = low if low not in {None, ours.name} else high
        made = f"by {theirs}" if theirs else f"for {dimension} dimensions"
        raise ConfigurationError(
            f"The stored vectors were made {made}, but SEMCACHE_ENCODER is {ours.name} "
            f"({ours.dimension} dimensions). Run `manage.py rebuild_index` to encode them anew, "
            "or set SEMCACHE_ENCODER back."
        )

    async def count(self) -> int:
        """Say how many entries lack a vector of this encoder."""
        async with self._pool.connection() as connection:
            found = await connection.execute(_COUNT, {"encoder": self._encoder.name})
            row = await found.fetchone()
        return int(row[0]) if row else 0

    async def run(self) -> AsyncIterator[int]:
        """Encode what lacks a vector, in batches; give the number encoded so far.

        Each batch is kept as it is done: a run that was stopped goes on where it was.
        """
        await self._fit_column()
        done, after = 0, 0
        while rows := await self._next(after):
            vectors = self._encoder.encode([turns.standalone(prompt) for _, prompt in rows])
            await self._set(rows, vectors)
            after = rows[-1][0]
            done += len(rows)
            yield done

    async def rebuild(self) -> None:
        """Build Postgres's vector index anew."""
        async with self._pool.connection() as connection:
            await connection.execute("REINDEX INDEX by_meaning")

    async def _state(self) -> tuple[str | None, str | None, int]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            low, high = await (await cursor.execute(_ENCODERS)).fetchone() or (None, None)
            (dimension,) = await (await cursor.execute(_COLUMN)).fetchone() or (0,)
        return low, high, dimension

    async def _fit_column(self) -> None:
        *_, dimension = await self._state()
        if dimension != self._encoder.dimension:
            async with self._pool.connection() as connection, connection.transaction():
                for statement in _WIDEN.format(dimension=self._encoder.dimension).split(";"):
                    if statement.strip():
                        await connection.execute(statement.encode())

    async def _next(self, after: int) -> list[tuple[int, str]]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            values = {"encoder": self._encoder.name, "after": after}
            rows: list[tuple[int, str]] = await (await cursor.execute(_NEXT, values)).fetchall()
            return rows

    async def _set(self, rows: list[tuple[int, str]], vectors: np.ndarray) -> None:
        ours = self._encoder
        values = [
            (HalfVector(vector), ours.name, ours.dimension, entry_id, prompt)
            for (entry_id, prompt), vector in zip(rows, vectors, strict=True)
        ]
        async with self._pool.connection() as connection, connection.transaction():
            await connection.cursor().executemany(_SET, values)
