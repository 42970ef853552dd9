"""The bound holds on labels as they come, and is not had for nothing."""

import random

import pytest

from semcache.levels.verify.conformal import needed, supported, threshold

ERRORS = [0.005, 0.01, 0.02, 0.05, 0.1]


@pytest.mark.parametrize(
    ("max_error", "labels"), [(0.5, 1), (0.1, 9), (0.05, 19), (0.02, 49), (0.01, 99), (0.005, 199)]
)
def test_a_bound_needs_so_many_labels_and_one_less_gives_no_threshold(
    max_error: float, labels: int
) -> None:
    assert needed(max_error) == labels
    assert threshold([], [], drawn=labels, max_error=max_error) == 0.0
    assert threshold([], [], drawn=labels - 1, max_error=max_error) is None
    assert supported([], [], drawn=labels - 1, pooled=[(max_error, 0.9)]) == ()


def test_at_most_so_many_wrong_ones_lie_at_or_above_the_threshold() -> None:
    # (300 + 1) * 0.02 - 1 = 5.02: five may be wrong.
    scores = [place / 100 for place in range(100)]
    found = threshold(scores, [False] * 100, drawn=300, max_error=0.02)

    assert found is not None
    assert sum(score >= found for score in scores) == 5


def test_right_ones_cost_nothing() -> None:
    assert threshold([0.1, 0.9], [True, True], drawn=100, max_error=0.01) == 0.0


def test_a_tighter_bound_asks_for_more() -> None:
    scores = [place / 1_000 for place in range(1_000)]
    found = [
        threshold(scores, [place % 3 > 0 for place in range(1_000)], drawn=1_000, max_error=error)
        for error in ERRORS
    ]

    assert found == sorted(found, key=lambda least: -(least or 0.0))
    assert len(set(found)) == len(ERRORS)


def wrong_above(least: float) -> float:
    """P(wrong and score ≥ least): scores are uniform, and s is wrong with (1 - s) / 2."""
    return 0.25 * (1.0 - min(least, 1.0)) ** 2


@pytest.mark.parametrize(("max_error", "drawn"), [(0.01, 150), (0.02, 100), (0.05, 60)])
def test_the_realized_risk_is_within_the_bound_on_average(max_error: float, drawn: int) -> None:
    dice, risks = random.Random(7), []
    for _ in range(1_500):
        scores = [dice.random() for _ in range(drawn)]
        correct = [dice.random() > (1.0 - score) / 2 for score in scores]
        found = threshold(scores, correct, drawn=drawn, max_error=max_error)
        assert found is not None
        risks.append(wrong_above(found))

    # The bound itself, and not much less: what it allows is used.
    assert 0.4 * max_error < sum(risks) / len(risks) <= max_error


# ------------------------------------------------------------------ beside the pooled model
def test_labels_that_say_worse_than_the_pooled_model_raise_its_threshold() -> None:
    scores, correct = [0.99] * 20 + [0.5] * 180, [False] * 20 + [True] * 180
    ((error, least),) = supported(scores, correct, drawn=200, pooled=[(0.02, 0.9)])

    assert error == 0.02
    assert least > 0.99


def test_only_sure_labels_lower_the_pooled_model_s_threshold() -> None:
    scores, correct = [0.5] * 5_000, [True] * 5_000
    few = supported(scores[:150], correct[:150], drawn=150, pooled=[(0.01, 0.9)])
    many = supported(scores, correct, drawn=5_000, pooled=[(0.01, 0.9)])

    # None wrong of 150 is sure of 2 % only, by 95 %.
    assert few == ((0.01, 0.9),)
    assert many == ((0.01, 0.0),)


def test_how_far_a_threshold_falls_is_what_an_interval_bears_out() -> None:
    scores = [place / 2_000 for place in range(2_000)]
    correct = [place % 10 > 0 for place in range(2_000)]
    ((_, least),) = supported(scores, correct, drawn=2_000, pooled=[(0.02, 0.999)])
    plain = threshold(scores, correct, drawn=2_000, max_error=0.02)
    wrong = sum(s >= least and not c for s, c in zip(scores, correct, strict=True))

    assert plain is not None
    assert plain < least < 0.999
    # 2000 * 0.02 = 40; the upper end for 29 wrong of 2000 is 1.99 %.
    assert wrong == 29


def test_a_bound_with_too_few_labels_is_left_out() -> None:
    found = supported([], [], drawn=60, pooled=[(error, 0.9) for error in ERRORS])

    assert [error for error, _ in found] == [0.02, 0.05, 0.1]


def test_a_threshold_is_a_probability() -> None:
    for wrong in (1, 50, 500):
        found = supported([1.0] * wrong, [False] * wrong, drawn=500, pooled=[(0.01, 0.9)])
        assert all(0.0 <= least <= 1.0 for _, least in found)
