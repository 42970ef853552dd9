from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import VectorShapeError
from embeddings.types import Vectors

NORM_TOLERANCE = 1e-3
"""How far a norm may be from 1. Rows that went through pgvector's halfvec stay within 2e-4."""


def normalize(rows: NDArray[Any]) -> Vectors:
    """Scale every row to length 1.

    Args:
        rows: `(n, d)` or `(d,)`, any real dtype.

    Returns:
        The same shape, float32, L2-normalised.

    Raises:
        VectorShapeError: A row is zero or not finite, and so has no direction.
    """
    wide = np.asarray(rows, dtype=np.float64)
    largest = np.abs(wide).max(axis=-1, keepdims=True, initial=0.0)
    if not np.isfinite(largest).all() or not (largest > 0).all():
        raise VectorShapeError("a zero or non-finite vector has no direction")
    scaled = wide / largest  # so that the squares of tiny and huge numbers stay in range
    norms = np.linalg.norm(scaled, axis=-1, keepdims=True)
    narrow: Vectors = (scaled / norms).astype(np.float32)
    return narrow


def check_rows(rows: Vectors, *, dimension: int) -> Vectors:
    """Answer the rows, C-contiguous, if they are `(n, dimension)` float32, finite, L2-normalised.

    Raises:
        VectorShapeError: They are not; the message says which.
    """
    if rows.ndim != 2 or rows.shape[1] != dimension:  # noqa: PLR2004 - rows and columns
        raise VectorShapeError(f"expected shape (n, {dimension}), got {rows.shape}")
    if rows.dtype != np.float32:
        raise VectorShapeError(f"expected float32, got {rows.dtype}")
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    if not np.isfinite(norms).all():
        raise VectorShapeError("a row holds NaN or infinity")
    if norms.size and float(np.abs(norms - 1.0).max()) > NORM_TOLERANCE:
        raise VectorShapeError("a row is not L2-normalised")
    return np.ascontiguousarray(rows)


def check_vector(vector: Vectors, *, dimension: int) -> Vectors:
    """Answer the vector if it is `(dimension,)` float32, finite, L2-normalised.

    Raises:
        VectorShapeError: It is not; the message says which.
    """
    if vector.ndim != 1:
        raise VectorShapeError(f"expected shape ({dimension},), got {vector.shape}")
    row: Vectors = check_rows(vector[None, :], dimension=dimension)[0]
    return row


def cosine(a: Vectors, b: Vectors) -> float:
    """The cosine of two L2-normalised `(d,)` vectors, in [-1, 1]."""
    return min(1.0, max(-1.0, float(np.dot(a, b))))
