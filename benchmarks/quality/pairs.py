"""Pairs: one side is stored, alone; the other is looked up. At default settings."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.quality import ruling, tuning
from benchmarks.quality.datasets import Pair
from benchmarks.quality.metrics import Share
from benchmarks.quality.vectors import Vectorizer
from semcache.levels.semantic import LEAST_SIMILARITY
from semcache.levels.verify import decision, signature
from semcache.types.decision import Candidate, Objection
from semcache.types.standing import UNKNOWN, Standing

PROBABILITIES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
SIMILARITIES = (0.70, 0.75, 0.80, 0.85, 0.90, 0.95)
_EXAMPLES = 10
TRAPS = (0.01, 0.03, 0.05, 0.10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A pair as the product decided it; an equal text is an exact hit, with nothing to weigh."""

    pair: Pair
    served: bool
    similarity: float
    probability: float
    threshold: float
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Shares served of those that should be hits, and of the traps."""

    should: Share
    traps: Share


@dataclass(slots=True, kw_only=True)
class Veto:
    """How often a veto spoke: rightly, against a trap, or wrongly. `alone`: no other one did."""

    rightly: int = 0
    wrongly: int = 0
    alone_rightly: int = 0
    alone_wrongly: int = 0
    examples: list[str] = field(default_factory=list)


def judge(pairs: Sequence[Pair], *, name: str, vectorizer: Vectorizer) -> list[Judged]:
    """Let the product's decision look at each pair by itself.

    Where the pooled model was trained on the set, one that has not seen it stands in for it.
    """
    texts = [text for pair in pairs for text in (pair.stored, pair.asked)]
    vectors = vectorizer.encode(texts, title=f"encode {name}")
    cosines = (vectors[::2] * vectors[1::2]).sum(axis=1).tolist()
    model = tuning.untuned(name)
    standing = Standing(weights=model.weights, thresholds=model.bounds)
    return [
        decide(pair, cosine, standing=standing) for pair, cosine in zip(pairs, cosines, strict=True)
    ]


def decide(pair: Pair, cosine: float, *, standing: Standing = UNKNOWN) -> Judged:
    """Decide one pair, given the cosine of its texts."""
    rule = replace(ruling.usual(pair.asked), standing=standing)
    if pair.stored == pair.asked:
        return Judged(
            pair=pair, served=rule.serve_exact, similarity=1.0, probability=1.0, threshold=0.0
        )
    candidate = Candidate(
        entry_id=1,
        text=pair.stored,
        similarity=cosine,
        signature=signature.of(f"answer to {pair.stored}"),
    )
    near = [candidate] if cosine >= LEAST_SIMILARITY and rule.serve_semantic else []
    decided = decision.decide(pair.asked, near, rule=rule, chance=0.0)
    weighed = decided.weighed[0] if decided.weighed else None
    return Judged(
        pair=pair,
        served=decided.chosen is not None,
        similarity=cosine,
        probability=weighed.probability if weighed else 0.0,
        threshold=decided.threshold,
        objections=weighed.objections if weighed else (),
    )


def served(
    judged: Iterable[Judged], by: Callable[[Judged], bool] = lambda one: one.served
) -> Served:
    """Count what is served, by the decision or by something else."""
    counts = {True: [0, 0], False: [0, 0]}
    for one in judged:
        counts[one.pair.fits][0] += by(one)
        counts[one.pair.fits][1] += 1
    should, traps = (Share(count=counts[fits][0], total=counts[fits][1]) for fits in (True, False))
    return Served(should=should, traps=traps)


def by_kind(judged: Iterable[Judged]) -> dict[tuple[str, str], Served]:
    """Count by kind and style."""
    parts: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for one in judged:
        parts[one.pair.kind, one.pair.style].append(one)
    return {key: served(parts[key]) for key in sorted(parts)}


def vetoes(judged: Iterable[Judged]) -> dict[str, Veto]:
    """Count the vetoes by name, with a few examples of the wrong ones."""
    found: dict[str, Veto] = defaultdict(Veto)
    for one in judged:
        for objection in {objection.veto: objection for objection in one.objections}.values():
            _count(found[objection.veto], one, objection)
    return dict(sorted(found.items()))


def _count(veto: Veto, one: Judged, objection: Objection) -> None:
    alone = len({other.veto for other in one.objections}) == 1
    if not one.pair.fits:
        veto.rightly += 1
        veto.alone_rightly += alone
        return
    veto.wrongly += 1
    veto.alone_wrongly += alone
    if len(veto.examples) < _EXAMPLES:
        veto.examples.append(f"{one.pair.stored} | {one.pair.asked}: {objection.reason}")


def at_traps(judged: Sequence[Judged], score: Callable[[Judged], float], *, share: float) -> float:
    """Give the most should-hits that any one threshold serves with that share of the traps."""
    total = served(judged).should.total
    best = count = traps = 0
    allowed = share * served(judged).traps.total
    ordered = sorted(judged, key=score, reverse=True)
    for place, one in enumerate(ordered):
        count += one.pair.fits
        traps += not one.pair.fits
        if traps > allowed:
            break
        if place + 1 == len(ordered) or score(ordered[place + 1]) != score(one):
            best = count
    return best / total if total else 0.0


def vetoed_probability(one: Judged) -> float:
    """The score of the decision: one that a veto speaks against comes last."""
    return -1.0 if one.objections else one.probability
