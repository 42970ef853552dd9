import pytest

from semcache.levels.verify import alignment, differences, reading
from semcache.levels.verify.differences import Differences, Sides


def between(asked: str, stored: str) -> Differences:
    ours, theirs = reading.read(asked), reading.read(stored)
    return differences.between(ours, theirs, alignment.align(ours, theirs))


@pytest.mark.parametrize(
    ("name", "asked", "stored", "ours", "theirs"),
    [
        ("numbers", "name 5 rivers", "name 6 rivers", {"5"}, {"6"}),
        ("numbers", "name 5 rivers", "name rivers", {"5"}, set()),
        ("units", "price in euros", "price in yen", {"eur"}, {"jpy"}),
        ("dates", "open on Monday", "open on Friday", {"monday"}, {"friday"}),
        ("dates", "open at 3pm", "open at 3:00", set(), set()),
        ("names", "trains in Oslo", "trains in Rome", {"oslo"}, {"rome"}),
        ("names", "trains in Oslo", "trains", {"oslo"}, set()),
        ("identifiers", "open a.py", "open b.py", {"a.py"}, {"b.py"}),
        ("identifiers", "use get_user", "use getUser", set(), set()),
        ("quotes", 'say "hi there"', 'say "good bye"', {"hi there"}, {"good bye"}),
        ("quotes", 'say "hi there"', "say hi there", set(), set()),
        ("scopes", "the first one", "the last one", {"rank first"}, {"rank last"}),
    ],
)
def test_what_only_one_text_says_is_on_its_side(
    name: str, asked: str, stored: str, ours: set[str], theirs: set[str]
) -> None:
    sides = getattr(between(asked, stored), name)

    assert (sides.ours, sides.theirs) == (ours, theirs)


def test_two_texts_that_say_the_same_differ_in_nothing() -> None:
    assert not between("Five buses to Oslo at 3pm", "5 buses to Oslo at 15:00").any
    assert between("Five buses to Oslo", "5 buses to Oslo at 3pm").any


def test_one_thing_may_be_said_as_a_thing() -> None:
    assert not between("1 cup of rice", "a cup of rice").numbers.any
    assert between("2 cups of rice", "a cup of rice").numbers.any


def test_the_same_number_of_another_unit_differs() -> None:
    found = between("a 10 km run", "a 10 mile run").units

    assert str(found) == "10 km against 10 mi"


def test_pounds_may_be_money_or_mass() -> None:
    assert not between("I have 5 pounds", "I have £5").units.both
    assert not between("it weighs 5 pounds", "it weighs 5 lb").units.both
    assert between("it costs pounds", "it costs euros").units.both


def test_sides_say_what_stands_against_what() -> None:
    one = Sides(ours=frozenset({"b", "a"}), theirs=frozenset())
    other = Sides(ours=frozenset(), theirs=frozenset({"c"}))

    assert str(one) == "a, b against nothing"
    assert str(one | other) == "a, b against c"
    assert (one.any, one.both, (one | other).both) == (True, False, True)
