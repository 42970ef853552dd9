"""Do two answers say the same? Pure; the judge of the audit.

Two honest answers to one question differ in wording, length and lists, so the shorter one is
measured by the longer: what it says of numbers, names and yes or no must stand there too. What is
not clear is for a judge model to say, and where there is none it counts as wrong.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semcache.levels.verify import lexicon

ALIKE, UNLIKE = 0.75, 0.45
"""Cosine of two answers: from where on they say the same, and below which they do not.

Set by eye on forty pairs of answers written for it. How much their words agree is no help here: an
answer to the opposite question shares more of them than an honest rewording.
"""

_KEY_WORDS = 80
"""Whose numbers and names matter: those of an answer's beginning."""
_BRIEF_WORDS = 25
_TERSE_WORDS = 8
_ROUGH = 10_000.0
_ROUGHLY = 0.01

_MARKER = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•#]+)[ \t]+", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,])\d+(?:\.\d+)?")
_ASIDE = re.compile(r"\([^()]*\)")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w’'-]+|\b[A-Z]{2,}\b")
_DENIAL = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|cannot|without|neither|nor|unsafe|false|incorrect)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\W*(yes|no|true|false|correct|incorrect)\b", re.IGNORECASE)
_YES = frozenset({"yes", "true", "correct"})
_NAMED = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_IDLE = frozenset({"up", "down", "on", "off", "in", "out", "more", "less", "to", "from", "with"})
"""Opposites that mean little within an answer."""
_COUNTS = {word: str(value) for value, word in enumerate(_NAMED, start=2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a completion says: its text, or the tools it calls."""

    text: str
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether two answers say the same, None where that is not clear; and why, in words.

    `unlike`: they are about different things altogether.
    """

    same: bool | None
    reason: str
    unlike: bool = False


def read(completion: Mapping[str, Any]) -> Said:
    """Read the first choice of a chat completion; a refusal is what it says."""
    choices = completion.get("choices") or [{}]
    message = choices[0].get("message") or {}
    content = message.get("content") or message.get("refusal") or ""
    functions = [call.get("function") or {} for call in message.get("tool_calls") or ()]
    calls = sorted(f"{f.get('name')} {''.join(str(f.get('arguments')).split())}" for f in functions)
    return Said(text=content if isinstance(content, str) else str(content), calls=tuple(calls))


def plainly(ours: Said, theirs: Said) -> Verdict | None:
    """Decide what can be decided by reading alone; None where their likeness must be known."""
    if ours.calls or theirs.calls:
        same = ours.calls == theirs.calls
        return Verdict(same=same, reason=f"the tool calls are {'the same' if same else 'others'}")
    one, other = _normal(ours.text), _normal(theirs.text)
    if not one or not other:
        return Verdict(same=None, reason="one of the answers has no words")
    if one == other:
        return Verdict(same=True, reason="the answers are the same, word for word")
    short, long = sorted((_plain(ours.text), _plain(theirs.text)), key=len)
    for differ in (_numbers, _polarity, _opposites, _names):
        if verdict := differ(short, long):
            return verdict
    return None


def compare(ours: Said, theirs: Said, *, similarity: float) -> Verdict:
    """Decide by likeness, once reading alone found nothing.

    Args:
        similarity: cosine of the two answers' vectors.
    """
    measured = f"similarity {similarity:.2f}"
    if similarity >= ALIKE:
        return Verdict(same=True, reason=f"the answers are alike: {measured}")
    short, long = sorted((_normal(ours.text), _normal(theirs.text)), key=len)
    if len(short.split()) <= _TERSE_WORDS and f" {short} " in f" {long} ":
        return Verdict(same=True, reason="the short answer stands in the long one")
    if similarity < UNLIKE:
        return Verdict(same=False, reason=f"the answers are not alike: {measured}", unlike=True)
    return Verdict(same=None, reason=f"it is not clear: {measured}")


def _numbers(short: str, long: str) -> Verdict | None:
    beginning = _ASIDE.sub(" ", _beginning(short))
    key, known = _NUMBER.findall(beginning), list(_figures(long))
    missing = [value for value in key if not any(_equal(value, other) for other in known)]
    if not missing:
        return None
    words = f"the numbers differ: {', '.join(missing[:5])} stands in one of them only"
    if known and (len(short.split()) <= _BRIEF_WORDS or 2 * len(missing) > len(key)):
        return Verdict(same=False, reason=words)
    return Verdict(same=None, reason=words)


def _polarity(short: str, long: str) -> Verdict | None:
    (one, plain), (other, explicit) = _stance(short), _stance(long)
    if one == other:
        return None
    if plain and explicit:
        return Verdict(same=False, reason="one says yes, the other no")
    return Verdict(same=None, reason="one of them denies, the other does not")


def _opposites(short: str, long: str) -> Verdict | None:
    """Find a contrast of which each answer has another side only."""
    one, other = (_sides(text) for text in (short, long))
    for word, sides in one.items():
        for side in sides:
            theirs = [w for w, found in other.items() if -side in found]
            ours_too = any(-side in found for found in one.values())
            if theirs and not ours_too and not any(side in found for found in other.values()):
                words = f"{word} stands in one of them, {theirs[0]} in the other"
                return Verdict(same=None, reason=words)
    return None


def _sides(text: str) -> dict[str, frozenset[int]]:
    """List the words of a beginning that have an opposite, with the contrasts they stand in."""
    known = lexicon.antonyms()
    said = _WORD.findall(_beginning(text).lower())
    return {word: known[word] for word in said if word in known and word not in _IDLE}


def _names(short: str, long: str) -> Verdict | None:
    known = {word.lower() for word in _WORD.findall(long)}
    names = {name.lower().removesuffix("'s") for name in _NAME.findall(_beginning(short))}
    missing = sorted(name for name in names if not set(_WORD.findall(name)) & known)
    if 2 * len(missing) <= len(names):
        return None
    return Verdict(same=None, reason=f"{', '.join(missing[:5])} stands in one of them only")


def _stance(text: str) -> tuple[bool, bool]:
    """Say whether an answer begins with a yes, and whether in so many words."""
    if found := _FIRST.match(text):
        return found.group(1).lower() in _YES, True
    return not _DENIAL.search(_SENTENCE.split(text.strip(), maxsplit=1)[0]), False


def _figures(text: str) -> Iterator[str]:
    """Give the numbers of a text, in digits or as words."""
    yield from _NUMBER.findall(text)
    for word in _WORD.findall(text.lower()):
        if word in _COUNTS:
            yield _COUNTS[word]


def _equal(one: str, other: str) -> bool:
    """Say whether two numbers agree as far as the rougher one goes."""
    places = min(len(number.partition(".")[2]) for number in (one, other))
    ours, theirs = (float(number.replace(",", "")) for number in (one, other))
    if round(ours, places) == round(theirs, places):
        return True
    return min(ours, theirs) >= _ROUGH and abs(ours - theirs) <= _ROUGHLY * max(ours, theirs)


def _beginning(text: str) -> str:
    """Cut a text after its first words, with their punctuation."""
    return " ".join(text.split(" ", _KEY_WORDS)[:_KEY_WORDS])


def _plain(text: str) -> str:
    """Take off what only lays a text out."""
    bare = _MARKER.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"[*_`]+", "", bare)


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(_plain(text).casefold()))
