import os
import random
import subprocess
import sys
import time

import pytest

from semcache.levels.verify import features, reading, signature, vetoes


def read(text: str) -> reading.Reading:
    return reading.read(text)


# ------------------------------------------------------------------ names
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Is it far to Oslo?", {"oslo"}),
        ("is it far to oslo?", {"oslo"}),
        ("Did Ada meet Babbage?", {"ada", "babbag"}),
        ("Cheap hotels near the lake", set()),
        ("DID ADA MEET THE KING OF SWEDEN?", {"sweden"}),
        ("How To Boil An Egg Without A Pot", set()),
        ("hotels in NYC", {"new-york-city"}),
        ("Wie brate ich Fisch mit Zitrone, und was ist das?", set()),
        ("I think That Thing is odd", set()),
    ],
)
def test_names_are_read_by_capitals_or_because_they_are_known(text: str, names: set[str]) -> None:
    assert read(text).names == names


# ------------------------------------------------------------------ what is spelt to the letter
@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("What does `os.walk` do?", {"os.walk"}),
        ("Edit main.py, please.", {"main.py"}),
        ("see https://a.test/x?y=1.", {"https://a.test/x?y=1"}),
        ("run ls -la in /var/log", {"-la", "/var/log"}),
        ("call parse_date() or toInt", {"parse_date", "toint"}),
        ("Is MAX_SIZE 0xFF?", {"max_size", "0xff"}),
        ("mail ann@example.com", {"ann@example.com"}),
        ("ticket ABC-123", {"abc-123"}),
        ("ping 10.0.0.1", {"10.0.0.1"}),
        ("Is a >= b?", {"[>=]"}),
        ("vitamin D", {"vitamin d"}),
        ("a well-known, half-hearted idea", set()),
        ("what is it, and/or why?", set()),
    ],
)
def test_code_paths_and_codes_are_identifiers(text: str, identifiers: set[str]) -> None:
    assert read(text).identifiers == identifiers


@pytest.mark.parametrize(
    "text",
    ['say "Good morning"', "say “good morning”", "say 'good  morning'", "say «Good Morning»"],
)
def test_quotes_are_read_whatever_their_marks(text: str) -> None:
    assert read(text).quotes == {"good morning"}


def test_an_apostrophe_quotes_nothing() -> None:
    assert read("the dogs' beds and the kids' rooms aren't clean").quotes == set()


# ------------------------------------------------------------------ denials and bounds
@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("it works", {0}),
        ("it does not work", {1}),
        ("it doesn't not work", {0}),
        ("it fails to work", {0, 1}),
        ("neither red nor blue", {1}),
        ("without sugar and without milk", {1}),
        ("not only red", {0}),
        ("whether or not it works", {0}),
    ],
)
def test_two_denials_are_none_and_a_soft_one_may_be_one(text: str, polarity: set[int]) -> None:
    assert read(text).polarity == polarity


@pytest.mark.parametrize(
    ("text", "stance"),
    [("Yes, do it", "yes"), ("No, do it", "no"), ("nope.", "no"), ("No man is an island", "")],
)
def test_a_yes_or_a_no_at_the_start_is_a_stance(text: str, stance: str) -> None:
    assert read(text).stance == stance


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("list all of them", {"~amount all"}),
        ("list every one of them", {"~amount all"}),
        ("only the first", {"extent only", "rank first"}),
        ("wages per month", {"rate month"}),
        ("monthly wages", {"rate month"}),
        ("in a nutshell", {"length short"}),
        ("at least three", {"bound least"}),
        ("for beginners", {"audience beginner"}),
        ("who wrote it", set()),
    ],
)
def test_bounds_are_read_by_class(text: str, scopes: set[str]) -> None:
    assert read(text).scopes == scopes


@pytest.mark.parametrize(
    ("word", "denied"), [("unsafe", "saf"), ("illegal", "legal"), ("useless", "use")]
)
def test_a_word_may_deny_another(word: str, denied: str) -> None:
    assert read(f"it is {word}").denials[denied] == word


@pytest.mark.parametrize("word", ["income", "inflammable", "design", "under", "invaluable"])
def test_a_word_that_begins_like_a_denial_may_deny_nothing(word: str) -> None:
    assert read(f"it is {word}").denials == {}


# ------------------------------------------------------------------ limits
def test_what_lies_beyond_the_limit_is_kept_apart() -> None:
    text = "x" * reading.READ_LIMIT + " 5"

    assert read(text).rest == " 5"
    assert read(text).quantities.measures == ()


_random = random.Random(1)
_MARKS = [chr(_random.randrange(0x300, 0x36F)) for _ in range(100_000)]
ADVERSARIAL = {
    "one letter": "a" * 100_000,
    "capitals": "A" * 3_990 + "é1" * 10,
    "digits": "1" * 100_000,
    "thousands": "1,000," * 20_000,
    "points": "1." * 50_000,
    "quotes": "\"'“«" * 25_000,
    "backticks": "`" * 99_999,
    "flags": "--a" * 33_000,
    "slashes": "/a" * 50_000,
    "addresses": "a." * 50_000 + "@",
    "camels": "aB" * 50_000,
    "denials": "not a b and neither " * 5_000,
    "comparisons": "compare a b c d e " * 5_000,
    "particles": "turn a b c " * 9_000,
    "numbers in words": "hundred and one " * 6_000,
    "fractions": "1/2 one half " * 9_000,
    "emojis": "😀🎉" * 50_000,
    "marks": "a" + "".join(_MARKS),
    "ligatures": "ﷺ" * 100_000,
    "white space": " \n" * 50_000,
    "questions": "how much does who what is " * 4_000,
    "any": "".join(chr(_random.randrange(32, 0xD7FF)) for _ in range(100_000)),
}


def test_no_text_takes_long_to_read_or_compare() -> None:
    begun = time.process_time()
    readings = [reading.read(text) for text in ADVERSARIAL.values()]
    for asked in readings:
        pair = vetoes.compare(asked, readings[-1])
        vetoes.objections(pair, caution="strict")
        features.measure(pair, similarity=0.9, votes=signature.Votes())

    # About 2 s, against minutes where a pattern goes astray.
    assert time.process_time() - begun < 5.0


SCRIPT = """
from semcache.levels.verify import reading, vetoes
asked = reading.read("Who was his mother, was she safe, and why is it in the income?")
stored = reading.read("Who was his father, was she unsafe, hazardous, comes coming?")
print(vetoes.objections(vetoes.compare(asked, stored), caution="strict"))
"""


def test_every_process_reads_the_same() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(3)
    }

    assert len(said) == 1
    assert b"mother" in said.pop()
