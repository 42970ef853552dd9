import math

import pytest

from semcache.levels.verify import features, reading, vetoes
from semcache.levels.verify.signature import Votes

NONE = Votes()


def measure(
    asked: str, stored: str, *, similarity: float = 0.9, votes: Votes = NONE
) -> dict[str, float]:
    pair = vetoes.compare(reading.read(asked), reading.read(stored))
    row = features.measure(pair, similarity=similarity, votes=votes)
    return dict(zip(features.NAMES, row, strict=True))


def test_one_text_twice_shares_all_and_leaves_nothing() -> None:
    found = measure("How do I bake bread in Oslo?", "how do i bake bread in Oslo")

    assert (found["shared"], found["trigrams"], found["order"], found["same"]) == (1, 1, 1, 1)
    assert found["left_asked"] == found["left_stored"] == found["left_both"] == 0
    assert found["exchanged"] == found["lone_numbers"] == found["lone_names"] == 0
    assert found["question"] == 1


def test_what_one_text_adds_is_left_on_its_side_alone() -> None:
    asked = measure("bake bread with parmesan", "bake bread")
    stored = measure("bake bread", "bake bread with parmesan")

    assert asked["left_asked"] == stored["left_stored"] > 0
    assert asked["left_stored"] == asked["left_both"] == asked["exchanged"] == 0
    assert asked["same"] == 0


def test_an_exchange_is_seen_and_a_rare_word_weighs_more() -> None:
    rare = measure("bake bread with parmesan", "bake bread with turmeric")
    usual = measure("bake bread in the house", "bake bread in the car")

    assert rare["exchanged"] == usual["exchanged"] == 1
    assert rare["left_both"] > usual["left_both"] > 0
    assert rare["kept"] == 0.9


@pytest.mark.parametrize(
    ("asked", "name", "value"),
    [
        ("bake 5 loaves of bread", "lone_numbers", 1),
        ("bake 5 loaves of bread on Monday", "lone_numbers", 2),
        ("bake loaves of bread in Oslo", "lone_names", 1),
        ("only bake loaves of bread at last", "lone_scopes", 2),
        ("loaves of bread fail to bake", "soft_denial", 1),
        ("bake loaves of bread", "lone_numbers", 0),
    ],
)
def test_what_one_text_adds_is_counted_by_class(asked: str, name: str, value: float) -> None:
    assert measure(asked, "bake loaves of bread")[name] == value


@pytest.mark.parametrize(
    ("asked", "stored", "value"),
    [("Who is it?", "Who was it?", 1), ("Who is it?", "Where is it?", -1), ("Who?", "rain", 0)],
)
def test_the_kind_of_question_agrees_or_not(asked: str, stored: str, value: float) -> None:
    assert measure(asked, stored)["question"] == value


def test_another_order_of_the_same_words_shows() -> None:
    found = measure("paint fence wall roof", "roof wall fence paint")

    assert found["shared"] == 1
    assert found["order"] == pytest.approx(0.25)
    assert found["same"] == 0


def test_similarity_and_votes_are_taken_as_they_are() -> None:
    found = measure("a", "b", similarity=0.5, votes=Votes(support=2.0, dissent=0.5))

    assert (found["similarity"], found["support"], found["dissent"]) == (0.5, 2.0, 0.5)


@pytest.mark.parametrize("text", ["", " ", "?", "🎉", "the of and", "5"])
def test_texts_without_a_topic_are_measured_too(text: str) -> None:
    for pair in ((text, "bake bread"), ("bake bread", text), (text, text)):
        assert all(math.isfinite(value) for value in measure(*pair).values())


def test_two_sets_are_compared_by_what_they_share() -> None:
    assert features.dice(frozenset("abcd"), frozenset("cdef")) == 0.5
    assert features.dice(frozenset(), frozenset()) == 1.0
    assert features.dice(frozenset("a"), frozenset()) == 0.0
