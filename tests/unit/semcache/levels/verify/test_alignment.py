import pytest

from semcache.levels.verify import alignment, reading
from semcache.levels.verify.alignment import Alignment
from semcache.levels.verify.words import Word, stem


def align(asked: str, stored: str) -> Alignment:
    return alignment.align(reading.read(asked), reading.read(stored))


def word(said: str) -> Word:
    return Word(said, stem(said))


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("translate a letter", "translation of letters"),
        ("buy a car", "purchase an automobile"),
        ("a data base", "a database"),
        ("what is a portable document format", "what is a pdf"),
        ("definately parmesan", "definitely parmesan"),
        ("a smörgåsbord for Anna", "smörgåsbord, for Anna"),
    ],
)
def test_what_says_the_same_has_its_counterpart(asked: str, stored: str) -> None:
    found = align(asked, stored)

    assert (found.ours, found.theirs) == ((), ())
    assert found.shared


def test_what_has_no_counterpart_is_left_on_its_side() -> None:
    found = align("bake bread with olives", "bake bread in Oslo")

    assert found.shared == ("bake", "bread")
    assert [w.said for w in found.ours] == ["olives"]
    assert [w.said for w in found.theirs] == ["oslo"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("translate", "translation"),
        ("photograph", "photographer"),
        ("parmesan", "parmesann"),
        ("parmesan", "paremsan"),
        ("christian", "christianity"),
    ],
)
def test_endings_and_typos_do_not_part_words(one: str, other: str) -> None:
    assert alignment.alike(word(one), word(other))
    assert alignment.alike(word(other), word(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("niger", "nigeria"),
        ("mauritania", "mauritius"),
        ("iran", "iraq"),
        ("austria", "australia"),
        ("cat", "car"),
        ("house", "mouse"),
        ("abc12", "abc13"),
    ],
)
def test_two_words_of_their_own_stay_apart(one: str, other: str) -> None:
    assert not alignment.alike(word(one), word(other))
    assert not alignment.alike(word(other), word(one))


@pytest.mark.parametrize(
    ("one", "two", "edits"),
    [
        ("same", "same", 0),
        ("same", "sane", 1),
        ("same", "asme", 1),
        ("same", "sam", 1),
        ("kitten", "sitting", 3),
        ("", "ab", 2),
    ],
)
def test_edits_are_counted_up_to_a_limit(one: str, two: str, edits: int) -> None:
    assert alignment.distance(one, two, limit=3) == edits
    assert alignment.distance(two, one, limit=3) == edits
    assert edits < 2 or alignment.distance(one, two, limit=1) == 2
