"""One policy over one stream: what it served, and what the audit drew."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks.quality.policies import Choice, Policy
from benchmarks.quality.weighing import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of each request, in order; arrays of one length.

    `hit`: served. `wrong`: served, and it does not fit. `score` and `right` are of the best
    candidate, whatever the threshold; `score` is NaN where no threshold would serve. `drawn`:
    by the audit. `stored`: entries before this request.
    """

    hit: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    score: NDArray[np.float64]
    right: NDArray[np.bool_]
    drawn: NDArray[np.bool_]
    stored: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hit)


def run(policy: Policy, store: Store, *, title: str, seed: int) -> Run:
    """Let a policy decide a stream, with labels from the audit only.

    Every policy of a seed meets the same chances.
    """
    draw = np.random.default_rng(seed)
    rows: list[tuple[Choice, bool, int]] = []
    stored = 0
    bar = Console(stderr=True)
    for request in track(store.requests(), title, total=len(store), console=bar):
        chance, lot = draw.random(2)
        drawn = policy.draws(chance=lot)
        choice = policy.choose(request, chance=chance)
        rows.append((choice, drawn, stored))
        stored += store.keep(request, hit=choice.hit)
        if drawn:
            policy.learn(request, choice)
    choices = [choice for choice, _, _ in rows]
    scores = [np.nan if choice.score is None else choice.score for choice in choices]
    return Run(
        hit=np.array([choice.hit for choice in choices], dtype=bool),
        wrong=np.array([choice.hit and not choice.right for choice in choices], dtype=bool),
        score=np.array(scores, dtype=float),
        right=np.array([choice.right for choice in choices], dtype=bool),
        drawn=np.array([drawn for _, drawn, _ in rows], dtype=bool),
        stored=np.array([count for _, _, count in rows], dtype=np.int64),
    )
