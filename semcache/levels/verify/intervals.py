"""How well a share is known from a count. Pure.

The regularised incomplete beta function is computed by its continued fraction (Lentz's way), and
its quantile by bisection: exact to about 1e-12, with nothing but the standard library.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

_TINY = 1e-300
_TERMS = 500
_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Both ends lie in 0 to 1."""

    low: float
    high: float


def clopper_pearson(hits: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Bound a share from `hits` of `total`: covers the true one at least as often as it says.

    Clopper and Pearson, Biometrika 26 (1934). Of nothing at all, everything is possible.
    """
    _check(hits, total, confidence)
    tail = (1.0 - confidence) / 2
    low = 0.0 if hits == 0 else _quantile(tail, hits, total - hits + 1)
    high = 1.0 if hits == total else _quantile(1.0 - tail, hits + 1, total - hits)
    return Interval(low=low, high=high)


def wilson(hits: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Bound a share from `hits` of `total`: narrower, and right on average only.

    Wilson, Journal of the American Statistical Association 22 (1927).
    """
    _check(hits, total, confidence)
    if total == 0:
        return Interval(low=0.0, high=1.0)
    z = NormalDist().inv_cdf((1.0 + confidence) / 2)
    share, squared = hits / total, z * z / total
    middle = share + squared / 2
    half = z * math.sqrt(share * (1.0 - share) / total + squared / (4 * total))
    low = 0.0 if hits == 0 else (middle - half) / (1.0 + squared)
    high = 1.0 if hits == total else (middle + half) / (1.0 + squared)
    return Interval(low=low, high=high)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Give the regularised incomplete beta function I_x(a, b), for a and b above 0."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logarithm + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Sum the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1.0 / _off_zero(1.0 - (a + b) * x / (a + 1.0))
    total = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = 1.0 / _off_zero(1.0 + part * d)
            c = _off_zero(1.0 + part / c)
            total *= c * d
        if abs(c * d - 1.0) < 1e-15:  # noqa: PLR2004 - what a float can tell apart
            break
    return total


def _quantile(share: float, a: float, b: float) -> float:
    """Find x with I_x(a, b) = share."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _check(hits: int, total: int, confidence: float) -> None:
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no share")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
