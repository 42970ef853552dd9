"""Percentiles, and the median and spread of rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What repeated rounds gave: their median, the lowest and the highest."""

    median: float
    low: float
    high: float


def percentile(values: Sequence[float], *, share: float) -> float:
    """Interpolate linearly between the closest ranks, as numpy does by default.

    `share` is 0.5 for the median, 0.99 for p99. Without values the answer is NaN.
    """
    if not values:
        return math.nan
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def p50(values: Sequence[float]) -> float:
    return percentile(values, share=0.5)


def p99(values: Sequence[float]) -> float:
    return percentile(values, share=0.99)


def spread(rounds: Sequence[float]) -> Spread:
    """Sum up rounds; those that gave nothing (NaN) are left out."""
    known = [value for value in rounds if not math.isnan(value)]
    if not known:
        return Spread(median=math.nan, low=math.nan, high=math.nan)
    return Spread(median=p50(known), low=min(known), high=max(known))
