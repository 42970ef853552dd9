"""Who decides: the product's own rule, and what it is compared with."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Protocol

from benchmarks.quality.labels import Labels
from benchmarks.quality.weighing import Request
from semcache.gateway import drawing
from semcache.levels.verify import decision, probability, vcache
from semcache.types.decision import Candidate, Weighed
from semcache.types.rule import Rule

STATIC = (0.80, 0.90, 0.95)
BEST_STATIC = "best-static"
SEMCACHE, UNTUNED, VCACHE, ORACLE = "semcache", "semcache-untuned", "vcache", "oracle"
STATICS = tuple(f"static-{threshold:.2f}" for threshold in STATIC)
NAMES = (SEMCACHE, UNTUNED, VCACHE, *STATICS, BEST_STATIC, ORACLE)
BOUNDED = (SEMCACHE, UNTUNED, VCACHE)
"""The policies that take a `max_error`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a policy did with a request.

    `best`: the served candidate, or the one that came nearest to it; None where there was none.
    `score`: what is compared with a threshold, higher for surer; None where no threshold of this
    policy would serve it. `right`: the best one's answer fits.
    """

    hit: bool
    right: bool = False
    best: Weighed | None = None
    score: float | None = None
    threshold: float | None = None


class Policy(Protocol):
    """Decides about a stream's requests, one after the other."""

    def choose(self, request: Request, *, chance: float) -> Choice:
        """Serve, or not; `chance` is uniform in [0, 1)."""

    def draws(self, *, chance: float) -> bool:
        """Say whether the audit looks at the next request; `chance` is uniform in [0, 1)."""

    def learn(self, request: Request, choice: Choice) -> None:
        """Take in what the audit found of a request that was drawn."""


class Static:
    """A fixed threshold on the nearest candidate's cosine, and nothing else."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold

    def choose(self, request: Request, *, chance: float) -> Choice:  # noqa: ARG002
        if not request.weighed:
            return Choice(hit=False)
        cosine = request.weighed[0].candidate.similarity
        return Choice(
            hit=cosine >= self._threshold,
            right=request.fits[0],
            best=request.weighed[0],
            score=cosine,
            threshold=self._threshold,
        )

    def draws(self, *, chance: float) -> bool:  # noqa: ARG002
        return False

    def learn(self, request: Request, choice: Choice) -> None:
        """It never learns."""


class Oracle:
    """A hit whenever a right answer is stored."""

    def choose(self, request: Request, *, chance: float) -> Choice:  # noqa: ARG002
        score = 1.0 if request.possible else None
        return Choice(hit=request.possible, right=True, score=score)

    def draws(self, *, chance: float) -> bool:  # noqa: ARG002
        return False

    def learn(self, request: Request, choice: Choice) -> None:
        """It knows already."""


class Conformal:
    """The product's decision.

    Args:
        labels: what is known at the beginning, and what the audit teaches.
        learns: whether it is audited.
    """

    def __init__(self, rule: Rule, *, labels: Labels, learns: bool = True) -> None:
        self._rule = replace(rule, decider="conformal")
        self._labels = labels
        self._learns = learns

    def choose(self, request: Request, *, chance: float) -> Choice:  # noqa: ARG002
        rule = self._standing()
        weighed = _moved(request.weighed, rule=rule)
        decided = decision.settle(weighed, rule=rule, chance=1.0)
        best = decided.best
        return Choice(
            hit=decided.chosen is not None,
            right=best is not None and request.right(best),
            best=best,
            score=None if best is None else best.probability,
            threshold=decided.threshold,
        )

    def draws(self, *, chance: float) -> bool:
        return self._learns and drawing.draw(self._standing(), chance=chance)

    def learn(self, request: Request, choice: Choice) -> None:
        self._labels.add(
            choice.best,
            served=choice.hit,
            right=choice.right,
            threshold=choice.threshold or 0.0,
            place=request.place,
            max_error=self._rule.max_error,
        )

    def _standing(self) -> Rule:
        return replace(self._rule, standing=self._labels.standing)


class Vcache:
    """The vCache rule as the product has it, with the audit's labels as its observations."""

    def __init__(self, rule: Rule) -> None:
        self._rule = replace(rule, decider="vcache")
        self._labels = 0
        self._seen: dict[int, list[tuple[float, bool]]] = defaultdict(list)

    def choose(self, request: Request, *, chance: float) -> Choice:
        weighed = [replace(one, candidate=self._observed(one)) for one in request.weighed]
        decided = decision.settle(weighed, rule=self._rule, chance=chance)
        best = decided.best
        if best is None:
            return Choice(hit=False)
        trust = 1.0 - vcache.explore(best.candidate, max_error=self._rule.max_error)
        return Choice(
            hit=decided.chosen is not None,
            right=request.right(best),
            best=best,
            score=trust or None,
        )

    def draws(self, *, chance: float) -> bool:
        known = replace(self._rule.standing, labels=self._labels)
        return drawing.draw(replace(self._rule, standing=known), chance=chance)

    def learn(self, request: Request, choice: Choice) -> None:  # noqa: ARG002
        self._labels += 1
        if choice.best is not None:
            near = choice.best.candidate
            self._seen[near.entry_id].append((near.similarity, choice.right))

    def _observed(self, one: Weighed) -> Candidate:
        seen = self._seen.get(one.candidate.entry_id, ())
        return replace(one.candidate, observations=tuple(seen))


def make(name: str, *, rule: Rule, labels: Labels) -> Policy:
    """Make a policy by its name; `best-static` decides by what was best in hindsight."""
    if name == SEMCACHE:
        return Conformal(rule, labels=labels)
    if name == UNTUNED:
        return Conformal(rule, labels=labels, learns=False)
    if name == VCACHE:
        return Vcache(rule)
    if name == ORACLE:
        return Oracle()
    return Static(1.0 if name == BEST_STATIC else float(name.removeprefix("static-")))


def _moved(weighed: tuple[Weighed, ...], *, rule: Rule) -> tuple[Weighed, ...]:
    """Give the candidates the probabilities of a model that labels have moved."""
    if not rule.standing.weights:
        return weighed
    model = probability.pooled().moved(rule.standing.weights)
    likely = model.of([one.features for one in weighed])
    return tuple(replace(one, probability=p) for one, p in zip(weighed, likely, strict=True))
