"""Labels move the model in their direction, and thresholds only as far as they surely reach."""

import random
from dataclasses import replace

import pytest

from semcache.levels.verify import features, learning, probability
from semcache.levels.verify.learning import Example
from semcache.levels.verify.probability import pooled

_MODEL = pooled()


def rows(count: int, *, seed: int = 1) -> list[tuple[float, ...]]:
    """Features around the model's means."""
    drawn = random.Random(seed)
    return [
        tuple(
            mean + scale * drawn.gauss(0, 0.5)
            for mean, scale in zip(_MODEL.means, _MODEL.scales, strict=True)
        )
        for _ in range(count)
    ]


def examples(count: int, *, correct: bool, seed: int = 1) -> list[Example]:
    return [Example(features=row, correct=correct) for row in rows(count, seed=seed)]


def mean(weights: tuple[float, ...]) -> float:
    found = _MODEL.moved(weights).of(rows(50, seed=2))
    return sum(found) / len(found)


POOLED = mean(_MODEL.weights)


@pytest.mark.parametrize("known", [[], [Example()] * 500, [Example(features=rows(1)[0])] * 9])
def test_without_a_label_nothing_moves(known: list[Example]) -> None:
    learned = learning.fit(known)

    assert learned.weights == _MODEL.weights
    assert learned.thresholds == ()


def test_many_labels_move_the_probability_in_their_direction() -> None:
    right = learning.fit(examples(300, correct=True))
    wrong = learning.fit(examples(300, correct=False))

    assert mean(wrong.weights) < POOLED - 0.1
    assert mean(right.weights) > POOLED + 0.1


def test_the_more_labels_the_further_and_one_moves_little() -> None:
    means = [mean(learning.fit(examples(n, correct=False)).weights) for n in (1, 10, 100, 400)]

    assert means == sorted(means, reverse=True)
    assert POOLED - 0.05 < means[0] < POOLED
    assert means[-1] < 0.2


def test_a_label_of_more_weight_counts_for_more() -> None:
    light = examples(50, correct=False)
    heavy = [replace(one, weight=5.0) for one in light]

    assert mean(learning.fit(heavy).weights) < mean(learning.fit(light).weights)


def test_the_order_of_labels_decides_nothing_about_the_weights() -> None:
    labels = examples(40, correct=True) + examples(40, correct=False, seed=3)
    turned = labels[::-1]

    assert learning.fit(turned).weights == pytest.approx(learning.fit(labels).weights, abs=1e-4)


def test_learning_begins_at_another_model_where_it_is_told() -> None:
    prior = replace(_MODEL, weights=(0.0,) * len(probability.TERMS))

    assert learning.fit([], prior=prior).weights == prior.weights


# ------------------------------------------------------------------ thresholds
def drawn(count: int, *, wrong: int) -> list[Example]:
    """All near the means; the wrong ones spread evenly."""
    every = count // wrong if wrong else count + 1
    return [
        Example(features=row, correct=place % every != 0) for place, row in enumerate(rows(count))
    ]


def test_few_labels_support_no_threshold() -> None:
    assert learning.fit(drawn(8, wrong=0)).thresholds == ()
    assert [error for error, _ in learning.fit(drawn(99, wrong=0)).thresholds] == [
        0.01,
        0.02,
        0.03,
        0.05,
        0.1,
    ]


def test_many_right_labels_let_a_threshold_fall() -> None:
    found = dict(learning.fit(drawn(600, wrong=0)).thresholds)

    assert found[0.01] < _MODEL.least(0.01)


def test_a_threshold_falls_only_when_it_is_surely_within_the_bound() -> None:
    few = dict(learning.fit(drawn(120, wrong=0)).thresholds)
    # Conformal risk control alone would let it fall; its 95 % bound does not.
    assert few[0.01] == _MODEL.least(0.01)


def test_requests_without_a_candidate_count_as_drawn() -> None:
    known = drawn(60, wrong=0)
    errors = [error for error, _ in learning.fit([*known, *[Example()] * 100]).thresholds]

    assert 0.01 in errors
    assert 0.01 not in [error for error, _ in learning.fit(known).thresholds]


def test_only_the_latest_labels_say_what_a_threshold_may_be() -> None:
    good, bad = drawn(learning.RECENT, wrong=0), examples(learning.RECENT, correct=False)
    lately_good = dict(learning.fit([*bad, *good]).thresholds)
    lately_bad = dict(learning.fit([*good, *bad]).thresholds)

    assert lately_good[0.05] < lately_bad[0.05]


def test_thresholds_fall_as_the_allowed_error_grows() -> None:
    least = [least for _, least in learning.fit(drawn(600, wrong=30)).thresholds]

    assert least == sorted(least, reverse=True)
    assert len(set(least)) > 1


def test_a_row_is_as_long_as_there_are_features() -> None:
    assert len(rows(1)[0]) == len(features.NAMES)
