import json
from importlib import resources
from typing import Any

import numpy as np
import pytest

from semcache.levels.verify import features, probability, reading, vetoes
from semcache.levels.verify.probability import TERMS
from semcache.levels.verify.signature import Votes

NONE = Votes()


def row(asked: str, stored: str, *, similarity: float, votes: Votes = NONE) -> tuple[float, ...]:
    pair = vetoes.compare(reading.read(asked), reading.read(stored))
    return features.measure(pair, similarity=similarity, votes=votes)


SAME = row("How do I bake bread?", "how do I bake bread", similarity=1.0, votes=Votes(support=3.0))
OTHER = row(
    "How do I bake bread?", "Who painted the ceiling?", similarity=0.2, votes=Votes(dissent=3.0)
)


def said() -> dict[str, Any]:
    text = resources.files("semcache.levels.verify").joinpath("pooled.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_pooled_model_tells_the_same_from_something_else() -> None:
    same, other = probability.pooled().of([SAME, OTHER])

    assert same > 0.9
    assert other < 0.1


@pytest.mark.parametrize("similarity", [-0.2, 0.0, 0.1, 0.2, 0.3, 0.4])
def test_a_question_that_is_nothing_like_the_stored_one_is_not_answered_by_it(
    similarity: float,
) -> None:
    found = row("tips to sleep better", "history of jazz music", similarity=similarity)

    assert probability.pooled().of([found])[0] < 0.5


def test_what_made_the_pooled_model_is_written_beside_it() -> None:
    assert {"version", "seed", "data"} <= said().keys()


@pytest.mark.parametrize("part", ["features", "weights"])
def test_a_model_that_lacks_a_number_is_refused(part: str) -> None:
    broken = said()
    broken[part].pop(next(iter(broken[part])))

    with pytest.raises(KeyError):
        probability.parse(broken)


def test_no_rows_have_no_probabilities() -> None:
    assert probability.pooled().of([]) == []


def test_rows_are_judged_one_by_one() -> None:
    model = probability.pooled()

    assert model.of([SAME, OTHER]) == pytest.approx([model.of([SAME])[0], model.of([OTHER])[0]])


def test_an_outlandish_row_has_a_probability_still() -> None:
    rows = np.full((2, len(features.NAMES)), 100.0)
    rows[1] *= -1

    assert all(0.0 <= p <= 1.0 for p in probability.pooled().of(rows.tolist()))


def test_rows_spread_to_named_terms() -> None:
    terms = probability.pooled().terms([SAME, OTHER])

    assert terms.shape == (2, len(TERMS))
    assert terms[:, TERMS.index("bias")].tolist() == [1, 1]
    # The votes of three: hardly alone.
    assert terms[:, TERMS.index("alone")] == pytest.approx(np.exp(-3.0))


def test_weights_of_another_number_of_terms_are_not_read() -> None:
    model = probability.pooled()

    assert model.moved(()) is model
    assert model.moved((1.0,) * (len(TERMS) - 1)) is model
    assert model.moved((0.0,) * len(TERMS)).of([SAME]) == [0.5]


def test_the_smaller_the_error_the_more_is_asked() -> None:
    errors = [0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001]
    least = [probability.pooled().least(error) for error in errors]

    assert least == sorted(least)
    assert 0.0 < least[0] < least[-1] < 1.0


@pytest.mark.parametrize("error", [0.0, 0.00001])
def test_a_bound_that_was_never_measured_serves_nothing(error: float) -> None:
    assert probability.pooled().least(error) == 1.0
    assert max(probability.pooled().of([SAME])) < 1.0
