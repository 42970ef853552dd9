import pytest

from semcache.levels.verify import signature
from semcache.levels.verify.signature import BUCKETS, Votes

BREAD = "Mix flour, water, salt and yeast. Knead the dough, let it rise, and bake it for an hour."
AGAIN = "Knead a dough from flour, yeast, water and salt; let it rise; then bake it an hour long."
ROME = "The Colosseum is an amphitheatre in the center of the city, built under emperor Vespasian."


def agree(ours: str, theirs: str) -> float:
    found = signature.agreement(signature.of(ours), signature.of(theirs))
    assert found is not None
    return found


def test_equal_answers_agree() -> None:
    assert agree(BREAD, BREAD) == 1.0
    assert agree("Paris", "paris") == 1.0


def test_an_answer_in_other_words_agrees_more_than_another_answer() -> None:
    assert agree(BREAD, AGAIN) > 0.6
    assert agree(BREAD, ROME) < 0.2


def test_it_does_not_matter_which_came_first() -> None:
    assert agree(BREAD, AGAIN) == pytest.approx(agree(AGAIN, BREAD))


def test_a_signature_has_a_fixed_size() -> None:
    for text in ("", "Paris", BREAD, BREAD * 1_000, "🎉", "the of and"):
        assert len(signature.of(text)) == BUCKETS


def test_an_answer_without_topical_words_is_signed_by_those_it_has() -> None:
    assert agree("It is.", "it IS") == 1.0
    assert agree("It is.", "That was.") < 0.5


@pytest.mark.parametrize("other", [b"", b"short", bytes(BUCKETS + 1)])
def test_without_a_signature_there_is_no_telling(other: bytes) -> None:
    assert signature.agreement(signature.of(BREAD), other) is None
    assert signature.agreement(other, signature.of(BREAD)) is None


# ------------------------------------------------------------------ votes
SIGNED = [signature.of(BREAD), signature.of(AGAIN), signature.of(ROME)]
NEAR = [0.9, 0.9, 0.9]


def test_neighbors_that_say_the_same_support_and_others_dissent() -> None:
    bread, again, rome = signature.votes(SIGNED, NEAR, counted=[True] * 3)

    assert bread.support > 0.6
    assert again.support > 0.6
    assert rome.support < 0.4
    assert rome.dissent > 1.6 > bread.dissent


def test_who_is_barred_has_no_voice_but_hears_the_others() -> None:
    alone, barred, rome = signature.votes(SIGNED, NEAR, counted=[True, False, True])
    all_heard = signature.votes(SIGNED, NEAR, counted=[True] * 3)

    assert alone.support < 0.2 < all_heard[0].support
    assert barred == all_heard[1]
    assert rome.dissent < all_heard[2].dissent


def test_a_farther_neighbor_counts_for_less() -> None:
    near = signature.votes(SIGNED, [0.9, 0.89, 0.5], counted=[True] * 3)
    far = signature.votes(SIGNED, [0.9, 0.6, 0.5], counted=[True] * 3)

    assert far[0].support < near[0].support


def test_nobody_votes_for_himself_and_the_unsigned_do_not_vote() -> None:
    assert signature.votes([], [], counted=[]) == []
    assert signature.votes(SIGNED[:1], [0.9], counted=[True]) == [Votes()]
    found = signature.votes([SIGNED[0], b"", SIGNED[1]], NEAR, counted=[True] * 3)
    without = signature.votes([SIGNED[0], SIGNED[1]], NEAR[:2], counted=[True] * 2)

    assert found[1] == Votes()
    assert [found[0], found[2]] == without


def test_a_vote_is_one_voice_shared_between_support_and_dissent() -> None:
    for one in signature.votes(SIGNED, NEAR, counted=[True] * 3):
        assert one.support + one.dissent == pytest.approx(2.0, abs=1e-5)
