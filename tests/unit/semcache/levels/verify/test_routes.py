import pytest

from semcache.levels.verify import reading, routes


@pytest.mark.parametrize(
    "text",
    [
        "fly from Oslo to Rome",
        "fly to Rome from Oslo",
        "oslo to rome",
        "turn Oslo into Rome",
        "choose Oslo over Rome",
    ],
)
def test_all_ways_to_say_it_lead_the_same_way(text: str) -> None:
    found = reading.read(text).routes

    assert ("oslo", "rome") in found
    assert ("rome", "oslo") not in found


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("from 3 to 5", {("3", "5")}),
        ("subtract 3 from 5", {("5", "3")}),
        ("5 minus 3", {("5", "3")}),
        ("5 - 3", {("5", "3")}),
        ("10 / 2", {("10", "2")}),
        ("divide 10 by 2", {("10", "2")}),
        ("10 divided by 2", {("10", "2")}),
        ("2 ** 3", {("2", "3")}),
        ("is 5 bigger than 3", {("5", "3")}),
        ("5 eggs and 3 cups", set()),
        ("5 + 3", set()),
        ("3 to 3", set()),
        ("7", set()),
    ],
)
def test_numbers_stand_in_an_order_where_it_matters(text: str, pairs: set[tuple[str, str]]) -> None:
    assert routes.ordered(text) == pairs


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("who beat brazil", "doer"),
        ("who did brazil beat", "done"),
        ("what eats snakes", "doer"),
        ("what do snakes eat", "done"),
        ("what food do snakes eat", "done"),
        ("who was visited by bob", "done"),
        ("bob was visited by whom", "doer"),
        ("who married ada", ""),
        ("who did ada marry", ""),
        ("what is love", ""),
        ("what do you know", ""),
        ("where is it", ""),
    ],
)
def test_a_question_asks_for_the_doer_or_the_done(text: str, gap: str) -> None:
    assert routes.gap(text) == gap


def test_who_does_what_to_whom_is_read_from_the_order() -> None:
    assert ("dog", "chas", "cat") in reading.read("Has the dog chased the cat?").triples
    assert ("cat", "chas", "dog") in reading.read("Has the cat chased the dog?").triples


@pytest.mark.parametrize("text", ["it was painted by ada", "painted by ada", "by whom was it sung"])
def test_the_passive_is_seen(text: str) -> None:
    assert routes.passive(text)


@pytest.mark.parametrize("text", ["ada painted it", "stand by me", "it is by the lake"])
def test_what_is_active_is_not_passive(text: str) -> None:
    assert not routes.passive(text)


@pytest.mark.parametrize("text", ["java vs kotlin", "difference between a and b", "both of them"])
def test_a_comparison_has_no_direction(text: str) -> None:
    assert routes.symmetric(text)


def test_a_route_is_no_comparison() -> None:
    assert not routes.symmetric("from java to kotlin")
