"""The pooled model: its weights, and the bounds that hold on what it has not seen.

Note [What a bound promises without labels]
    The share of wrong answers over all requests depends on the traffic: on how often somebody asks
    nearly, but not quite, what is stored. Without labels of that traffic we ask for two things of a
    threshold: on each of three streams of intents it was not trained on, at most `max_error` of all
    requests are answered wrongly; and of adversarial pairs, held out, at most five times
    `max_error` are served, which keeps the bound as long as one request in five is a trap.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.training.pairs import Row
from semcache.levels.verify import features, learning
from semcache.levels.verify.probability import TERMS, Model

MAX_ERRORS = learning.MAX_ERRORS
FOLDS = 5
STREAM_SAFETY, TRAP_SHARE = 1.0, 5.0
PRECISION = 1.0
RIGHT_PER_TRAP = 6.0
"""How many right near matches we take a trap to come with; the pairs hold as many of each."""
STRANGER_WEIGHT = 1.0
"""How much a near text of another topic weighs: far more of them come than hold a trap."""

Sets = Mapping[str, Sequence[Row]]


def model(pairs: Sets, streams: Sets, *, version: str, like: Model | None = None) -> Model:
    """Fit on everything; find the bounds by leaving out.

    Args:
        like: scale the features as this model does, so that weights can stand in for its own.
    """
    fitted = weights(pairs, streams, like=like)
    held_pairs = _held_out_pairs(pairs, streams, like=fitted)
    held_streams = {
        name: best(
            weights(pairs, {k: v for k, v in streams.items() if k != name}, like=fitted), rows
        )
        for name, rows in streams.items()
    }
    bounds = []
    for max_error in MAX_ERRORS:
        least = [_least_for_traps(held_pairs, share=min(1.0, TRAP_SHARE * max_error))]
        least += [
            _least_for_stream(scored, share=max_error / STREAM_SAFETY)
            for scored in held_streams.values()
        ]
        bounds.append((max_error, round(max(least), 4)))
    return Model(
        version=version,
        means=fitted.means,
        scales=fitted.scales,
        weights=fitted.weights,
        bounds=tuple(bounds),
    )


def weights(pairs: Sets, streams: Sets, *, like: Model | None = None) -> Model:
    """Fit the weights: pairs and streams weigh the same in all, each set as much as its kind's."""
    rows = [
        (row, name)
        for sets in (pairs, streams)
        for name, found in sets.items()
        for row in found
        if not row.vetoed
    ]
    table = np.array([row.features for row, _ in rows])
    means, scales = table.mean(axis=0), table.std(axis=0) + 1e-6
    blank = like or Model(
        version="",
        means=tuple(means.tolist()),
        scales=tuple(scales.tolist()),
        weights=(0.0,) * len(TERMS),
        bounds=(),
    )
    total = sum(not row.vetoed for found in pairs.values() for row in found)
    share = dict.fromkeys(pairs, 1.0)
    share["strangers"] = STRANGER_WEIGHT
    for name, found in streams.items():
        share[name] = total / len(streams) / max(1, sum(not row.vetoed for row in found))
    fitted = learning.newton(
        blank.terms(table),
        np.array([float(row.right) for row, _ in rows]),
        np.array(
            [
                share[name] * (RIGHT_PER_TRAP if row.right and name in pairs else 1.0)
                for row, name in rows
            ]
        ),
        center=np.zeros(len(TERMS)),
        precision=PRECISION,
    )
    return blank.moved(fitted)


def best(fitted: Model, rows: Sequence[Row]) -> list[tuple[float, bool]]:
    """Score each request of a stream by its likeliest candidate; those without one score 0."""
    scores = fitted.of([row.features for row in rows])
    found: dict[int, tuple[float, bool]] = {}
    for row, score in zip(rows, scores, strict=True):
        held = 0.0 if row.vetoed else score
        if held >= found.get(row.request, (0.0, True))[0]:
            found[row.request] = (held, row.right or row.vetoed)
    requests = max((row.request for row in rows), default=0) + 1
    return list(found.values()) + [(0.0, True)] * (requests - len(found))


def _held_out_pairs(pairs: Sets, streams: Sets, *, like: Model) -> list[tuple[float, bool]]:
    """Score each pair by a model that was fitted without its fold."""
    found = []
    for fold in range(FOLDS):
        kept = {n: [r for r in rows if r.request % FOLDS != fold] for n, rows in pairs.items()}
        fitted = weights(kept, streams, like=like)
        held = [
            row
            for name, rows in pairs.items()
            for row in rows
            if row.request % FOLDS == fold and name != "strangers"
        ]
        scores = fitted.of([row.features for row in held])
        found += [
            (0.0 if row.vetoed else score, row.right)
            for row, score in zip(held, scores, strict=True)
        ]
    return found


def _least_for_traps(scored: Sequence[tuple[float, bool]], *, share: float) -> float:
    wrong = sorted((score for score, right in scored if not right), reverse=True)
    allowed = int(share * len(wrong))
    return wrong[allowed] if allowed < len(wrong) else 0.0


def _least_for_stream(scored: Sequence[tuple[float, bool]], *, share: float) -> float:
    wrong = sorted((score for score, right in scored if not right), reverse=True)
    allowed = int(share * len(scored))
    return wrong[allowed] if allowed < len(wrong) else 0.0


def told(fitted: Model, *, seed: int, data: Sequence[str]) -> dict[str, object]:
    """Spell a model as JSON, to be read by people too."""
    return {
        "version": fitted.version,
        "seed": seed,
        "data": list(data),
        "features": {
            name: [round(mean, 5), round(scale, 5)]
            for name, mean, scale in zip(features.NAMES, fitted.means, fitted.scales, strict=True)
        },
        "weights": {
            term: round(weight, 4) for term, weight in zip(TERMS, fitted.weights, strict=True)
        },
        "bounds": [list(bound) for bound in fitted.bounds],
    }
