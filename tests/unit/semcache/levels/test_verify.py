import pytest
from hypothesis import given
from hypothesis import strategies as st

from semcache.levels import verify
from semcache.levels.verify import Verdict


def judge(asked: str, stored: str, similarity: float = 0.99) -> Verdict:
    return verify.judge(asked, stored, similarity=similarity, threshold=0.90)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("How do I reset my password?", "How can I reset my password?"),
        ("What is the capital of France?", "France's capital is which city?"),
        ("Name ten rivers.", "Name 10 rivers."),
        ("Name 10 rivers.", "Name 10.0 rivers."),
        ("Is 1,000 a lot?", "Is 1000 a lot?"),
        ("Is 1k a lot?", "Is 1,000 a lot?"),
        ("Is 1.5k a lot?", "Is 1500 a lot?"),
        ("Is 2m a lot?", "Is 2,000,000 a lot?"),
        ("Who was the first president?", "Who was the 1st president?"),
        ("The 3rd law of Newton?", "The third law of Newton?"),
        ("Sum 1 and 2.", "Add up 1 and 2."),
        ("How cold is -5 degrees?", "How cold is \u22125 degrees?"),
        ("Which one is best?", "Which is best?"),
        ("Is one of them ill?", "Is any of them ill?"),
        ("Why isn't it working?", "Why is it not working?"),
        ("Why isn\u2019t it working?", "Why isn't it working?"),
        ("I can't log in", "I cannot log in"),
        ("I dont see it", "I don't see it"),
        ("  Same to the letter, not 5 ", "Same to the letter, not 5"),
    ],
)
def test_the_same_question_in_other_words_is_served(asked: str, stored: str) -> None:
    assert judge(asked, stored) == Verdict(served=True)
    assert judge(stored, asked).served


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Name 10 rivers.", "Name 11 rivers."),
        ("Name ten rivers.", "Name eleven rivers."),
        ("Name ten rivers.", "Name rivers."),
        ("Is 1,000 a lot?", "Is 10,000 a lot?"),
        ("Is 1k a lot?", "Is 1m a lot?"),
        ("Is 5% a lot?", "Is 50% a lot?"),
        ("What is 0.1 + 0.2?", "What is 0.1 + 0.3?"),
        ("How cold is -5 degrees?", "How cold is 5 degrees?"),
        ("How cold is minus 5 degrees?", "How cold is 5 degrees?"),
        ("Is python2 dead?", "Is python3 dead?"),
        ("What is new in Python 3.10?", "What is new in Python 3.1?"),
        ("What is new in Python 3.11?", "What is new in Python 3.12?"),
        ("What broke in v1.2.3?", "What broke in v1.2.4?"),
        ("What broke in 1.2.3?", "What broke in 1.23?"),
        ("Who was the 1st president?", "Who was the 2nd president?"),
        ("Who was the first president?", "Who was the third president?"),
        ("The 21st century", "The 20th century"),
        ("From 3 to 5", "From 5 to 3"),
        ("Read pages 1,2,3", "Read pages 123"),
        ("Add 1,2", "Add 12"),
        ("What happened on 2024-01-02?", "What happened on 2024-02-01?"),
        ("three thousand dollars", "three million dollars"),
        ("5 thousand dollars", "5 billion dollars"),
        ("What does error 0123 mean?", "What does error 123 mean?"),
        ("Solve x\u00b2 = 4", "Solve x\u00b3 = 4"),
        ("GPT-4 prices", "GPT-3 prices"),
        ("Is 12345678901234567 prime?", "Is 12345678901234568 prime?"),
    ],
)
def test_a_question_with_another_number_is_not_served(asked: str, stored: str) -> None:
    verdict = judge(asked, stored)

    assert not verdict.served
    assert verdict.veto == "numbers"
    assert not judge(stored, asked).served


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Is it safe to eat?", "Is it not safe to eat?"),
        ("Is it safe to eat?", "Isn't it safe to eat?"),
        ("Should I call?", "Should I never call?"),
        ("Cook with salt", "Cook without salt"),
        ("Why can I log in?", "Why can't I log in?"),
        ("Why can I log in?", "Why can\u2019t I log in?"),
        ("Why can I log in?", "Why cannot I log in?"),
        ("Who came?", "Nobody came?"),
        ("Is there a train?", "Is there no train?"),
        ("All of them", "None of them"),
        ("Which are red and blue?", "Which are not red and not blue?"),
        ("Why should I go?", "Why shouldnt I go?"),
        ("Why did it work?", "WHY DID IT NOT WORK?"),
    ],
)
def test_a_question_turned_into_its_opposite_is_not_served(asked: str, stored: str) -> None:
    verdict = judge(asked, stored)

    assert not verdict.served
    assert verdict.veto == "negation"
    assert not judge(stored, asked).served


def test_below_the_threshold_nothing_is_served_and_at_it_is() -> None:
    assert judge("a", "b", 0.90).served
    below = judge("a", "b", 0.899)

    assert not below.served
    assert below.veto == "threshold"


def test_a_verdict_says_why() -> None:
    assert judge("a", "b", 0.5).reason == "similarity 0.500 is below the threshold 0.900"
    assert judge("ten rivers", "rivers").reason == "the numbers differ: 10 against none"
    assert "negated" in (judge("go", "do not go").reason or "")


texts = st.text(max_size=20) | st.lists(
    st.sampled_from(
        [
            "no",
            "not",
            "1",
            "1,000",
            "1k",
            "ten",
            "3.10",
            "1st",
            "-5",
            "²",
            "½",
            "٣",
            "one",
            "of",
            ",",
            ".",
            "k",
            "can't",
            "third",
            "−",
        ]
    )
).map(" ".join)


@given(text=texts, similarity=st.floats(0.9, 1))
def test_a_question_always_answers_itself(text: str, similarity: float) -> None:
    assert judge(text, text, similarity).served


@given(asked=texts, stored=texts)
def test_it_does_not_matter_which_came_first(asked: str, stored: str) -> None:
    assert judge(asked, stored).veto == judge(stored, asked).veto


@given(value=st.integers(0, 10**14))
def test_thousands_may_be_parted_by_commas(value: int) -> None:
    assert verify.numbers(f"about {value:,} of them") == verify.numbers(f"about {value} of them")


@given(one=st.integers(0, 10**20), other=st.integers(0, 10**20))
def test_different_numbers_are_different(one: int, other: int) -> None:
    same = verify.numbers(f"page {one}") == verify.numbers(f"page {other}")

    assert same == (one == other)
