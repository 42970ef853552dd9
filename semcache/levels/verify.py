"""May a near match be served? Pure: two texts and their similarity in, a verdict out.

The decision for now: the policy's threshold, and vetoes for numbers and negation, which cosine
similarity does not see (a question and the same with "not" score 0.99). What a text counts,
measures or denies must be equal on both sides after normalisation.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_NUMBER_WORDS = {
    "zero": "0",
    # No "one": "a week" is "one week", and "a good one" counts nothing.
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "billion": "1000000000",
}
_ORDINALS = {
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "fifth": "5",
    "sixth": "6",
    "seventh": "7",
    "eighth": "8",
    "ninth": "9",
    "tenth": "10",
}
_MULTIPLES = {"k": Decimal(1_000), "m": Decimal(1_000_000), "bn": Decimal(1_000_000_000)}
# A comma belongs to a number between groups of three only; dots may be many: versions.
_NUMBER = re.compile(
    r"(?P<sign>(?<!\w)[-−])?(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<dotted>(?:\.\d+)*)"
    r"(?:(?P<multiple>k|m|bn)\b)?"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MINUS = re.compile(r"\bminus (?=\d)")
_NEGATIONS = frozenset(
    {"not", "no", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "cannot"}
    | {"without", "except", "unless", "hardly", "barely", "isnt", "arent", "dont", "doesnt"}
    | {"wont", "cant", "didnt", "shouldnt", "wouldnt", "couldnt", "wasnt", "werent"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`veto` names the rule that spoke against, `reason` says why in words."""

    served: bool
    veto: str | None = None
    reason: str | None = None


def judge(asked: str, stored: str, *, similarity: float, threshold: float) -> Verdict:
    """Decide whether the answer to `stored` may be served to `asked`.

    Args:
        similarity: cosine of the two texts, -1 to 1.
        threshold: least similarity the policy allows.
    """
    if similarity < threshold:
        reason = f"similarity {similarity:.3f} is below the threshold {threshold:.3f}"
        return Verdict(served=False, veto="threshold", reason=reason)
    if asked.strip() == stored.strip():
        return Verdict(served=True)
    ours, theirs = numbers(asked), numbers(stored)
    if ours != theirs:
        reason = f"the numbers differ: {_say(ours)} against {_say(theirs)}"
        return Verdict(served=False, veto="numbers", reason=reason)
    if negations(asked) != negations(stored):
        reason = "one of the two is negated, or more often than the other"
        return Verdict(served=False, veto="negation", reason=reason)
    return Verdict(served=True)


def numbers(text: str) -> tuple[str, ...]:
    """List the numbers of a text in their order, normalised: "ten" and "10.0" are "10".

    Digits inside a word count too ("python3"), and what is not surely the same number stays as it
    is written ("3.10" is not "3.1", "007" is not "7").
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = _MINUS.sub("-", text)
    found = [(m.start(), _digits(m)) for m in _NUMBER.finditer(text)]
    for word in _WORD.finditer(text):
        value = _NUMBER_WORDS.get(word.group(0)) or _ORDINALS.get(word.group(0))
        if value is not None:
            found.append((word.start(), value))
    return tuple(value for _, value in sorted(found))


def negations(text: str) -> int:
    """Count the negations of a text."""
    words = (found.group(0).replace("’", "'") for found in _WORD.finditer(text.lower()))
    return sum(word.endswith("n't") or word.replace("'", "") in _NEGATIONS for word in words)


def _digits(found: "re.Match[str]") -> str:
    digits, dotted = found["digits"].replace(",", ""), found["dotted"]
    if dotted.count(".") == 1 and not dotted.strip(".0"):
        dotted = ""
    if found["multiple"] and dotted.count(".") <= 1:
        value = Decimal(digits + dotted) * _MULTIPLES[found["multiple"]]
        digits, dotted = f"{value.normalize():f}", ""
    return ("-" if found["sign"] else "") + digits + dotted


def _say(values: tuple[str, ...]) -> str:
    return ", ".join(values) or "none"
