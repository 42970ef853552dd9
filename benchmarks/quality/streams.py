"""Queries in one random order, each asked of all that came before; and the halves of a set."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from benchmarks.quality.datasets import Query
from embeddings.types import Vectors
from semcache.levels.verify import signature

_WORDS = 14
_KEPT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Queries in their order, with their vectors `(n, d)` and the signatures of their answers."""

    name: str
    queries: tuple[Query, ...]
    vectors: Vectors
    signatures: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.queries)

    def fits(self, stored: int, asked: int) -> bool:
        """Say whether the answer to one query answers another; both by their places."""
        return self.queries[stored].group == self.queries[asked].group


def halves(queries: Sequence[Query], *, seed: int) -> tuple[list[Query], list[Query]]:
    """Part a set by its groups: one half to tune on, the other to report on, each shuffled."""
    draw = random.Random(f"halves {seed}")
    groups = sorted({query.group for query in queries})
    draw.shuffle(groups)
    tuning = set(groups[::2])
    tune = [query for query in queries if query.group in tuning]
    report = [query for query in queries if query.group not in tuning]
    draw.shuffle(tune)
    draw.shuffle(report)
    return tune, report


def shuffled(queries: Sequence[Query], *, seed: int) -> list[Query]:
    return random.Random(f"whole {seed}").sample(queries, len(queries))


def answers(queries: Sequence[Query], *, reworded: bool) -> tuple[bytes, ...]:
    """Sign a made-up answer for each query: those of one group are equal, or alike."""
    if not reworded:
        return tuple(_signed(query.group, "") for query in queries)
    return tuple(_signed(query.group, str(place)) for place, query in enumerate(queries))


@lru_cache(maxsize=100_000)
def _signed(group: str, wording: str) -> bytes:
    """Sign an answer of distinct words; another wording keeps ten of a group's fourteen."""
    shared = _words(group, count=_WORDS)
    if wording:
        kept = random.Random(f"{group} {wording}").sample(shared, _KEPT)
        shared = kept + _words(f"{group} {wording}", count=_WORDS - _KEPT)
    return signature.of(f"answer of {group}: {' '.join(shared)}")


def _words(seed: str, *, count: int) -> list[str]:
    """Make words up out of syllables."""
    draw = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return ["".join(draw.choices(syllables, k=4)) for _ in range(count)]
