"""May a near match be served? Pure: two texts and their similarity in, a verdict out.

The decision for now: the policy's threshold, and vetoes for numbers and negation, which cosine
similarity does not see (a question and the same with "not" score 0.99). What a text counts,
measures or denies must be equal on both sides after normalisation.
"""

import re
from dataclasses import dataclass

_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {
    word: str(value)
    for value, word in zip(
        range(30, 101, 10),
        "thirty forty fifty sixty seventy eighty ninety hundred".split(),
        strict=True,
    )
}
_ORDINALS = {
    word: str(value)
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1
    )
}
_MULTIPLES = {"k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}
_NUMBER = re.compile(r"(?:(?<!\w)[-−])?\d[\d,]*(?:\.\d+)?(?:(k|m|bn)\b)?")
_EXACT_DIGITS = 15  # a double holds no more
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# "no one" and "one of" count nothing.
_NOT_COUNTED = re.compile(r"\b(?:no|any|every|some|which|this|that) one\b|\bone (?:of|by|another)\b")
_NEGATIONS = frozenset(
    "not no never none nobody nothing nowhere neither nor cannot without except unless "
    "hardly barely isnt arent dont doesnt wont cant".split()
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
        return Verdict(served=False, veto="negation", reason="one of the two is negated")
    return Verdict(served=True)


def numbers(text: str) -> tuple[str, ...]:
    """List the numbers of a text in their order, normalised: "ten" and "10.0" are "10"."""
    text = _NOT_COUNTED.sub(" ", text.lower())
    found = [(m.start(), _digits(m.group(0), m.group(1))) for m in _NUMBER.finditer(text)]
    for word in _WORD.finditer(text):
        value = _NUMBER_WORDS.get(word.group(0)) or _ORDINALS.get(word.group(0))
        if value is not None:
            found.append((word.start(), value))
    for ordinal in re.finditer(r"(?<!\w)(\d+)(?:st|nd|rd|th)\b", text):
        found = [f for f in found if f[0] != ordinal.start()]
        found.append((ordinal.start(), ordinal.group(1)))
    return tuple(value for _, value in sorted(found))


def negations(text: str) -> int:
    """Count the negations of a text, modulo two: a double negation affirms."""
    words = (word.replace("’", "'") for word in _WORD.findall(text.lower()))
    return sum(word.endswith("n't") or word.replace("'", "") in _NEGATIONS for word in words) % 2


def _digits(written: str, multiple: str | None) -> str:
    bare = written.removesuffix(multiple or "").replace(",", "").replace("−", "-")
    if len(bare) > _EXACT_DIGITS:
        return bare
    value = float(bare) * (_MULTIPLES[multiple] if multiple else 1)
    return str(int(value)) if value.is_integer() else str(value)


def _say(values: tuple[str, ...]) -> str:
    return ", ".join(values) or "none"
