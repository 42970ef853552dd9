"""What the audit teaches as a stream goes by, by the product's own pure functions."""

import math
from dataclasses import replace

from semcache.levels.calibrations import ENOUGH
from semcache.levels.verify import alarm, learning, probability
from semcache.levels.verify.probability import Model
from semcache.types.decision import Weighed
from semcache.types.standing import Standing

REFIT_EVERY = 20
"""Labels between two calibrations; the product looks once a minute."""
_RECENT = 500


class Labels:
    """The labels of one tenant's category, the standing they support, and the alarms so far.

    Does what `semcache/levels/labels.py` and `calibrations.py` do in Postgres.

    Args:
        prior: the pair model that they begin with; the product's own where none is given.
    """

    def __init__(self, *, prior: Model | None = None) -> None:
        self._prior = prior or probability.pooled()
        self.standing = Standing(weights=self._prior.weights, thresholds=self._prior.bounds)
        self.alarms: list[int] = []
        self.count = 0
        self._examples: list[learning.Example] = []
        self._wrong: list[float | None] = []
        self._evidence = alarm.Evidence()

    def add(
        self,
        best: Weighed | None,
        *,
        served: bool,
        right: bool,
        threshold: float,
        place: int,
        max_error: float,
    ) -> None:
        """Take in what became of a drawn request; hear the alarm, and learn now and then."""
        self.count += 1
        self._examples.append(
            learning.Example(
                features=() if best is None else best.features,
                correct=None if best is None else right,
            )
        )
        self._wrong.append(best.probability if best and served and not right else None)
        self._evidence = self._evidence.after(wrong=served and not right, max_error=max_error)
        if self._evidence.sounds:
            self._tighten(threshold, place=place)
        elif self.count % REFIT_EVERY == 0:
            self.fit()

    def fit(self) -> None:
        """Calibrate anew from the labels since the last alarm, where these are enough."""
        bound = self._evidence.bound
        alarmed = self.standing.floor > 0
        if not self._examples or (alarmed and len(self._examples) < math.ceil(ENOUGH / bound)):
            return
        learned = learning.fit(self._examples, prior=self._prior)
        taught = dict(self._prior.bounds) | dict(learned.thresholds)
        supported = any(max_error <= bound for max_error, _ in learned.thresholds)
        self.standing = replace(
            self.standing,
            version=self.standing.version + 1,
            labels=len(self._examples),
            weights=learned.weights,
            thresholds=tuple(sorted(taught.items())),
            floor=0.0 if supported else self.standing.floor,
        )

    def _tighten(self, threshold: float, *, place: int) -> None:
        """Raise the floor as the product does, and begin anew."""
        wrong = [probability for probability in self._wrong[-_RECENT:] if probability is not None]
        raised = alarm.floor(max(self.standing.floor, threshold), wrong)
        self.standing = replace(
            self.standing,
            version=self.standing.version + 1,
            floor=max(self.standing.floor, raised),
        )
        self.alarms.append(place)
        self._examples, self._wrong = [], []
        self._evidence = alarm.Evidence()
