"""The pair model: features to P(the stored answer fits). Pure; `pooled.json` lies beside it.

Logistic regression over the standardized features, with a few products: what the words say counts
for more where no other candidate speaks for or against ("alone"), and similarity is bent. Small
enough to read, and its weights can be moved towards a tenant's labels (`learning`).
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources

import numpy as np
import numpy.typing as npt

from semcache.levels.verify import features

Rows = npt.NDArray[np.float64]

_VOTES = ("support", "dissent")
_LEXICAL = tuple(name for name in features.NAMES if name not in _VOTES)
TERMS = (
    "bias",
    "alone",
    *features.NAMES,
    *(f"{name}·alone" for name in _LEXICAL),
    "similarity²",
    "similarity²·alone",
    "similarity·support",
    "similarity·dissent",
)
_PLACE = {name: place for place, name in enumerate(features.NAMES)}
_SURE = 1e-6
_REACH = 2.5
"""Standard deviations below the mean similarity of what was learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A pair model.

    `means`, `scales`: by feature. `weights`: by term. `bounds`: (max_error, least probability) that
    hold on the safe side without any label; they rise as the error falls.
    """

    version: str
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]

    def of(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """Give the probability of each row of features.

        It is 0 far below the similarities that were learnt from: the curve knows nothing there.
        """
        if not rows:
            return []
        logits = self.terms(rows) @ np.asarray(self.weights)
        likely = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
        place = _PLACE["similarity"]
        seen = np.asarray(rows)[:, place] >= self.means[place] - _REACH * self.scales[place]
        found: list[float] = np.where(seen, likely, 0.0).tolist()
        return found

    def terms(self, rows: Sequence[Sequence[float]] | Rows) -> Rows:
        """Spread features to terms: (n, len(features.NAMES)) to (n, len(TERMS)) float64."""
        raw = np.asarray(rows, dtype=np.float64)
        scaled = (raw - np.asarray(self.means)) / np.asarray(self.scales)
        alone = np.exp(-(raw[:, _PLACE["support"]] + raw[:, _PLACE["dissent"]]))[:, None]
        similar = scaled[:, [_PLACE["similarity"]]]
        return np.concatenate(
            [
                np.ones_like(alone),
                alone,
                scaled,
                scaled[:, [_PLACE[name] for name in _LEXICAL]] * alone,
                similar**2,
                similar**2 * alone,
                similar * scaled[:, [_PLACE["support"]]],
                similar * scaled[:, [_PLACE["dissent"]]],
            ],
            axis=1,
        )

    def moved(self, weights: Sequence[float]) -> "Model":
        """Give the model with a tenant's weights; other versions' weights are left unread."""
        return replace(self, weights=tuple(weights)) if len(weights) == len(TERMS) else self

    def least(self, max_error: float) -> float:
        """Give the least probability that keeps the error within a bound, on the safe side."""
        held = [(bound, least) for bound, least in self.bounds if bound <= max_error + _SURE]
        return max(held)[1] if held else 1.0


def parse(said: Mapping[str, object]) -> Model:
    """Read a model as JSON holds it."""
    known = {
        name: value
        for name, value in said.items()
        if name in {"version", "features", "weights", "bounds"}
    }
    scaling, weights = dict(known["features"]), dict(known["weights"])  # type: ignore[call-overload]
    return Model(
        version=str(known["version"]),
        means=tuple(float(scaling[name][0]) for name in features.NAMES),
        scales=tuple(float(scaling[name][1]) for name in features.NAMES),
        weights=tuple(float(weights[term]) for term in TERMS),
        bounds=tuple((float(bound), float(least)) for bound, least in known["bounds"]),  # type: ignore[attr-defined]
    )


@functools.cache
def pooled() -> Model:
    """Read the model that comes with the product."""
    text = resources.files(__package__).joinpath("pooled.json").read_text("utf-8")
    return parse(json.loads(text))
