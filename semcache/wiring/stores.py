import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import psycopg_pool
import redis.asyncio as redis
from pgvector.psycopg import register_vector_async

from semcache import conf
from semcache.flight.claim import Claims
from semcache.ledger.buckets import Ledger
from semcache.levels.entries import Entries
from semcache.levels.exact import ExactLevel
from semcache.levels.pipe import Pipe

REDIS_TIMEOUT_S = 5.0
_LOOK_S = 0.5  # a look-up that takes longer is no gain


class Stores:
    """What both halves stand on: Postgres, Redis, and the answers in them."""

    def __init__(self, settings: conf.Conf, *, connections: int) -> None:
        self.pool = psycopg_pool.AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=connections,
            open=False,
            configure=_configure,
            # A statement by itself is one round trip; in a transaction it is three.
            kwargs={"autocommit": True},
            timeout=2.0,
        )
        self.redis = redis.Redis.from_url(settings.redis_url, socket_timeout=REDIS_TIMEOUT_S)
        self.pipe = Pipe(url=settings.redis_url, timeout_s=_LOOK_S)
        self.flights = Pipe(url=settings.redis_url, timeout_s=settings.lease_s)
        self.exact = ExactLevel(pipe=self.pipe, prefix=settings.key_prefix)
        self.entries = Entries(pool=self.pool)
        self.ledger = Ledger(pool=self.pool)
        self.claims = Claims(
            redis=self.flights,
            prefix=settings.key_prefix,
            lease_s=settings.lease_s,
            abandon_after_s=settings.abandon_after_s,
        )

    async def aclose(self) -> None:
        await self.ledger.flush()
        self.pipe.close()
        self.flights.close()
        await self.redis.aclose()
        await self.pool.close()


def presence_key(settings: conf.Conf, queue: str) -> str:
    """Name the sorted set of a queue's workers, by when they last showed."""
    return f"{settings.key_prefix}:workers:{queue}"


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[Stores]:
    """Open the stores for a command that runs once."""
    stores = Stores(conf.load(), connections=2)
    await stores.pool.open(wait=True)
    try:
        yield stores
    finally:
        await stores.aclose()


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """Teach a connection halfvec; a crash may lose the last moment's entries, which is no harm."""
    await register_vector_async(connection)
    await connection.execute("SET synchronous_commit = off")
    await connection.execute("SET hnsw.iterative_scan = strict_order")
