import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semcache.levels.verify import intervals

# From tables of the binomial distribution, 95 %.
KNOWN = [
    (0, 10, 0.0, 0.30850),
    (1, 10, 0.00253, 0.44502),
    (5, 10, 0.18709, 0.81291),
    (10, 10, 0.69150, 1.0),
    (5, 100, 0.01643, 0.11283),
    (10, 1000, 0.00481, 0.01831),
]


@pytest.mark.parametrize(("hits", "total", "low", "high"), KNOWN)
def test_clopper_pearson_is_the_tables(hits: int, total: int, low: float, high: float) -> None:
    found = intervals.clopper_pearson(hits, total)

    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-6)


def test_wilson_is_the_textbooks() -> None:
    found = intervals.wilson(5, 100)

    assert (found.low, found.high) == pytest.approx((0.02154, 0.11175), abs=6e-6)
    assert intervals.wilson(0, 10).low == 0.0
    assert intervals.wilson(10, 10).high == 1.0


@pytest.mark.parametrize("of", [intervals.clopper_pearson, intervals.wilson])
def test_of_nothing_everything_is_possible(of: type) -> None:
    assert of(0, 0) == intervals.Interval(low=0.0, high=1.0)


def coverage(share: float, total: int) -> float:
    """How often the interval holds the true share, over all that can be counted."""
    chances = (
        math.comb(total, hits) * share**hits * (1 - share) ** (total - hits)
        for hits in range(total + 1)
        if (found := intervals.clopper_pearson(hits, total)).low <= share <= found.high
    )
    return sum(chances)


@settings(deadline=None, max_examples=50)
@given(share=st.floats(0.001, 0.999), total=st.integers(1, 40))
def test_clopper_pearson_covers_the_truth_as_often_as_it_says(share: float, total: int) -> None:
    assert coverage(share, total) >= 0.95


@pytest.mark.parametrize(("hits", "total"), [(-1, 3), (4, 3)])
def test_what_is_no_share_is_refused(hits: int, total: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        intervals.clopper_pearson(hits, total)
