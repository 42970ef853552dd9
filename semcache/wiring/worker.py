import asyncio
import contextlib
import time
import uuid
from collections.abc import Collection

from redis.exceptions import RedisError

from semcache import conf
from semcache.flight.queue import Queue
from semcache.generation.chat import ChatGeneration
from semcache.generation.embedding import EmbeddingGeneration
from semcache.generation.keeping import Keeping
from semcache.generation.runner import Generation
from semcache.wiring import vendors
from semcache.wiring.audits import Audits
from semcache.wiring.stores import Stores, presence_key

_BEAT_S = 2.0
_FORGET_S = 600.0


class Worker:
    """The worker half's graph."""

    def __init__(self, settings: conf.Conf) -> None:
        self._settings = settings
        self.stores = stores = Stores(settings, connections=8)
        listed = vendors.models(settings)
        asked = vendors.providers(settings, listed)
        keeping = Keeping(entries=stores.entries, exact=stores.exact, ledger=stores.ledger)
        self.audits = Audits(settings, stores, catalog=listed, providers=asked)
        self.queue = Queue()
        chat = ChatGeneration(
            catalog=listed, providers=asked, keeping=keeping, examine=self.queue.audit
        )
        self.generation = Generation(
            claims=stores.claims,
            fetchers={
                "chat": chat,
                "embeddings": EmbeddingGeneration(catalog=listed, providers=asked, keeping=keeping),
            },
            keeping=keeping,
            deadline_s=settings.deadline_s,
        )
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.stores.pool.open(wait=False)
        self._chores = [asyncio.create_task(self.stores.ledger.run())]

    def announce(self, queues: Collection[str]) -> None:
        """Let /readyz know, from now on, that these queues have a worker."""
        self._chores.append(asyncio.create_task(self._say_present(queues)))

    async def _say_present(self, queues: Collection[str]) -> None:
        name = uuid.uuid4().hex
        while True:
            for queue in queues:
                key = presence_key(self._settings, queue)
                with contextlib.suppress(RedisError, OSError):
                    await self.stores.redis.zremrangebyscore(key, "-inf", time.time() - _FORGET_S)
                    await self.stores.redis.zadd(key, {name: time.time()})
            await asyncio.sleep(_BEAT_S)
