from collections.abc import Sequence
from typing import Protocol

from embeddings.types import Neighbor, Vectors


class Index(Protocol):
    """Finds the nearest of the vectors it holds; one thread may write while others search."""

    @property
    def dimension(self) -> int:
        """The number of columns, d."""

    def __len__(self) -> int:
        """The number of keys."""

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Keep `(n, d)` float32 rows, L2-normalised, one a key; a known key is replaced.

        Keys are signed 64-bit integers. Of a key given twice the last row is kept.

        Raises:
            VectorShapeError: The rows are not of that shape, or not as many as the keys.
        """

    def remove(self, keys: Sequence[int]) -> None:
        """Forget the keys; unknown ones are ignored."""

    def search(self, vector: Vectors, *, k: int) -> list[Neighbor]:
        """Answer the `k` nearest, or all there are, best first; equal ones by ascending key.

        Args:
            vector: `(d,)` float32, L2-normalised.
            k: How many at most; below 1 answers nothing.

        Raises:
            VectorShapeError: The vector is not of that shape.
        """
