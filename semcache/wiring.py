"""The composition root: the only file that names concrete classes.

Nothing here connects when it is imported. `web` and `worker` build the graph of their process when
they are first awaited, on the loop that will use it.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dramatiq
import psycopg
import psycopg_pool
import redis.asyncio as redis
from pgvector.psycopg import register_vector_async
from redis.exceptions import RedisError

from embeddings.encoders.base import Encoder
from embeddings.encoders.batching import Batcher
from embeddings.encoders.hashing import HashingEncoder
from embeddings.encoders.onnx import OnnxEncoder
from embeddings.encoders.remote import RemoteEncoder
from embeddings.encoders.sentence import SentenceEncoder
from embeddings.indexes.partitioned import PartitionedIndex
from semcache import conf
from semcache.errors import ConfigurationError
from semcache.flight.claim import Claims
from semcache.flight.queue import Queue
from semcache.flight.stream import Tails
from semcache.gateway.boarding import Boarding
from semcache.gateway.chat import ChatGateway
from semcache.gateway.embedding import EmbeddingGateway
from semcache.generation import Generation
from semcache.invalidation import Invalidation, Target
from semcache.ledger.buckets import Ledger
from semcache.levels.changes import Changes
from semcache.levels.entries import Entries
from semcache.levels.exact import ExactLevel
from semcache.levels.pipe import Pipe
from semcache.levels.semantic import Ready, SemanticLevel
from semcache.policy import rules
from semcache.policy.identities import Identities
from semcache.providers import catalog, remote
from semcache.providers.base import Provider
from semcache.providers.encoder import EncoderProvider
from semcache.providers.openai import OpenAIProvider

_REDIS_TIMEOUT_S = 5.0
_TAIL_CONNECTIONS = 1_024
_PRESENT_S = 10.0
_BEAT_S = 2.0


class Stores:
    """What both halves stand on: Postgres, Redis, and the answers in them."""

    def __init__(self, settings: conf.Conf, *, connections: int) -> None:
        self.pool = psycopg_pool.AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=connections,
            open=False,
            configure=_configure,
            timeout=2.0,
        )
        self.redis = redis.Redis.from_url(settings.redis_url, socket_timeout=_REDIS_TIMEOUT_S)
        self.pipe = Pipe(url=settings.redis_url)
        self.workers_key = f"{settings.key_prefix}:workers"
        self.exact = ExactLevel(pipe=self.pipe, prefix=settings.key_prefix)
        self.entries = Entries(pool=self.pool)
        self.ledger = Ledger(pool=self.pool)
        self.claims = Claims(
            client=self.redis,
            prefix=settings.key_prefix,
            lease_s=settings.lease_s,
            abandon_after_s=settings.abandon_after_s,
        )

    async def aclose(self) -> None:
        await self.ledger.flush()
        self.pipe.close()
        await self.redis.aclose()
        await self.pool.close()


class Web:
    """The web half's graph."""

    def __init__(self, settings: conf.Conf) -> None:
        self.settings = settings
        self.catalog = models(settings)
        self.stores = stores = Stores(settings, connections=8)
        self.identities = Identities(pool=stores.pool)
        self.encoder = encoder(settings, self.catalog)
        self.batcher = Batcher(self.encoder)
        self.index = PartitionedIndex(dimension=self.encoder.dimension)
        self.ready = Ready()
        self.tail_client = redis.Redis(
            connection_pool=redis.BlockingConnectionPool.from_url(
                settings.redis_url,
                max_connections=_TAIL_CONNECTIONS,
                timeout=_REDIS_TIMEOUT_S,
                socket_timeout=_REDIS_TIMEOUT_S,
            )
        )
        self.tails = Tails(client=self.tail_client, claims=stores.claims)
        self.queue = Queue(broker=dramatiq.get_broker())
        semantic = SemanticLevel(
            batcher=self.batcher,
            encoder=self.encoder.name,
            index=self.index,
            ready=self.ready,
            entries=stores.entries,
        )
        boarding = Boarding(
            claims=stores.claims,
            queue=self.queue,
            tails=self.tails,
            deadline_s=settings.deadline_s,
        )
        shared = {
            "exact": stores.exact,
            "entries": stores.entries,
            "boarding": boarding,
            "ledger": stores.ledger,
            "defaults": defaults(settings),
            "deadline_s": settings.deadline_s,
        }
        self.chat = ChatGateway(semantic=semantic, **shared)  # type: ignore[arg-type]
        self.embedding = EmbeddingGateway(**shared)  # type: ignore[arg-type]
        self.changes = Changes(
            dsn=settings.database_url,
            encoder=self.encoder.name,
            index=self.index,
            ready=self.ready,
            forget_identities=self.identities.forget,
        )
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open what can be opened; what is away is tried again while requests are served."""
        await self.stores.pool.open(wait=False)
        await self.batcher.encode("warm")  # the weights are loaded before the first request
        self._chores = [
            asyncio.create_task(self.changes.follow()),
            asyncio.create_task(self.stores.ledger.run()),
        ]

    async def workers(self) -> int:
        """Count the worker processes that said lately that they are there."""
        since = time.time() - _PRESENT_S
        return int(await self.stores.redis.zcount(self.stores.workers_key, since, "+inf"))

    async def aclose(self) -> None:
        for chore in self._chores:
            chore.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await chore
        await self.batcher.close()
        self.queue.close()
        await self.tail_client.aclose()
        await self.stores.aclose()


class Worker:
    """The worker half's graph."""

    def __init__(self, settings: conf.Conf) -> None:
        self.stores = stores = Stores(settings, connections=8)
        listed = models(settings)
        self.generation = Generation(
            claims=stores.claims,
            catalog=listed,
            providers=providers(settings, listed),
            entries=stores.entries,
            exact=stores.exact,
            ledger=stores.ledger,
            deadline_s=settings.deadline_s,
        )
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.stores.pool.open(wait=False)
        self._chores = [
            asyncio.create_task(self.stores.ledger.run()),
            asyncio.create_task(self._say_present()),
        ]

    async def _say_present(self) -> None:
        """Let /readyz know that there is a worker."""
        name, key = uuid.uuid4().hex, self.stores.workers_key
        while True:
            with contextlib.suppress(RedisError, OSError):
                await self.stores.redis.zremrangebyscore(key, "-inf", time.time() - 60 * _PRESENT_S)
                await self.stores.redis.zadd(key, {name: time.time()})
            await asyncio.sleep(_BEAT_S)


