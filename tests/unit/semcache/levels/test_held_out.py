import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semcache.levels import held_out
from semcache.levels.held_out import Pair
from semcache.levels.verifier import Row
from semcache.levels.verify import probability

letters = st.sampled_from("abcdefghijklmnop")


def pair(asked: str, stored: str, *, right: bool = True) -> Pair:
    return Pair(asked=asked, stored=stored, right=right, source="test")


def texts(pairs: list[Pair]) -> set[str]:
    return {" ".join(text.split()).lower() for p in pairs for text in (p.asked, p.stored)}


@given(
    st.lists(st.builds(pair, letters, letters | letters.map(lambda x: f" {x.upper()} "))),
    st.floats(0.0, 1.0),
    st.integers(0, 9),
)
def test_no_text_is_on_both_sides_and_none_is_lost(
    pairs: list[Pair], share: float, seed: int
) -> None:
    learned, held = held_out.split(pairs, share=share, seed=seed)

    assert not texts(learned) & texts(held)
    assert sorted(map(repr, [*learned, *held])) == sorted(map(repr, pairs))
    assert len(held) <= share * len(pairs)


def test_pairs_that_hang_on_nothing_are_parted_as_asked_and_by_the_seed() -> None:
    pairs = [pair(f"a{n}", f"b{n}") for n in range(100)]

    learned, held = held_out.split(pairs, share=0.3, seed=1)

    assert (len(learned), len(held)) == (70, 30)
    assert held_out.split(pairs, share=0.3, seed=1) == (learned, held)
    assert held_out.split(pairs, share=0.3, seed=2) != (learned, held)


def test_a_pair_counts_once_and_a_wrong_one_is_wrong_whoever_says_otherwise() -> None:
    found = held_out.unique(
        [pair("A b", "c"), pair("a  B", "C", right=False), pair("a b", "c"), pair("x", " X")]
    )

    assert found == [pair("a  B", "C", right=False)]


def test_scores_are_compared_at_the_traps_they_let_pass() -> None:
    wrong = [n / 1000 for n in range(100)]
    right = [0.0985, 0.0975, 0.0965, 0.0945, 0.05]

    row = held_out.compare("x", [*wrong, *right], [False] * 100 + [True] * 5)

    assert [(one.traps_share, one.right, one.of) for one in row.served] == [
        (0.01, 1, 5),
        (0.03, 3, 5),
        (0.05, 4, 5),
    ]
    assert row.auc == pytest.approx((99 + 98 + 97 + 95 + 50.5) / 500)
    assert row.served[0].low < 0.25 < row.served[0].high


def test_one_way_is_better_only_if_it_is_nowhere_worse() -> None:
    wrong = [n / 1000 for n in range(100)]

    def row(*right: float) -> Row:
        return held_out.compare("x", [*wrong, *right], [False] * 100 + [True] * len(right))

    assert held_out.beats(row(0.5, 0.5), row(0.5, 0.0))
    assert not held_out.beats(row(0.5, 0.0), row(0.5, 0.0))
    assert not held_out.beats(row(0.5, 0.0, 0.0), row(0.0965, 0.0965, 0.0))


def test_probabilities_say_how_often_pairs_with_such_a_score_are_right() -> None:
    chance = random.Random(1)
    scores = [chance.random() for _ in range(4_000)]
    right = [chance.random() < score**3 for score in scores]  # far too sure of itself

    steepness, level = held_out.platt(scores, right)
    likely = held_out.calibrated(scores, steepness=steepness, level=level)

    middle = [(p, fits) for p, fits in zip(likely, right, strict=True) if 0.4 < p < 0.6]
    assert len(middle) > 200
    assert sum(fits for _, fits in middle) / len(middle) == pytest.approx(0.5, abs=0.08)
    assert sorted(range(4_000), key=scores.__getitem__) == sorted(
        range(4_000), key=likely.__getitem__
    )


def test_a_threshold_is_given_for_the_bounds_that_there_are_pairs_enough_for() -> None:
    likely, right = [0.2, 0.9, 0.95, *([0.5] * 97)], [False, False, True, *([True] * 97)]

    assert held_out.thresholds(likely[:60], right[:60])[0][0] == 0.02
    found = dict(held_out.thresholds(likely, right))
    assert list(found) == [0.01, 0.02, 0.05]
    assert found[0.01] == pytest.approx(0.9)
    assert found[0.01] > 0.9
    assert found[0.02] == pytest.approx(0.2)


def test_a_pair_is_judged_as_the_product_does_and_vetoes_leave_nothing() -> None:
    same = held_out.judge(pair("How do I reset it?", "how do I reset it"), similarity=0.99)
    trap = held_out.judge(pair("A flat with 2 rooms", "A flat with 3 rooms"), similarity=0.99)

    assert not same.vetoed
    assert same.probability > 0.9
    assert trap.vetoed
    assert trap.probability == 0.0


def test_the_gray_zone_is_counted_beside_what_a_laxer_pair_model_would_serve() -> None:
    top = probability.pooled().least(0.05)
    rows = [  # probability, vetoed, the cross-encoder's, right
        (top, False, 0.9, True),
        (top - 0.01, False, 0.9, True),
        (top - 0.02, True, 0.9, False),
        (top - 0.02, False, 0.9, False),
        (top - 0.03, False, 0.7, True),
        (top - 0.04, False, 0.7, False),
        (top - 0.20, False, 0.9, True),
    ]
    judged = [
        held_out.Judged(similarity=0.9, probability=own, vetoed=vetoed) for own, vetoed, *_ in rows
    ]

    (found,) = held_out.grays(
        judged,
        [score for *_, score, _ in rows],
        [right for *_, right in rows],
        known=[(0.05, 0.8)],
        zone=0.05,
    )

    assert (found.right, found.wrong) == (2, 2)
    assert (found.right_served, found.wrong_served) == (1, 1)
    assert found.instead == 2
