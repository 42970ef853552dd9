from collections.abc import Callable, Mapping
from dataclasses import replace

from embeddings.encoders.base import Encoder
from embeddings.encoders.batching import Batcher
from embeddings.types import Vectors
from semcache import conf
from semcache.audit.asking import Asking
from semcache.audit.auditor import Auditor
from semcache.audit.budget import Budget
from semcache.audit.comparing import Comparing, Judge
from semcache.audit.rescoring import Rescoring
from semcache.errors import ConfigurationError
from semcache.ledger.shadows import Shadows
from semcache.levels.labels import Labels
from semcache.providers.base import Provider
from semcache.providers.catalog import Catalog
from semcache.wiring import encoders
from semcache.wiring.stores import Stores


class Audits:
    """The audit's part of a worker's graph. A worker that makes none loads no encoder."""

    def __init__(
        self,
        settings: conf.Conf,
        stores: Stores,
        *,
        catalog: Catalog,
        providers: Mapping[str, Provider],
    ) -> None:
        if settings.judge_model and settings.judge_model not in catalog.models("chat"):
            raise ConfigurationError(
                f"SEMCACHE_JUDGE_MODEL: {settings.judge_model!r} is no chat model of the providers "
                f"file; these are: {', '.join(catalog.models('chat'))}."
            )
        asking = Asking(catalog=catalog, providers=providers, deadline_s=settings.deadline_s)
        judge = Judge(asking=asking, model=settings.judge_model) if settings.judge_model else None
        live = _Lazy(lambda: encoders.build(settings, catalog))
        self.auditor = Auditor(
            asking=asking,
            comparing=Comparing(encode=live.encode, judge=judge),
            budget=Budget(redis=stores.pipe, prefix=settings.key_prefix),
            labels=Labels(pool=stores.pool),
            entries=stores.entries,
            exact=stores.exact,
            ledger=stores.ledger,
        )
        aside = replace(settings, encoder=settings.shadow_encoder)
        other = _Lazy(lambda: encoders.build(aside, catalog))
        self.rescoring = Rescoring(
            name=settings.shadow_encoder, encode=other.encode, shadows=Shadows(pool=stores.pool)
        )


class _Lazy:
    """An encoder that is built when it is first asked."""

    def __init__(self, build: Callable[[], Encoder]) -> None:
        self._build = build
        self._batcher: Batcher | None = None

    async def encode(self, text: str) -> Vectors:
        if self._batcher is None:
            self._batcher = Batcher(self._build())
        return await self._batcher.encode(text)
