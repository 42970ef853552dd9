"""L2: the nearest texts within the scope, verified."""

from dataclasses import dataclass, field

import numpy as np

from embeddings.encoders.batching import Batcher
from embeddings.errors import EmbeddingsError
from embeddings.indexes.partitioned import PartitionedIndex
from embeddings.types import Vectors
from semcache.errors import CacheFaultError
from semcache.levels import freshness, verify
from semcache.levels.entries import Entries
from semcache.types.answer import Hit
from semcache.types.controls import Controls
from semcache.types.key import Subject
from semcache.types.rule import Rule
from semcache.types.timings import Timings

CANDIDATES = 8


@dataclass(slots=True)
class Ready:
    """Whether this process's index has caught up with Postgres; until then pgvector is asked.

    `learned`: entries that this process added by itself, before Postgres told of them.
    """

    value: bool = False
    learned: set[int] = field(default_factory=set)

    def unlearn(self, entry_id: int) -> bool:
        """Take note that Postgres has told of an entry; answers whether it was learned before."""
        known = entry_id in self.learned
        self.learned.discard(entry_id)
        return known


class SemanticLevel:
    """Answers by meaning.

    Args:
        batcher: the encoder of this process.
        encoder: its name, recorded with every vector.
        index: this process's copy of the vectors.
        ready: whether the index is in step.
        entries: the book; also the fallback of the index.
    """

    name = "semantic"

    def __init__(
        self,
        *,
        batcher: Batcher,
        encoder: str,
        index: PartitionedIndex,
        ready: Ready,
        entries: Entries,
    ) -> None:
        self.encoder = encoder
        self._batcher = batcher
        self._index = index
        self._ready = ready
        self._entries = entries

    async def encode(self, text: str) -> Vectors:
        """Encode a text: (d,) float32, L2-normalised.

        Raises:
            CacheFaultError: the encoder failed.
        """
        try:
            return await self._batcher.encode(text)
        except EmbeddingsError as error:
            raise CacheFaultError(f"The encoder failed: {error}") from error

    async def find(
        self,
        subject: Subject,
        vector: Vectors,
        *,
        tenant_id: int,
        rule: Rule,
        controls: Controls,
        now: float,
        timings: Timings,
    ) -> Hit | None:
        """Find the best admissible neighbour; not merely the nearest.

        Raises:
            CacheFaultError: Postgres is away.
        """
        with timings.span("l2"):
            near = await self._nearest(subject, vector, tenant_id=tenant_id)
            near = [(key, score) for key, score in near if score >= rule.threshold]
            if not near:
                return None
            found = await self._entries.load(
                [key for key, _ in near], tenant_id=tenant_id, scope=subject.scope
            )
        for key, similarity in near:
            if key not in found:
                continue
            text, answer = found[key]
            verdict = verify.judge(
                subject.text, text, similarity=similarity, threshold=rule.threshold
            )
            if verdict.served and freshness.allows(answer, controls=controls, now=now):
                return Hit(level=self.name, answer=answer, similarity=similarity)
        return None

    def learn(self, subject: Subject, vector: Vectors, entry_id: int) -> None:
        """Know a new entry in this process at once; the others hear of it from Postgres.

        Blocks while a large partition is rebuilt: call it from a thread.
        """
        if self._ready.value and entry_id not in self._index:
            self._ready.learned.add(entry_id)
            self._index.add(subject.scope, entry_id, vector)

    async def _nearest(
        self, subject: Subject, vector: Vectors, *, tenant_id: int
    ) -> list[tuple[int, float]]:
        if self._ready.value:
            neighbors = self._index.search(subject.scope, vector, k=CANDIDATES)
            return [(n.key, n.similarity) for n in neighbors]
        return await self._entries.nearest(
            np.asarray(vector),
            tenant_id=tenant_id,
            scope=subject.scope,
            encoder=self.encoder,
            k=CANDIDATES,
        )
