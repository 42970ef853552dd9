"""Pairs with a known answer: parted into those to learn from and those to report on. Pure."""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from semcache.levels.verifier import Gray, Row, Served, logistic, logit
from semcache.levels.verify import (
    conformal,
    features,
    intervals,
    learning,
    probability,
    reading,
    vetoes,
)
from semcache.levels.verify.signature import Votes

TRAPS = (0.01, 0.03, 0.05)
"""Shares of the traps that are served, at which the ways of scoring are compared."""

MAX_ERRORS = (0.005, 0.01, 0.02, 0.05)
"""Bounds that a report gives thresholds for."""

_PRECISION = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts, and whether the answer to `stored` fits `asked`.

    `source`: where it came from. `features`: as the live decision measured them, () where it did
    not.
    """

    asked: str
    stored: str
    right: bool
    source: str
    features: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the product thinks of a pair by itself. `probability`: the pair model's, 0 if vetoed."""

    similarity: float
    probability: float
    vetoed: bool


def unique(pairs: Iterable[Pair]) -> list[Pair]:
    """Keep one of each pair of texts; one that was found wrong once is wrong."""
    kept: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        name = _name(pair.asked), _name(pair.stored)
        if name[0] != name[1] and (name not in kept or not pair.right):
            kept[name] = pair
    return list(kept.values())


def split(pairs: Sequence[Pair], *, share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Part pairs so that no text is on both sides: (to learn from, held out).

    What hangs together by its texts stays together, so a side may come out smaller than asked.
    """
    groups = _groups(pairs)
    random.Random(seed).shuffle(groups)
    learned: list[Pair] = []
    held: list[Pair] = []
    for group in groups:
        fits = len(held) + len(group) <= share * len(pairs)
        (held if fits else learned).extend(group)
    return learned, held


def judge(pair: Pair, *, similarity: float) -> Judged:
    """Score a pair as the product does where no other candidate is near."""
    laid = vetoes.compare(reading.read(pair.asked), reading.read(pair.stored))
    vetoed = bool(vetoes.objections(laid, caution="strict"))
    row = pair.features
    if len(row) != len(features.NAMES):
        row = features.measure(laid, similarity=similarity, votes=Votes())
    likely = probability.pooled().of([row])[0]
    return Judged(similarity=similarity, probability=0.0 if vetoed else likely, vetoed=vetoed)


def compare(name: str, scores: Sequence[float], right: Sequence[bool]) -> Row:
    """Say how well scores tell the right pairs from the wrong ones."""
    good = np.array([s for s, fits in zip(scores, right, strict=True) if fits])
    bad = np.array(sorted((s for s, fits in zip(scores, right, strict=True) if not fits)))
    above = np.searchsorted(bad, good, side="left") + np.searchsorted(bad, good, side="right")
    auc = float(above.sum() / 2 / max(1, good.size * bad.size))
    served = []
    for share in TRAPS:
        allowed = math.floor(share * bad.size + 1e-9)
        count = int((good > bad[-1 - allowed]).sum()) if bad.size else int(good.size)
        ends = intervals.clopper_pearson(count, int(good.size))
        served.append(
            Served(traps_share=share, right=count, of=int(good.size), low=ends.low, high=ends.high)
        )
    return Row(name=name, auc=auc, served=tuple(served))


def beats(ours: Row, theirs: Row) -> bool:
    """Say whether a way of scoring is better: nowhere worse, and somewhere better."""
    gains = [a.right - b.right for a, b in zip(ours.served, theirs.served, strict=True)]
    return min(gains) >= 0 and max(gains) > 0


def platt(scores: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    """Find the logistic curve from scores to probabilities: (steepness, level).

    Platt, Advances in Large Margin Classifiers (1999); a weak prior holds it to the scores as they
    are. The curve keeps the order of the scores, so the same pairs may serve for the thresholds.
    """
    terms = np.array([[1.0, logit(score)] for score in scores])
    level, steepness = learning.newton(
        terms,
        np.array([float(fits) for fits in right]),
        np.ones(len(terms)),
        center=np.array([0.0, 1.0]),
        precision=_PRECISION,
    )
    return steepness, level


def calibrated(scores: Sequence[float], *, steepness: float, level: float) -> list[float]:
    return [logistic(steepness * logit(score) + level) for score in scores]


def thresholds(likely: Sequence[float], right: Sequence[bool]) -> tuple[tuple[float, float], ...]:
    """List (max_error, what a probability must exceed) for the bounds with pairs enough."""
    found = []
    for max_error in MAX_ERRORS:
        least = conformal.threshold(likely, right, drawn=len(likely), max_error=max_error)
        if least is not None:
            found.append((max_error, least))
    return tuple(found)


def grays(
    judged: Sequence[Judged],
    likely: Sequence[float],
    right: Sequence[bool],
    *,
    known: Sequence[tuple[float, float]],
    zone: float,
) -> tuple[Gray, ...]:
    """Count what a second look would have made of the gray zone at each bound."""
    rows = [
        (one.probability, fits, score)
        for one, score, fits in zip(judged, likely, right, strict=True)
        if not one.vetoed
    ]
    found = []
    for max_error, least in known:
        top = probability.pooled().least(max_error)
        below = sorted((row for row in rows if row[0] < top), reverse=True)
        looks = [(fits, score > least) for own, fits, score in below if own >= top - zone]
        wrong_served = sum(not fits and served for fits, served in looks)
        found.append(
            Gray(
                max_error=max_error,
                right=sum(fits for fits, _ in looks),
                wrong=sum(not fits for fits, _ in looks),
                right_served=sum(fits and served for fits, served in looks),
                wrong_served=wrong_served,
                instead=_before([fits for _, fits, _ in below], wrong=wrong_served),
            )
        )
    return tuple(found)


def _before(fits: Iterable[bool], *, wrong: int) -> int:
    """Count the right ones that come before one more than so many wrong ones."""
    good = bad = 0
    for right in fits:
        good, bad = good + right, bad + (not right)
        if bad > wrong:
            break
    return good


def _groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Gather pairs that hang together by a text."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for pair in pairs:
        above[top(_name(pair.asked))] = top(_name(pair.stored))
    groups: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[top(_name(pair.asked))].append(pair)
    return list(groups.values())


def _name(text: str) -> str:
    """Name a text, whatever its case and spaces."""
    return " ".join(text.split()).casefold()
