"""Direction: from where to where, from what into what, who does it to whom. Pure."""

import re
from collections.abc import Iterable, Sequence

from semcache.levels.verify.words import Word

_TOWARDS = frozenset(
    {
        "to",
        "into",
        "onto",
        "towards",
        "toward",
        "over",
        "on",
        "than",
        "against",
        "for",
        "instead",
        "minus",
        "under",
    }
)
_FROM = frozenset({"from", "off"})
_DETERMINERS = frozenset("the a an my your his her our their its this that every each".split())
_REACH = 4
_MARKS = re.compile(
    r"\b(?:difference|differences|compare|comparison|between|versus|vs|both|together|similarities|either)\b"
)
_DONE = (
    "made built sold bought done born sent taught led paid fed held hit beat won lost sung struck"
)
# Two numbers whose order matters.
_ORDER = re.compile(
    r"(?<![\d.,])(\d[\d.,]*) ?(?:[-−/^<>]|\*\*|<=|>=|divided by|minus|to(?: the power of)?|out of"
    r"|[^.?!\d]{0,20} than) ?(?=(\d[\d.,]*))|\bdivide (\d[\d.,]*) by (\d[\d.,]*)"
)
_TAKEN = re.compile(r"(?<![\d.,])(\d[\d.,]*) from (\d[\d.,]*)")
_PATIENT = re.compile(
    r"\b(?:who|whom|what|which)(?: \w+){0,2}? (?:do|does|did)\b(?! (?:you|i|we|it)\b)"
    r"|\b(?:who|what|which \w+) (?:is|are|was|were|got|gets) \w+(?:ed|en|t|n) by\b"
)
_AGENT = re.compile(
    r"\b(?:who|what) (?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may"
    r"|must|to|about|if|the|a|an|i|you|we|they|it|my|your)\b)\w|\bby whom\b"
)
_MUTUAL = re.compile(
    r"\b(?:marr(?:y|ied|ies)|met|meets?|border(?:s|ed)?|equals?|rhymes?|play(?:s|ed)?|fought|dat(?:ed|ing))\b"
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|got|gets)(?: \w+){0,2} "
    rf"(?:\w+ed|\w+en|{'|'.join(_DONE.split())})\b.*\bby\b|\bby whom\b|\b\w+ed by\b"
)


def read(words: Sequence[Word], *, topical: frozenset[str]) -> frozenset[tuple[str, str]]:
    """List what leads to what: "A to B", "to B from A", "A into B", "A over B" lead from A to B.

    Args:
        topical: the names of the words that carry the topic.
    """
    found = set()
    for place, word in enumerate(words):
        if word.said in _TOWARDS or word.said in _FROM:
            before = _run(reversed(words[:place]), topical)
            after = _run(words[place + 1 :], topical)
            pairs = {(x, y) for x in before for y in after if x != y}
            found |= {(y, x) for x, y in pairs} if word.said in _FROM else pairs
    return frozenset(found)


def ordered(plain: str) -> frozenset[tuple[str, str]]:
    """List numbers in an order that matters: "from 3 to 5", "10 / 2", "subtract 3 from 5"."""
    if sum(c.isdigit() for c in plain) < 2:  # noqa: PLR2004 - a pair of them
        return frozenset()
    found = [(m[1] or m[3], m[2] or m[4]) for m in _ORDER.finditer(plain)]
    found += [(m[2], m[1]) for m in _TAKEN.finditer(plain)]
    pairs = ((x.rstrip(".,"), y.rstrip(".,")) for x, y in found)
    return frozenset((x, y) for x, y in pairs if x != y)


def gap(plain: str) -> str:
    """Say whether a text asks who does it ("doer") or to whom it is done ("done"); or ""."""
    if _MUTUAL.search(plain):
        return ""
    if _PATIENT.search(plain):
        return "done"
    return "doer" if _AGENT.search(plain) else ""


def _run(words: Iterable[Word], topical: frozenset[str]) -> list[str]:
    """Give the topical words nearest to a place, that stand together."""
    found: list[str] = []
    for distance, word in enumerate(words):
        if word.name in topical:
            found.append(word.name)
        elif found or distance >= _REACH:
            break
    return found[:_REACH]


def triples(
    words: Sequence[Word], *, content: frozenset[Word], names: frozenset[str]
) -> frozenset[tuple[str, str, str]]:
    """List who does what to whom, as order tells it: two that are named, and what is between."""
    topical = [(place, word) for place, word in enumerate(words) if word in content]
    return frozenset(
        (x.name, v.name, y.name)
        for (at, x), (_, v), (to, y) in zip(topical, topical[1:], topical[2:], strict=False)
        if _named(words, at, names) and _named(words, to, names)
    )


def _named(words: Sequence[Word], place: int, names: frozenset[str]) -> bool:
    """Say whether a word stands for somebody or something that is known."""
    return words[place].name in names or (place > 0 and words[place - 1].said in _DETERMINERS)


def symmetric(plain: str) -> bool:
    """Say whether the order of what is named does not matter."""
    return bool(_MARKS.search(plain))


def passive(plain: str) -> bool:
    return bool(_PASSIVE.search(plain))
