import pytest

from semcache.levels.verify import quantities, reading
from semcache.levels.verify.quantities import Measure, Quantities


def read(text: str) -> Quantities:
    return reading.read(text).quantities


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10", ["10"]),
        ("ten", ["10"]),
        ("10.0", ["10"]),
        ("1,000", ["1000"]),
        ("1 000 000", ["1000000"]),
        ("1k", ["1000"]),
        ("1.5k", ["1500"]),
        ("2m", ["2000000"]),
        ("two hundred and fifty thousand", ["250000"]),
        ("twenty-one", ["21"]),
        ("two three", ["2", "3"]),
        ("a dozen", ["12"]),
        ("a couple of days", ["2 day"]),
        ("a nice couple", []),
        ("twice", ["2"]),
        ("once a day", ["1"]),
        ("once upon a time", []),
        ("1/2", ["0.5"]),
        ("1 1/2 cups", ["1.5 cup"]),
        ("2/4", ["2", "4"]),
        ("24/7", ["24", "7"]),
        ("two thirds", ["0.6667"]),
        ("two and a half hours", ["2.5 h"]),
        ("half an hour", ["0.5 h"]),
        ("minus 5", ["-5"]),
        ("-5", ["-5"]),
        ("8 minus 5", ["8", "5"]),
        ("the 3rd", ["3"]),
        ("the third", ["3"]),
        ("3.10", ["3.10"]),
        ("007", ["007"]),
        ("1.2.3", ["1.2.3"]),
        ("1,2,3", ["1,2,3"]),
        ("12a", ["12a"]),
        ("$5", ["5 usd"]),
        ("five bucks", ["5 usd"]),
        ("$1.5M", ["1500000 usd"]),
        ("5kg", ["5 kg"]),
        ("60 miles per hour", ["60 mph"]),
        ("one day", []),
        ("٣", ["3"]),
        ("no number", []),
    ],
)
def test_numbers_are_read_with_their_units(text: str, said: list[str]) -> None:
    assert [str(measure) for measure in read(text).measures] == said


def test_number_words_without_an_end_are_several_numbers() -> None:
    assert len(read("hundred and one " * 200).measures) > 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2 kg", "2000 g"),
        ("500 mg", "0.5 g"),
        ("1.5 km", "1500 m long"),
        ("6 feet", "72 inches"),
        ("24 hours", "1 days"),
        ("90 minutes", "1.5 hours"),
        ("2 years", "24 months"),
        ("50 cents", "$0.50"),
        ("1 lb", "16 oz"),
        ("1 cup", "16 tbsp"),
        ("2 gb", "2000 mb"),
    ],
)
def test_one_measure_has_one_base(one: str, other: str) -> None:
    assert {m.base() for m in read(one).measures} == {m.base() for m in read(other).measures}


@pytest.mark.parametrize(("one", "other"), [("2 kg", "2 g"), ("1 day", "12 hours"), ("5", "5 kg")])
def test_other_measures_have_other_bases(one: str, other: str) -> None:
    assert {m.base() for m in read(one).measures} != {m.base() for m in read(other).measures}


def test_a_number_without_a_unit_is_its_own_base() -> None:
    assert Measure("3.10").base() != Measure("3.1").base()
    assert Measure("0123").base() != Measure("123").base()


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("price in euros", {"money: eur"}),
        ("How many grams?", {"mass: g"}),
        ("5 in the morning", set()),
        ("it won in a row", set()),
        ("20 °C", {"temperature: c"}),
    ],
)
def test_a_unit_is_read_without_a_number_but_not_from_a_usual_word(
    text: str, units: set[str]
) -> None:
    assert read(text).units == units


@pytest.mark.parametrize("word", ["ten", "million", "monday", "kg", "third", "noon", "january"])
def test_words_that_count_are_no_topic(word: str) -> None:
    assert quantities.counts(word)


@pytest.mark.parametrize("word", ["may", "march", "river", "won"])
def test_words_that_may_be_something_else_are_a_topic(word: str) -> None:
    assert not quantities.counts(word)
