"""Move the pooled model towards a tenant's labels, and find what they support. Pure.

Shrinkage: the weights maximize the likelihood of the labels under a normal prior around the pooled
ones, so a few labels move little and no place starts from nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from semcache.levels.verify import conformal
from semcache.levels.verify.probability import Model, Rows, pooled

PRECISION = 20.0
"""Of the prior, in labels: how many it takes to move a weight half-way, about."""

MAX_ERRORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
RECENT = 500
"""How many of the latest labels thresholds come from."""

_STEPS, _ENOUGH = 25, 1e-6
_FOLDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One drawn request. `features` is () and `correct` None where no candidate came."""

    features: tuple[float, ...] = ()
    correct: bool | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """`weights`: of the moved model. `thresholds`: (max_error, least probability)."""

    weights: tuple[float, ...]
    thresholds: tuple[tuple[float, float], ...]


def fit(examples: Sequence[Example], *, prior: Model | None = None) -> Learned:
    """Learn from the labels of a place.

    The thresholds come from scores that each half of the labels gets by the other half's weights,
    so that no label vouches for itself; only the latest RECENT labels have a say, since traffic
    changes.
    """
    prior = prior or pooled()
    known = [example for example in examples if example.correct is not None and example.features]
    if not known:
        return Learned(weights=prior.weights, thresholds=())
    scores = np.zeros(len(known))
    for fold in range(_FOLDS):
        train = [e for place, e in enumerate(known) if place % _FOLDS != fold] or known
        held = [place for place in range(len(known)) if place % _FOLDS == fold]
        if held:
            moved = prior.moved(weights(train, prior=prior))
            scores[held] = moved.of([known[place].features for place in held])
    latest = sum(1 for e in examples[-RECENT:] if e.correct is not None and e.features)
    since = len(known) - latest
    thresholds = conformal.supported(
        scores[since:].tolist(),
        [bool(example.correct) for example in known[since:]],
        drawn=min(len(examples), RECENT),
        pooled=[(error, prior.least(error)) for error in MAX_ERRORS],
    )
    return Learned(weights=weights(known, prior=prior), thresholds=thresholds)


def weights(
    examples: Sequence[Example], *, prior: Model, precision: float = PRECISION
) -> tuple[float, ...]:
    """Find the maximum a posteriori weights by Newton's method."""
    terms = prior.terms([example.features for example in examples])
    right = np.array([float(bool(example.correct)) for example in examples])
    counts = np.array([example.weight for example in examples])
    return tuple(
        newton(terms, right, counts, center=np.asarray(prior.weights), precision=precision)
    )


def newton(
    terms: Rows, right: Rows, counts: Rows, *, center: Rows, precision: float
) -> list[float]:
    """Maximize the penalized likelihood of a logistic regression.

    Args:
        terms: (n, m) float64. right: (n,), 0 or 1. counts: (n,), how much each row weighs.
        center: (m,), where the prior stands; the bias is held like the rest.
    """
    found = center.copy()
    for _ in range(_STEPS):
        likely = 1.0 / (1.0 + np.exp(-np.clip(terms @ found, -30.0, 30.0)))
        slope = terms.T @ (counts * (right - likely)) - precision * (found - center)
        bend = (terms * (counts * likely * (1.0 - likely))[:, None]).T @ terms
        step = np.linalg.solve(bend + precision * np.eye(len(found)), slope)
        found = found + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < _ENOUGH:
            break
    result: list[float] = found.tolist()
    return result
