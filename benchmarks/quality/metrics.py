"""From what became of each request to figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.runs import Run
from semcache.levels.verify import intervals
from semcache.levels.verify.intervals import Interval

ERRORS = (0.005, 0.01, 0.02, 0.05)
WINDOW = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `total`, with both kinds of interval at 95 %."""

    count: int
    total: int

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else math.nan

    @property
    def exact(self) -> Interval:
        """Clopper and Pearson's: covers the true share at least as often as it says."""
        return intervals.clopper_pearson(self.count, self.total)

    @property
    def wilson(self) -> Interval:
        return intervals.wilson(self.count, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What each threshold in hindsight would have served: shares of all requests, rising."""

    thresholds: NDArray[np.float64]
    hits: NDArray[np.float64]
    errors: NDArray[np.float64]

    def hits_at(self, error: float) -> float:
        """Give the most hits that any one threshold reaches within an error."""
        allowed = self.hits[self.errors <= error]
        return float(allowed.max(initial=0.0))

    def threshold_at(self, error: float) -> float:
        """Give that threshold; 1 where none serves anything."""
        allowed = np.flatnonzero(self.errors <= error)
        return float(self.thresholds[allowed[-1]]) if len(allowed) else 1.0


def curve(run: Run) -> Curve:
    """Sort by score and count; requests of one score stand or fall together."""
    known = ~np.isnan(run.score)
    order = np.argsort(-run.score[known], kind="stable")
    scores = run.score[known][order]
    wrong = np.cumsum(~run.right[known][order])
    last = np.append(scores[1:] != scores[:-1], [True]) if len(scores) else np.zeros(0, bool)
    served = np.arange(1, len(scores) + 1)
    return Curve(
        thresholds=scores[last],
        hits=served[last] / len(run),
        errors=wrong[last] / len(run),
    )


def hits(run: Run) -> Share:
    return Share(count=int(run.hit.sum()), total=len(run))


def errors(run: Run) -> Share:
    """Wrong hits over all requests: what `max_error` bounds."""
    return Share(count=int(run.wrong.sum()), total=len(run))


def errors_of_hits(run: Run) -> Share:
    return Share(count=int(run.wrong.sum()), total=int(run.hit.sum()))


def windows(values: NDArray[np.bool_], *, size: int = WINDOW) -> list[float]:
    """Give the share of true ones in each window of a stream; a short rest joins the last."""
    count = max(1, len(values) // size)
    return [float(part.mean()) for part in np.array_split(values, count) if len(part)]


def quantiles(values: Sequence[float], *shares: float) -> list[float]:
    return [float(np.quantile(values, share)) if values else math.nan for share in shares]


def percent(error: float) -> str:
    """Write a share as figure names have it: 0.005 is `0.5pct`."""
    return f"{error * 100:g}pct"
