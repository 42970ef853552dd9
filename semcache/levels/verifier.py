"""What is known of a cross-encoder: the report of `manage.py train_verifier`. Pure.

It lies beside the weights as `verifier.json`, and the second look goes by its figures.
"""

import math

import msgspec

from semcache.errors import ConfigurationError

_EDGE = 1e-6


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Should-hits that are served while `traps_share` of the traps are; 95 % Clopper-Pearson."""

    traps_share: float
    right: int
    of: int
    low: float
    high: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """How well one way of scoring tells held-out pairs apart."""

    name: str
    auc: float
    served: tuple[Served, ...]


class Gray(msgspec.Struct, frozen=True, kw_only=True):
    """The held-out pairs of the gray zone at a bound, and what a second look makes of them.

    `instead`: right ones that the pair model alone would serve, at a threshold so much lower that
    it lets as many wrong ones pass as the second look does.
    """

    max_error: float
    right: int
    wrong: int
    right_served: int
    wrong_served: int
    instead: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A cross-encoder, measured on pairs that it was not trained on.

    `weights`: eight digits of their SHA-256. `trained_on`, `held_out`: pairs; `sources` counts both
    by where they came from. `steepness` and `level` make a score a probability (Platt);
    `thresholds`: (max_error, probability that is to be exceeded), for the bounds that the held-out
    pairs are enough for. `beats`: it was better than the pair model in use.
    """

    weights: str
    base: str
    made_at: str
    seed: int
    epochs: int
    sources: dict[str, int]
    trained_on: int
    held_out: int
    rows: tuple[Row, ...]
    steepness: float
    level: float
    thresholds: tuple[tuple[float, float], ...]
    beats: bool
    gray: tuple[Gray, ...] = ()

    def probability(self, score: float) -> float:
        """Make a score, 0 to 1, the probability that the stored answer fits."""
        return logistic(self.steepness * logit(score) + self.level)

    def least(self, max_error: float) -> float | None:
        """Give what a probability must exceed within a bound; None where nobody knows."""
        known = [(bound, least) for bound, least in self.thresholds if bound <= max_error + _EDGE]
        return max(known)[1] if known else None


def parse(said: bytes) -> Report:
    """Read a report.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        return msgspec.json.decode(said, type=Report)
    except msgspec.DecodeError as error:
        raise ConfigurationError(
            f"verifier.json is no report of train_verifier: {error}"
        ) from error


def write(report: Report) -> bytes:
    """Spell a report as JSON, to be read by people too."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def logit(score: float) -> float:
    held = min(max(score, _EDGE), 1.0 - _EDGE)
    return math.log(held / (1.0 - held))


def logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(value, -30.0), 30.0)))
