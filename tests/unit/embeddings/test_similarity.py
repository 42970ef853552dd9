import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from embeddings import similarity
from embeddings.errors import EmbeddingsError, VectorShapeError

UNIT = np.eye(3, 4, dtype=np.float32)


@given(
    arrays(np.float64, (3, 5), elements=st.floats(-1e300, 1e300)).filter(lambda a: a.any(1).all())
)
def test_normalised_rows_have_length_one_and_keep_their_direction(
    rows: NDArray[np.float64],
) -> None:
    normalized = similarity.normalize(rows)

    assert normalized.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(normalized, axis=1), 1.0, atol=1e-6)
    assert (np.sign(normalized) * np.sign(rows) >= 0).all()


def test_one_vector_is_normalised_as_one() -> None:
    np.testing.assert_allclose(similarity.normalize(np.array([3.0, 4.0])), [0.6, 0.8])


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_row_without_direction_cannot_be_normalised(bad: float) -> None:
    with pytest.raises(VectorShapeError, match="direction"):
        similarity.normalize(np.full((1, 4), bad))


def test_right_rows_pass_and_lie_in_one_piece() -> None:
    wide = np.repeat(UNIT, 2, axis=0)[::2]

    checked = similarity.check_rows(wide, dimension=4)

    assert checked.flags.c_contiguous
    np.testing.assert_array_equal(checked, UNIT)


def test_no_rows_are_right_rows() -> None:
    assert similarity.check_rows(UNIT[:0], dimension=4).shape == (0, 4)


def test_rows_that_were_kept_in_half_precision_still_pass() -> None:
    rows = similarity.normalize(np.random.default_rng(0).normal(size=(50, 384)))

    similarity.check_rows(rows.astype(np.float16).astype(np.float32), dimension=384)


def test_the_refusal_says_what_is_wrong() -> None:
    with pytest.raises(VectorShapeError, match=r"\(n, 5\), got \(3, 4\)"):
        similarity.check_rows(UNIT, dimension=5)
    with pytest.raises(VectorShapeError, match="float32, got float64"):
        similarity.check_rows(UNIT.astype(np.float64), dimension=4)
    with pytest.raises(VectorShapeError, match="NaN"):
        similarity.check_rows(UNIT * np.float32(np.nan), dimension=4)
    with pytest.raises(VectorShapeError, match="not L2-normalised"):
        similarity.check_rows(UNIT * np.float32(1.01), dimension=4)
    with pytest.raises(EmbeddingsError):
        similarity.check_vector(UNIT, dimension=4)


def test_the_cosine_never_leaves_its_range() -> None:
    slightly_long = np.array([1.0000001, 0.0], dtype=np.float32)

    assert similarity.cosine(slightly_long, slightly_long) == 1.0
    assert similarity.cosine(slightly_long, -slightly_long) == -1.0
