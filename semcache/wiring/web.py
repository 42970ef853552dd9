import asyncio
import contextlib
import logging
import time

import psycopg
import psycopg_pool

from embeddings.encoders.batching import Batcher
from embeddings.indexes.partitioned import PartitionedIndex
from semcache import conf
from semcache.flight.queue import Queue
from semcache.flight.stream import Tails
from semcache.gateway.boarding import Boarding
from semcache.gateway.chat import ChatGateway
from semcache.gateway.drawing import Auditing
from semcache.gateway.embedding import EmbeddingGateway
from semcache.gateway.parts import Parts
from semcache.levels.changes import Changes
from semcache.levels.pipe import Pipe
from semcache.levels.reencoding import Reencoding
from semcache.levels.semantic import Ready, SemanticLevel
from semcache.levels.verify import decision
from semcache.limits.bucket import Limits
from semcache.policy import rules
from semcache.policy.identities import Identities
from semcache.wiring import encoders, second_looks, vendors
from semcache.wiring.insight import Insight
from semcache.wiring.stores import REDIS_TIMEOUT_S, Stores, presence_key

log = logging.getLogger(__name__)

_PRESENT_S = 10.0


class Web:
    """The web half's graph."""

    def __init__(self, settings: conf.Conf) -> None:
        self.settings = settings
        self.catalog = vendors.models(settings)
        self.stores = stores = Stores(settings, connections=8)
        self.identities = Identities(pool=stores.pool)
        self.insight = Insight(stores, defaults=defaults(settings))
        self.limits = Limits(redis=stores.pipe, prefix=settings.key_prefix)
        self.encoder = encoders.build(settings, self.catalog)
        self.batcher = Batcher(self.encoder)
        self.index = PartitionedIndex(dimension=self.encoder.dimension)
        self.ready = Ready()
        self.second_look = second_looks.build(settings)
        self.tails = Tails(
            claims=stores.claims,
            dial=lambda: Pipe(url=settings.redis_url, timeout_s=REDIS_TIMEOUT_S),
        )
        self.queue = Queue()
        boarding = Boarding(
            claims=stores.claims,
            queue=self.queue,
            tails=self.tails,
            deadline_s=settings.deadline_s,
        )
        parts = Parts(
            exact=stores.exact,
            entries=stores.entries,
            boarding=boarding,
            ledger=stores.ledger,
            journal=self.insight.journal,
            defaults=defaults(settings),
            deadline_s=settings.deadline_s,
        )
        auditing = Auditing(queue=self.queue, rescores=bool(settings.shadow_encoder))
        self.chat = ChatGateway(parts, semantic=self._semantic(), auditing=auditing)
        self.embedding = EmbeddingGateway(parts)
        self.changes = Changes(
            dsn=settings.database_url,
            encoder=self.encoder.name,
            index=self.index,
            ready=self.ready,
            forget_identities=self.identities.forget,
        )
        self._chores: list[asyncio.Task[None]] = []

    def _semantic(self) -> SemanticLevel:
        """Build the level that answers by meaning."""
        return SemanticLevel(
            batcher=self.batcher,
            encoder=self.encoder.name,
            index=self.index,
            ready=self.ready,
            entries=self.stores.entries,
            look_again=self.second_look.look,
        )

    async def start(self) -> None:
        """Open what can be opened; what is away is tried again while requests are served."""
        await self.stores.pool.open(wait=False)
        await self._check_encoder()
        await self.batcher.encode("warm")  # the weights are loaded before the first request
        await asyncio.to_thread(decision.warm)
        await self.second_look.warm()
        self._chores = [
            asyncio.create_task(self.changes.follow()),
            asyncio.create_task(self.stores.ledger.run()),
            asyncio.create_task(self.insight.journal.run()),
        ]

    async def _check_encoder(self) -> None:
        """Refuse to start with vectors of another encoder; without Postgres there are none."""
        try:
            await Reencoding(pool=self.stores.pool, encoder=self.encoder).check()
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            log.warning("Starting without Postgres: %s", error)

    async def workers(self) -> int:
        """Count the workers that said lately that they serve who is waiting."""
        since = time.time() - _PRESENT_S
        return int(
            await self.stores.redis.zcount(
                presence_key(self.settings, "interactive"), since, "+inf"
            )
        )

    async def aclose(self) -> None:
        for chore in self._chores:
            chore.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await chore
        await self.batcher.close()
        self.second_look.close()
        self.queue.close()
        self.tails.close()
        await self.insight.journal.flush()
        await self.stores.aclose()


def defaults(settings: conf.Conf) -> rules.Defaults:
    return rules.Defaults(
        threshold=settings.threshold,
        max_error=settings.max_error,
        audit_share=settings.audit_share,
        audit_usd_per_day=settings.audit_usd_per_day,
        max_temperature=settings.max_temperature,
        ttl_s=settings.ttl_s,
        max_ttl_s=settings.max_ttl_s,
        keep_stale_s=settings.keep_stale_s,
    )
