"""The vCache rule (arXiv 2502.03771), written from its mathematics: one curve an entry.

L(s) = σ(γ(s - t)) is fitted to what is known of an entry, pairs of similarity and correctness.
With t' the upper bound of t at level 1 - ε, α = (1 - ε)·σ(γ(s - t')) bounds from below the chance
that the answer fits; exploring with probability τ = min over ε of 1 - δ/(1 - α) keeps the error
within δ. Two weaknesses are avoided: ε runs over a log-spaced grid, since a uniform one caps α; and
nothing is served below the similarities that were seen, since the curve knows nothing there.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

from semcache.types.decision import Candidate

GRID = tuple(10.0 ** (-4.0 + 0.25 * step) for step in range(16))
"""Values of ε, 0.0001 to 0.56."""

_STEPS = 40
_CENTER, _RIDGE = 0.85, 1e-3
_STEEPEST = 500.0
_NORMAL = NormalDist()


def explore(candidate: Candidate, *, max_error: float) -> float:
    """Give the probability with which this candidate's entry is not trusted but explored."""
    return exploration(candidate.similarity, candidate.observations, max_error=max_error)


def exploration(
    similarity: float, observations: Sequence[tuple[float, bool]], *, max_error: float
) -> float:
    """Give τ for a similarity, from (similarity, correct) of earlier looks at an entry."""
    seen = tuple(sorted(observations))
    if not any(right for _, right in seen) or similarity < seen[0][0]:
        return 1.0
    steepness, middle, deviation = _fit(seen)
    if steepness <= 0.0:
        return 1.0
    least = 1.0
    for epsilon in GRID:
        bound = middle + _NORMAL.inv_cdf(1.0 - epsilon) * deviation
        fits = (1.0 - epsilon) * _logistic(steepness * (similarity - bound))
        least = min(least, 1.0 - max_error / max(1.0 - fits, 1e-12))
    return max(0.0, least)


@lru_cache(maxsize=4_096)
def _fit(seen: tuple[tuple[float, bool], ...]) -> tuple[float, float, float]:
    """Fit the curve: steepness γ, middle t, and the standard deviation of t (delta method).

    A ridge keeps separable observations finite.
    """
    level, slope = 0.0, 1.0
    for _ in range(_STEPS):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for similarity, right in seen:
            x = similarity - _CENTER
            likely = _logistic(level + slope * x)
            g0, g1 = g0 + right - likely, g1 + (right - likely) * x
            bend = likely * (1.0 - likely)
            h00, h01, h11 = h00 + bend, h01 + bend * x, h11 + bend * x * x
        g0, g1 = g0 - _RIDGE * level, g1 - _RIDGE * slope
        h00, h11 = h00 + _RIDGE, h11 + _RIDGE
        size = h00 * h11 - h01 * h01
        step0, step1 = (h11 * g0 - h01 * g1) / size, (h00 * g1 - h01 * g0) / size
        limit = max(1.0, abs(step0) / 5.0, abs(step1) / 50.0)
        level, slope = level + step0 / limit, slope + step1 / limit
        if abs(step0) + abs(step1) < 1e-8:  # noqa: PLR2004
            break
    slope = min(slope, _STEEPEST)
    if slope <= 0.0:
        return 0.0, 1.0, 1.0
    middle = -level / slope
    variance = (h11 - 2.0 * h01 * middle + h00 * middle * middle) / (size * slope * slope)
    return slope, middle + _CENTER, math.sqrt(max(variance, 0.0))


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, value))))
