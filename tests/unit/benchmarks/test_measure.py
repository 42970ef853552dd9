import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import measure

NUMBERS = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@given(values=NUMBERS, share=st.floats(0, 1))
def test_percentiles_are_those_of_numpy(values: list[float], share: float) -> None:
    expected = float(np.quantile(values, share))

    assert measure.percentile(values, share=share) == pytest.approx(expected, abs=1e-6)


def test_the_order_of_the_values_does_not_matter() -> None:
    assert measure.p50([3.0, 1.0, 2.0]) == 2.0


def test_p99_of_a_hundred_values_is_near_the_slowest() -> None:
    assert measure.p99([1.0] * 99 + [100.0]) == pytest.approx(1.99)


def test_nothing_measured_is_not_a_number_and_not_zero() -> None:
    assert math.isnan(measure.p50([]))
    assert math.isnan(measure.spread([math.nan]).median)


def test_rounds_without_a_result_do_not_spoil_the_others() -> None:
    summed = measure.spread([2.0, math.nan, 1.0, 4.0])

    assert (summed.low, summed.median, summed.high) == (1.0, 2.0, 4.0)
