import itertools

import pytest

from semcache.levels.verify import questions, reading

ASKED = {
    "who": ["Who wrote it?", "By whom was it written?", "Which person wrote it?", "whose is it"],
    "when": ["When did it end?", "What year did it end?", "On which date did it end?"],
    "where": ["Where is it?", "In which city is it?", "location of the museum"],
    "why": ["Why does it rain?", "How come it rains?", "What causes rain?"],
    "how": ["How do I bake bread?", "What is the best way to bake bread?", "ways to bake bread"],
    "number": ["How many people came?", "What is the number of people?"],
    "price": ["How much does it cost?", "What is the price of it?", "How expensive is it?"],
    "duration": ["How long does it take?", "How quickly does it end?"],
    "often": ["How often does it run?", "How frequently does it run?"],
    "age": ["How old is she?", "At what age did she start?"],
    "far": ["How far is it?", "What is the distance?"],
    "height": ["How tall is it?", "How high is it?", "What is the height of it?"],
    "weight": ["How heavy is it?", "How much does it weigh?", "What is the weight of it?"],
    "width": ["How wide is it?"],
    "depth": ["How deep is it?"],
    "speed": ["How fast is it?"],
    "size": ["How big is it?"],
    "whether": ["Is it open?", "So, do cats purr?", "Hello. Can I pay by card?"],
    "": ["Tell a joke.", "pizza near the lake", "What is love?"],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in ASKED.items() for text in texts]
)
def test_the_kind_of_a_question_is_read(kind: str, text: str) -> None:
    assert reading.read(text).question == kind


def test_the_question_within_a_polite_one_counts() -> None:
    assert reading.read("Could you tell me when the shop opens?").question == "when"
    assert reading.read("Do you know who painted it?").question == "who"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("who", "when"),
        ("where", "when"),
        ("how", "why"),
        ("age", "height"),
        ("height", "width"),
        ("weight", "price"),
        ("whether", "why"),
    ],
)
def test_two_kinds_with_other_answers_differ(ours: str, theirs: str) -> None:
    reason = questions.differ(ours, theirs)

    assert reason
    assert ours in reason
    assert theirs in reason


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("when", "duration"),
        ("number", "price"),
        ("size", "height"),
        ("duration", "length"),
        ("whether", "how"),
        ("who", ""),
        ("where", "where"),
    ],
)
def test_two_kinds_that_one_answer_may_fit_do_not_differ(ours: str, theirs: str) -> None:
    assert questions.differ(ours, theirs) is None


def test_it_does_not_matter_which_was_asked() -> None:
    for ours, theirs in itertools.combinations(ASKED, 2):
        assert bool(questions.differ(ours, theirs)) == bool(questions.differ(theirs, ours))