@dataclass(slots=True)
class _Built:
    """The one graph of this process, or the building of it."""

    web: "asyncio.Task[Web] | None" = None
    worker: "asyncio.Task[Worker] | None" = None


_built = _Built()


async def web() -> Web:
    """Give this process's web half, built when first asked for."""
    if _built.web is None:
        _built.web = asyncio.create_task(_start(Web))
    return await asyncio.shield(_built.web)


async def worker() -> Worker:
    """Give this process's worker half, built when first asked for."""
    if _built.worker is None:
        _built.worker = asyncio.create_task(_start(Worker))
    return await asyncio.shield(_built.worker)


async def _start(half: Callable[[conf.Conf], Any]) -> Any:
    built = half(conf.load())
    await built.start()
    return built


@contextlib.asynccontextmanager
async def stores() -> AsyncIterator[Stores]:
    """Open what both halves stand on, for a command that runs once."""
    opened = Stores(conf.load(), connections=2)
    await opened.pool.open(wait=True)
    try:
        yield opened
    finally:
        await opened.aclose()


@contextlib.asynccontextmanager
async def front() -> AsyncIterator[Web]:
    """Open the front door, for a command that comes in by it."""
    opened = Web(conf.load())
    await opened.start()
    try:
        yield opened
    finally:
        await opened.aclose()


async def purge_handles(handles: Iterable[str]) -> None:
    """Delete entries by handle, everywhere."""
    async with stores() as opened:
        invalidation = Invalidation(pool=opened.pool, exact=opened.exact)
        for handle in handles:
            async for _ in invalidation.purge(Target(handle=handle)):
                pass


def defaults(settings: conf.Conf) -> rules.Defaults:
    return rules.Defaults(
        threshold=settings.threshold,
        max_error=settings.max_error,
        max_temperature=settings.max_temperature,
        ttl_s=settings.ttl_s,
        max_ttl_s=settings.max_ttl_s,
        keep_stale_s=settings.keep_stale_s,
    )


def models(settings: conf.Conf) -> catalog.Catalog:
    """Read the providers file, or take the embedded model."""
    if settings.providers_file:
        return catalog.read(Path(settings.providers_file))
    return catalog.embedded(settings.model_url)


def providers(settings: conf.Conf, listed: catalog.Catalog) -> dict[str, Provider]:
    return {vendor.name: _provider(settings, vendor) for vendor in listed.vendors}


def encoder(settings: conf.Conf, listed: catalog.Catalog) -> Encoder:
    """Build the encoder that SEMCACHE_ENCODER names.

    Raises:
        ConfigurationError: it names none.
    """
    kind, _, rest = settings.encoder.partition(":")
    if kind == "onnx" and not rest:
        return OnnxEncoder()
    if kind == "hashing" and not rest:
        return HashingEncoder()
    if kind == "sentence" and rest:
        return SentenceEncoder(model=rest)
    if kind == "remote" and rest:
        return _remote_encoder(rest, settings, listed)
    raise ConfigurationError(
        "SEMCACHE_ENCODER is onnx, hashing, sentence:MODEL or remote:PROVIDER/MODEL:DIMENSION, "
        f"not {settings.encoder!r}."
    )


def _remote_encoder(rest: str, settings: conf.Conf, listed: catalog.Catalog) -> Encoder:
    place, _, dimension = rest.rpartition(":")
    vendor_name, _, model = place.partition("/")
    vendor = next((v for v in listed.vendors if v.name == vendor_name), None)
    if vendor is None or not model or not dimension.isdigit():
        raise ConfigurationError(
            f"SEMCACHE_ENCODER=remote:{rest}: expected remote:PROVIDER/MODEL:DIMENSION, with a "
            "provider of the providers file."
        )
    ask = remote.Embed(
        base_url=vendor.base_url,
        api_key=vendor.api_key,
        model=model,
        timeout_s=settings.token_timeout_s,
    )
    return RemoteEncoder(name=f"remote:{place}", dimension=int(dimension), ask=ask)


def _provider(settings: conf.Conf, vendor: catalog.Vendor) -> Provider:
    if vendor.kind == "encoder":
        return EncoderProvider(name=vendor.name, encoder=OnnxEncoder())
    return OpenAIProvider(
        name=vendor.name,
        base_url=vendor.base_url,
        api_key=vendor.api_key,
        connect_timeout_s=settings.connect_timeout_s,
        token_timeout_s=settings.token_timeout_s,
    )


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """Teach a connection halfvec; a crash may lose the last moment's entries, which is no harm."""
    await register_vector_async(connection)
    await connection.execute("SET synchronous_commit = off")
    await connection.execute("SET hnsw.iterative_scan = strict_order")
    await connection.commit()


