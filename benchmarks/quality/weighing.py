"""Each request of a stream with its candidates, weighed by the product's own decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter, thread_time
from typing import Protocol

from rich.console import Console
from rich.progress import track

from benchmarks.quality.neighbors import Neighbors
from benchmarks.quality.streams import Stream
from embeddings.indexes.partitioned import PartitionedIndex
from semcache.levels.semantic import CANDIDATES, LEAST_SIMILARITY
from semcache.levels.verify import decision
from semcache.types.decision import Candidate, Weighed
from semcache.types.rule import Rule

_SCOPE = b"one scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request and what was near, best similarity first.

    `fits`: whether each candidate's answer fits. `possible`: one that fits is stored at all.
    """

    place: int
    text: str
    weighed: tuple[Weighed, ...]
    fits: tuple[bool, ...]
    possible: bool

    def right(self, one: Weighed) -> bool:
        return any(
            fits
            for known, fits in zip(self.weighed, self.fits, strict=True)
            if known.candidate.entry_id == one.candidate.entry_id
        )


class Store(Protocol):
    """What was stored so far, as a policy meets it."""

    def __len__(self) -> int:
        """The number of requests."""

    def requests(self) -> Iterator[Request]:
        """Yield each request of the stream in turn."""

    def keep(self, request: Request, *, hit: bool) -> bool:
        """Store a request's own answer where this store does; answers whether it did."""


@dataclass(slots=True, kw_only=True)
class Timed:
    """How long whole decisions about all candidates took, and how long the core was at it."""

    each_ms: list[float] = field(default_factory=list)
    each_cpu_ms: list[float] = field(default_factory=list)


class Everything:
    """Every query is stored, hit or not: neighbors are the same for every policy, weighed once."""

    def __init__(
        self, stream: Stream, neighbors: Neighbors, *, rule: Rule, timed: Timed | None = None
    ) -> None:
        seen: set[str] = set()
        self._requests = []
        title = f"weigh {stream.name}"
        for place in track(range(len(stream)), description=title, console=Console(stderr=True)):
            near = neighbors.of(place)
            request = _weigh(stream, place, near, rule=rule, stored=seen, timed=timed)
            seen.add(stream.queries[place].group)
            self._requests.append(request)

    def __len__(self) -> int:
        return len(self._requests)

    def requests(self) -> Iterator[Request]:
        yield from self._requests

    def keep(self, request: Request, *, hit: bool) -> bool:  # noqa: ARG002
        """Nothing to do: all of them are stored."""
        return True


class Misses:
    """Only misses are stored, as the product does it: every policy has a cache of its own."""

    def __init__(self, stream: Stream, *, rule: Rule) -> None:
        self._stream = stream
        self._rule = rule
        self._index = PartitionedIndex(dimension=stream.vectors.shape[1])
        self._groups: set[str] = set()

    def __len__(self) -> int:
        return len(self._stream)

    def requests(self) -> Iterator[Request]:
        for place in range(len(self._stream)):
            found = self._index.search(_SCOPE, self._stream.vectors[place], k=CANDIDATES)
            near = [(one.key, one.similarity) for one in found]
            yield _weigh(self._stream, place, near, rule=self._rule, stored=self._groups)

    def keep(self, request: Request, *, hit: bool) -> bool:
        if not hit:
            self._index.add(_SCOPE, request.place, self._stream.vectors[request.place])
            self._groups.add(self._stream.queries[request.place].group)
        return not hit


def _weigh(
    stream: Stream,
    place: int,
    near: Sequence[tuple[int, float]],
    *,
    rule: Rule,
    stored: set[str],
    timed: Timed | None = None,
) -> Request:
    candidates = [
        Candidate(
            entry_id=other,
            text=stream.queries[other].text,
            similarity=cosine,
            signature=stream.signatures[other],
        )
        for other, cosine in near
        if cosine >= LEAST_SIMILARITY
    ]
    text = stream.queries[place].text
    began_at, busy_s = perf_counter(), thread_time()
    decided = decision.decide(text, candidates, rule=rule, chance=0.0)
    if timed is not None and len(candidates) == CANDIDATES:
        timed.each_ms.append((perf_counter() - began_at) * 1000)
        timed.each_cpu_ms.append((thread_time() - busy_s) * 1000)
    return Request(
        place=place,
        text=text,
        weighed=decided.weighed,
        fits=tuple(stream.fits(one.entry_id, place) for one in candidates),
        possible=stream.queries[place].group in stored,
    )
