"""What kind of answer a text asks for: who, when, where, why, how many … Pure."""

import re

from semcache.levels.verify import lexicon

_CLOSED = re.compile(
    r"^\W*(?:(?:and|so|but|then|ok|hi|hey|hello|please),? )*(?:is|are|was|were|do|does|did|has"
    r"|have|can|could|should|will|would|may|must|am)\b(?! (?:you|someone|anyone) )"
)
_SENTENCE = re.compile(r"[.!?]\s+")
_EXTENTS = ("size", "height", "width", "length", "depth", "weight", "speed")
_PRECISE = frozenset(
    {"number", "price", "duration", "often", "age", "far", "when", "where", "who", "why"}
) | frozenset(_EXTENTS)
_APART = tuple(
    {open_, other}
    for open_, others in (
        ("how", ("why", "who", "when", "age", "number", "often", "far", *_EXTENTS)),
        ("whether", ("why", "who", "where", "when", "number")),
    )
    for other in others
)
_KINDRED = (
    frozenset({"duration", "when"}),
    frozenset({"number", "price"}),
    *(frozenset({"number", extent}) for extent in _EXTENTS),
    *(frozenset({"size", extent}) for extent in _EXTENTS),
    frozenset({"number", "often"}),
    frozenset({"number", "duration"}),
    frozenset({"number", "age"}),
    frozenset({"number", "far"}),
    frozenset({"duration", "far"}),
    frozenset({"duration", "length"}),
    frozenset({"duration", "speed"}),
    frozenset({"length", "far"}),
    frozenset({"size", "far"}),
)


def read(plain: str) -> str:
    """Say what a text asks for: the first kind that is named, "whether" for yes or no, or ""."""
    best = lexicon.questions().search(plain)
    closed = any(_CLOSED.match(sentence) for sentence in _SENTENCE.split(plain) if sentence)
    if best is None or (closed and best.start() > 0 and _CLOSED.match(plain)):
        return "whether" if closed else ""
    return str(best.lastgroup)


def differ(ours: str, theirs: str) -> str | None:
    """Say how two kinds of question differ; None where one answer may fit both."""
    if ours == theirs or not ours or not theirs or frozenset({ours, theirs}) in _KINDRED:
        return None
    pair = {ours, theirs}
    if pair <= _PRECISE or pair in _APART:
        return f'one asks "{ours}", the other "{theirs}"'
    return None
