from hypothesis import given
from hypothesis import strategies as st

from embeddings.encoders import text as texting


@given(st.text())
def test_proper_text_is_left_as_it_is(text: str) -> None:
    assert texting.readable(text) == text


def test_half_a_character_becomes_a_question_mark() -> None:
    assert texting.readable("a\ud83db") == "a?b"


def test_no_more_is_read_than_the_limit() -> None:
    assert texting.readable("abcdef", max_chars=3) == "abc"
    assert len(texting.readable("x" * 1_000_000)) == texting.MAX_CHARS
