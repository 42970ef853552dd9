"""What the product knows before a set's report half begins.

That is the pair model without that set, then moved towards the tune half, whose labels are all
known.

Note [Tuned bounds]
    The report half has other groups than the tune half, so a threshold must hold on groups that the
    model was not moved towards. Each half of the tune groups is scored by a model that was moved
    towards the other half; a bound gets the strictest of the two thresholds that conformal risk
    control gives, and of the untuned model's own. Nothing of the report half is seen.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.quality.weighing import Request, Store
from semcache.levels.verify import conformal, learning, probability
from semcache.levels.verify.learning import Example
from semcache.levels.verify.probability import Model

MODELS = Path(__file__).parents[1] / "training" / "models"


def untuned(*names: str) -> Model:
    """Give the pooled model as it is without some sets, scaled like the product's own."""
    pooled = probability.pooled()
    path = MODELS / f"{pooled.version}-without-{'-'.join(sorted(names))}.json"
    if not path.exists():
        return pooled
    fewer = probability.parse(json.loads(path.read_text(encoding="utf-8")))
    return replace(pooled, weights=fewer.weights, bounds=fewer.bounds)


def tuned(model: Model, store: Store, groups: Sequence[str], *, seed: int) -> Model:
    """Move a model towards a tune half. `groups`: of its requests, by place."""
    asked = list(store.requests())
    known = sorted(set(groups))
    first = set(random.Random(seed).sample(known, len(known) // 2))
    sides = [
        [request for request in asked if (groups[request.place] in first) == side]
        for side in (True, False)
    ]
    bounds = [
        _bounds(model, learn=sides[1 - place], score=sides[place]) for place in range(len(sides))
    ]
    found = tuple(
        (error, max(least, other))
        for (error, least), (_, other) in zip(bounds[0], bounds[1], strict=True)
    )
    safe = tuple((error, max(least, model.least(error))) for error, least in found)
    return replace(model, weights=_moved(model, asked).weights, bounds=safe)


def _bounds(
    model: Model, *, learn: Sequence[Request], score: Sequence[Request]
) -> list[tuple[float, float]]:
    moved = _moved(model, learn)
    scored = [_best(moved, request) for request in score]
    known = [one for one in scored if one is not None]
    scores, right = [s for s, _ in known], [r for _, r in known]
    found = []
    for error in learning.MAX_ERRORS:
        least = conformal.threshold(scores, right, drawn=len(score), max_error=error)
        found.append((error, 1.0 if least is None else least))
    return found


def _moved(model: Model, requests: Sequence[Request]) -> Model:
    """Move a model towards every candidate of some requests that no veto spoke against."""
    examples = [
        Example(features=one.features, correct=fits, weight=1.0 / len(request.weighed))
        for request in requests
        for one, fits in zip(request.weighed, request.fits, strict=True)
        if not one.objections
    ]
    return model.moved(learning.weights(examples, prior=model)) if examples else model


def _best(model: Model, request: Request) -> tuple[float, bool] | None:
    """Score a request by its likeliest candidate that no veto spoke against."""
    open_ = [
        (one, fits)
        for one, fits in zip(request.weighed, request.fits, strict=True)
        if not one.objections
    ]
    scores = model.of([one.features for one, _ in open_])
    return max(zip(scores, (fits for _, fits in open_), strict=True), default=None)
