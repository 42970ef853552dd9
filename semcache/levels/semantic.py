"""L2: the nearest texts within the scope, verified."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from embeddings.encoders.batching import Batcher
from embeddings.errors import EmbeddingsError
from embeddings.indexes.partitioned import PartitionedIndex
from embeddings.types import Vectors
from semcache.errors import CacheFaultError
from semcache.levels import freshness
from semcache.levels.conversations import Conversations
from semcache.levels.entries import Entries, Neighbor
from semcache.levels.second_look import LookAgain
from semcache.levels.verify import decision, turns
from semcache.types.answer import Hit
from semcache.types.controls import Controls
from semcache.types.decision import Candidate, Decision
from semcache.types.key import Subject
from semcache.types.rule import Rule
from semcache.types.timings import Timings

CANDIDATES = 8
LEAST_SIMILARITY = 0.5
"""Below it nothing was ever right to serve: the pooled model has seen no such pair."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the level decided, and the answer where that was to serve one.

    `contextual`: what comparing whole conversations would have decided, of a drawn request that has
    earlier turns. `lasts`: the hit may be promoted.
    """

    decision: Decision
    hit: Hit | None
    contextual: Decision | None = None
    lasts: bool = True


class SemanticLevel:
    """Answers by meaning.

    Args:
        batcher: the encoder of this process.
        encoder: its name, recorded with every vector.
        index: this process's copy of the vectors.
        ready: whether the index is in step.
        entries: the book; also the fallback of the index.
        look_again: at a candidate that nearly may be served.
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
        look_again: LookAgain,
    ) -> None:
        self.encoder = encoder
        self._batcher = batcher
        self._index = index
        self._ready = ready
        self._entries = entries
        self._look_again = look_again
        self._random = random.Random()
        self._conversations = Conversations(encode=self.encode)

    async def encode(self, text: str) -> Vectors:
        """Encode a text, or a conversation: (d,) float32, L2-normalised.

        Raises:
            CacheFaultError: the encoder failed.
        """
        try:
            return await self._batcher.encode(turns.standalone(text))
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
        drawn: bool,
        now: float,
        timings: Timings,
    ) -> Found:
        """Find the best admissible neighbour; not merely the nearest.

        Args:
            drawn: for the audit; of a conversation more is looked at then.

        Raises:
            CacheFaultError: Postgres is away.
        """
        with timings.span("l2"):
            near = await self._nearest(subject, vector, tenant_id=tenant_id)
            near = [(key, score) for key, score in near if score >= LEAST_SIMILARITY]
            stored = await self._load(near, subject, tenant_id=tenant_id)
            seen = await self._observed(stored, tenant_id=tenant_id, rule=rule)
        with timings.span("decide"):
            candidates = [
                _candidate(key, score, stored[key], seen.get(key, []))
                for key, score in near
                if key in stored
                and freshness.allows(stored[key].answer, controls=controls, now=now)
            ]
            chance = self._random.random()
            if subject.answers is not None:
                weighed = await self._conversations.decide(
                    subject, candidates, rule=rule, drawn=drawn, chance=chance
                )
                return Found(
                    decision=weighed.decided,
                    hit=self._hit(weighed.decided, stored),
                    contextual=weighed.contextual,
                    lasts=weighed.chosen_literally,
                )
            decided = decision.decide(subject.text, candidates, rule=rule, chance=chance)
            decided = await self._look_again(subject.text, decided, rule)
        return Found(decision=decided, hit=self._hit(decided, stored))

    def _hit(self, decided: Decision, stored: dict[int, Neighbor]) -> Hit | None:
        if decided.chosen is None:
            return None
        one = decided.weighed[decided.chosen]
        return Hit(
            level=self.name,
            answer=stored[one.candidate.entry_id].answer,
            similarity=one.candidate.similarity,
            probability=one.probability,
        )

    async def _load(
        self, near: list[tuple[int, float]], subject: Subject, *, tenant_id: int
    ) -> dict[int, Neighbor]:
        if not near:
            return {}
        return await self._entries.load(
            [key for key, _ in near], tenant_id=tenant_id, scope=subject.scope, asked=subject.text
        )

    async def _observed(
        self, stored: dict[int, Neighbor], *, tenant_id: int, rule: Rule
    ) -> dict[int, list[tuple[float, bool]]]:
        """Load what only the vCache rule asks for."""
        deciders = {rule.decider, rule.shadow and rule.shadow.decider}
        if "vcache" not in deciders or not stored:
            return {}
        return await self._entries.observed(list(stored), tenant_id=tenant_id)

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


def _candidate(
    entry_id: int, similarity: float, stored: Neighbor, seen: Sequence[tuple[float, bool]]
) -> Candidate:
    return Candidate(
        entry_id=entry_id,
        text=stored.text,
        similarity=similarity,
        handle=stored.answer.handle,
        signature=stored.signature,
        answers=stored.answers,
        observations=tuple(seen),
        barred=stored.barred,
        origin=stored.origin,
    )
