"""A cross-encoder made from labelled pairs, and the report that says what it is worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from embeddings.encoders.base import CrossEncoder, Encoder
from semcache.levels import held_out, verifier
from semcache.levels.held_out import Judged, Pair
from semcache.levels.verifier import Report

_BATCH = 32

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much."""


class Tune(Protocol):
    """Trains a cross-encoder on pairs and saves it; see `embeddings/encoders/tuning.py`."""

    def __call__(
        self,
        base: str,
        out: Path,
        *,
        pairs: Sequence[tuple[str, str]],
        right: Sequence[bool],
        epochs: int,
        seed: int,
        progress: Callable[[int, int], None],
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make. `base`: name or folder of a model. `out`: the folder to write."""

    base: str
    out: Path
    epochs: int
    seed: int


class Training:
    """Trains on one part of the pairs, and reports on the other.

    Args:
        encoder: makes the vectors that the pair model and cosine go by.
        tune: trains and saves.
        load: opens what was saved.
        content: names the weights of a folder.
        report: the file name of the report.
        zone: of the second look, see `levels/second_look.py`.
        progress: told how far it is.
    """

    def __init__(
        self,
        *,
        encoder: Encoder,
        tune: Tune,
        load: Callable[[str], CrossEncoder],
        content: Callable[[Path], str],
        report: str,
        zone: float,
        progress: Progress,
    ) -> None:
        self._encoder = encoder
        self._tune = tune
        self._load = load
        self._content = content
        self._report = report
        self._zone = zone
        self._progress = progress

    def run(self, learned: Sequence[Pair], held: Sequence[Pair], *, order: Order) -> Report:
        """Train on `learned`, measure on `held`, and write the report beside the weights.

        The report comes last, so that a folder that was left half-written cannot be used.

        Raises:
            EmbeddingsError: The base model is not there, or a text got no vector.
            OSError: The folder cannot be written.
        """
        judged = self._judge(held)
        order.out.mkdir(parents=True, exist_ok=True)
        (order.out / self._report).unlink(missing_ok=True)
        self._tune(
            order.base,
            order.out,
            pairs=[(pair.asked, pair.stored) for pair in learned],
            right=[pair.right for pair in learned],
            epochs=order.epochs,
            seed=order.seed,
            progress=lambda done, of: self._progress("training", done, of),
        )
        scores = self._score(held, model=str(order.out))
        found = self._measure(learned, held, judged=judged, scores=scores, order=order)
        (order.out / self._report).write_bytes(verifier.write(found))
        return found

    def _judge(self, held: Sequence[Pair]) -> list[Judged]:
        """Score the pairs as the product does today."""
        texts = sorted({text for pair in held for text in (pair.asked, pair.stored)}, key=len)
        rows: dict[str, np.ndarray] = {}
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            rows.update(zip(batch, self._encoder.encode(batch), strict=True))
            self._progress("encoding", len(rows), len(texts))
        return [
            held_out.judge(pair, similarity=float(rows[pair.asked] @ rows[pair.stored]))
            for pair in held
        ]

    def _score(self, held: Sequence[Pair], *, model: str) -> list[float]:
        encoder = self._load(model)
        scores: list[float] = []
        for start in range(0, len(held), _BATCH):
            batch = held[start : start + _BATCH]
            scores += encoder.score([(pair.asked, pair.stored) for pair in batch]).tolist()
            self._progress("measuring", len(scores), len(held))
        return scores

    def _measure(
        self,
        learned: Sequence[Pair],
        held: Sequence[Pair],
        *,
        judged: Sequence[Judged],
        scores: Sequence[float],
        order: Order,
    ) -> Report:
        right = [pair.right for pair in held]
        # A second look is taken at what no veto spoke against, so only that is calibrated.
        open_ = [place for place, one in enumerate(judged) if not one.vetoed]
        steepness, level = held_out.platt([scores[p] for p in open_], [right[p] for p in open_])
        likely = held_out.calibrated(scores, steepness=steepness, level=level)
        known = held_out.thresholds([likely[p] for p in open_], [right[p] for p in open_])
        behind = [0.0 if one.vetoed else s for one, s in zip(judged, scores, strict=True)]
        ours = held_out.compare("cross-encoder behind the vetoes", behind, right)
        theirs = held_out.compare("pair model in use", [one.probability for one in judged], right)
        pairs = [*learned, *held]
        return Report(
            weights=self._content(order.out),
            base=order.base,
            made_at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
            seed=order.seed,
            epochs=order.epochs,
            sources={
                s: sum(p.source == s for p in pairs) for s in sorted({p.source for p in pairs})
            },
            trained_on=len(learned),
            held_out=len(held),
            rows=(
                ours,
                theirs,
                held_out.compare("cross-encoder alone", scores, right),
                held_out.compare("cosine", [one.similarity for one in judged], right),
            ),
            steepness=steepness,
            level=level,
            thresholds=known,
            beats=held_out.beats(ours, theirs),
            gray=held_out.grays(judged, likely, right, known=known, zone=self._zone),
        )
