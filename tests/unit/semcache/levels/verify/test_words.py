import pytest

from semcache.levels.verify import words


def names(text: str) -> list[str]:
    return [word.name for word in words.fold(words.split(words.plain(text)))]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It DOESN'T  open", "it does not open"),
        ("It doesn’t open", "it does not open"),
        ("It doesnt open", "it does not open"),
        ("I can't", "i can not"),
        ("I cannot", "i can not"),
        ("It won't start", "it will not start"),
        ("a no\nmore than\t5", "a at most 5"),
        ("not less than 5", "at least 5"),
        ("tea with no milk", "tea without milk"),
        ("neither red nor blue", "not red or blue"),
        ("turn the light off", "turn-off the light"),
        ("Ann's car", "ann car"),
        ("the U.S. army", "the usa army"),
        ("the US army", "the usa army"),
        ("tell us more", "tell us more"),
        ("TELL US MORE", "tell us more"),
        ("x² and 10³", "x^2 and 10^3"),
        ("1½ cups", "1 1⁄2 cups"),  # noqa: RUF001 - what a keyboard writes
        ("٣ and ३", "3 and 3"),
        ("k8s", "kubernetes"),
        ("half a dozen", "6"),
    ],
)
def test_what_is_written_in_many_ways_is_written_in_one(text: str, plain: str) -> None:
    assert words.plain(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Can you tell me the way?",
        "Could you please tell me the way?",
        "Couldn't you tell me the way?",
        "I was wondering: the way?",
        "Thanks a lot! The way?",
        "I'm not sure about the way?",
        "Sorry to bother you, the way?",
    ],
)
def test_what_people_say_around_a_request_is_cut(text: str) -> None:
    assert " ".join(words.split(words.plain(text))) == "the way"


@pytest.mark.parametrize("text", ["why not use it?", "do not use it", "not sure things"])
def test_a_denial_that_says_something_is_not_cut_as_chatter(text: str) -> None:
    assert "not" in words.split(words.plain(text))


@pytest.mark.parametrize(
    "forms",
    [
        "paint paints painted painting",
        "try tries tried trying",
        "stop stops stopped stopping",
        "box boxes boxed boxing",
        "bake bakes baked baking",
        "quick quickly",
    ],
)
def test_all_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({words.stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize("word", ["news", "bus", "gas", "always", "of", "c++", "b2b", "mp3"])
def test_what_is_no_inflection_is_not_cut(word: str) -> None:
    assert words.stem(word) == word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("new york city", "NYC"),
        ("machine learning", "ML"),
        ("switch the lights off", "turn off the lights"),
        ("a regular expression", "a regex"),
        ("log in", "sign in"),
        ("purchase", "buying"),
    ],
)
def test_names_of_one_thing_are_one_name(one: str, other: str) -> None:
    assert names(one) == names(other)


def test_the_longest_known_phrase_is_read() -> None:
    (word, *rest) = words.fold(["new", "york", "city", "hall"])

    assert (word.said, [w.said for w in rest]) == ("new-york-city", ["hall"])
