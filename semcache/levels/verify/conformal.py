"""Conformal risk control: the threshold that labels support. Pure.

With n drawn requests, of which `wrong(t)` had a wrong candidate that scores above t, the risk at t
is wrong(t)/n. Conformal risk control (arXiv 2208.02814) takes the least t with
n/(n+1)·wrong(t)/n + 1/(n+1) ≤ max_error, which bounds the *expected* error while labels are
exchangeable, and needs n ≥ 1/max_error - 1. To go below the pooled model's own threshold we ask for
more: the upper end of a 95 % Clopper-Pearson interval must lie within the bound.
"""

import math
from collections.abc import Sequence

from semcache.levels.verify import intervals

CONFIDENCE = 0.9
"""Two-sided, so that its upper end is a one-sided bound of 95 %."""


def needed(max_error: float) -> int:
    """Give the least number of labels with which a bound can be supported at all."""
    return math.ceil(1.0 / max_error - 1.0)


def threshold(
    scores: Sequence[float], correct: Sequence[bool], *, drawn: int, max_error: float
) -> float | None:
    """Give the least score that conformal risk control serves above; None for too few labels.

    Args:
        scores, correct: of the drawn requests that had a candidate.
        drawn: all drawn requests; those without a candidate cannot be wrong.
    """
    if drawn < needed(max_error):
        return None
    allowed = math.floor((drawn + 1) * max_error - 1.0 + 1e-9)
    wrong = sorted((s for s, right in zip(scores, correct, strict=True) if not right), reverse=True)
    return _above(wrong, allowed)


def supported(
    scores: Sequence[float],
    correct: Sequence[bool],
    *,
    drawn: int,
    pooled: Sequence[tuple[float, float]],
) -> tuple[tuple[float, float], ...]:
    """List (max_error, least score) that the labels support, where there are enough of them."""
    wrong = sorted((s for s, right in zip(scores, correct, strict=True) if not right), reverse=True)
    found = []
    for max_error, safe in pooled:
        if drawn < needed(max_error):
            continue
        strict = _above(wrong, math.floor((drawn + 1) * max_error - 1.0 + 1e-9))
        if strict < safe:
            strict = min(safe, _sure(wrong, drawn=drawn, max_error=max_error))
        found.append((max_error, min(1.0, max(strict, 0.0))))
    return tuple(found)


def _above(wrong: Sequence[float], allowed: int) -> float:
    """Give the least score above which at most `allowed` wrong ones lie."""
    return math.nextafter(wrong[allowed], 2.0) if allowed < len(wrong) else 0.0


def _sure(wrong: Sequence[float], *, drawn: int, max_error: float) -> float:
    """Give the least score at which the error surely is within the bound; 1 where there is none."""
    allowed = -1
    while allowed < len(wrong) and (
        intervals.clopper_pearson(allowed + 1, drawn, confidence=CONFIDENCE).high <= max_error
    ):
        allowed += 1
    return 1.0 if allowed < 0 else _above(wrong, allowed)
