import pytest

from semcache.levels.verify import reading


def dates(text: str) -> frozenset[str]:
    return reading.read(text).quantities.dates


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("at 3pm", {"15:00"}),
        ("at 3 p.m.", {"15:00"}),
        ("at 15:00", {"15:00"}),
        ("at 3 in the afternoon", {"15:00"}),
        ("at 12am", {"0:00"}),
        ("at 12pm", {"12:00"}),
        ("at noon", {"12:00"}),
        ("at midnight", {"0:00"}),
        ("at 9.30am", {"9:30"}),
        ("at 7:15", {"7:15?"}),
        ("at 8 o'clock", {"8:00?"}),
        ("on Mondays", {"monday"}),
        ("in the 80s", {"80s"}),
        ("in the 1980s", {"80s"}),
        ("in the eighties", {"80s"}),
        ("in Sept 2020", {"september"}),
        ("on 2024-01-05", {"january"}),
        ("in May 2024", {"may"}),
        ("may I go?", set()),
        ("the long march home", set()),
        ("it is 5 to 3", set()),
        ("2024-31-31", {"month 31"}),
    ],
)
def test_dates_and_times_are_read_in_one_spelling(text: str, said: set[str]) -> None:
    assert dates(text) == said


@pytest.mark.parametrize(
    "text",
    ["Jan 5 2024", "January 5th, 2024", "5 January 2024", "the 5th of Jan 2024", "2024-01-05"],
)
def test_a_day_is_the_same_however_it_is_written(text: str) -> None:
    found = reading.read(text).quantities

    assert found.dates == {"january"}
    assert {measure.value for measure in found.measures} == {"5", "2024"}


def test_a_year_may_be_short() -> None:
    assert [m.value for m in reading.read("class of '98").quantities.measures] == ["1998"]
    assert [m.value for m in reading.read("class of '12").quantities.measures] == ["2012"]
