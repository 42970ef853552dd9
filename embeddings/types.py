from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Rows `(n, d)` or one vector `(d,)`, float32, L2-normalised."""

Scores = NDArray[np.float32]
"""`(n,)` float32 in 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbor:
    """One result of a search: the key it was added under, and its cosine in [-1, 1]."""

    key: int
    similarity: float
