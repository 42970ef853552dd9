"""The nearest of all that was asked before, for every request of a stream at once."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from embeddings.indexes.partitioned import PartitionedIndex
from embeddings.types import Vectors

_BLOCK_ROWS = 512
_SCOPE = b"one scope"
_NOBODY = -1
_SAME = 1e-5
"""Similarities that close are one: of equal texts either may be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbors:
    """`places` `(n, k)`: rows of the stream, best first, -1 for none; `similarities` `(n, k)`."""

    places: NDArray[np.int32]
    similarities: NDArray[np.float32]

    def of(self, place: int) -> list[tuple[int, float]]:
        """List (place, cosine) of one request's neighbors, best first."""
        found = zip(self.places[place].tolist(), self.similarities[place].tolist(), strict=True)
        return [(near, cosine) for near, cosine in found if near != _NOBODY]


def before(vectors: Vectors, *, k: int) -> Neighbors:
    """Search the rows above each row of `(n, d)` float32, L2-normalised, exactly."""
    count = len(vectors)
    places = np.full((count, k), _NOBODY, dtype=np.int32)
    similarities = np.zeros((count, k), dtype=np.float32)
    for start in range(0, count, _BLOCK_ROWS):
        rows = np.arange(start, min(start + _BLOCK_ROWS, count))
        cosines = vectors[rows] @ vectors[: rows[-1] + 1].T
        cosines[np.arange(cosines.shape[1])[None, :] >= rows[:, None]] = -np.inf
        kept = min(k, cosines.shape[1])
        best = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
        near = np.take_along_axis(cosines, best, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        best, near = np.take_along_axis(best, order, axis=1), np.take_along_axis(near, order, 1)
        places[rows, :kept] = np.where(np.isinf(near), _NOBODY, best)
        similarities[rows, :kept] = np.where(np.isinf(near), 0.0, np.clip(near, -1.0, 1.0))
    return Neighbors(places=places, similarities=similarities)


def recall_at_1(vectors: Vectors, *, exact: Neighbors, every: int = 3) -> float:
    """Put a stream into the index of the product, and say how often it finds the nearest.

    Args:
        every: ask at one request in that many.
    """
    index = PartitionedIndex(dimension=vectors.shape[1])
    asked = found = 0
    title = "recall of the index"
    for place in track(range(len(vectors)), description=title, console=Console(stderr=True)):
        if place and place % every == 0:
            nearest = index.search(_SCOPE, vectors[place], k=exact.places.shape[1])
            cosine = float(vectors[nearest[0].key] @ vectors[place]) if nearest else -1.0
            asked += 1
            found += cosine >= float(exact.similarities[place, 0]) - _SAME
        index.add(_SCOPE, place, vectors[place])
    return found / asked if asked else math.nan
