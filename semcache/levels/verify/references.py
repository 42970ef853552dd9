"""What a turn points back at: its words alone do not say what it means. Pure, and English."""

import re
from collections.abc import Sequence
from itertools import pairwise

from semcache.levels.verify import reading, words

_FEW_WORDS = 2
_COVERED = frozenset({"", "en"})
_BACK = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|theirs|he|him|his|she|her|hers|one|ones"
    r"|such|same|former|latter|above|below|previous(?:ly)?|earlier|before|mentioned|said|told"
    r"|either|neither|both|each|another|others?|else|again|instead|also|too|then|there|rest"
    r"|remaining|first|second|third|fourth|fifth|last|next|final|your?|yes|yeah|yep|no|nope|okay"
    r"|ok|sure|please|continue|more|less|further|shorter|longer|simpler|better|worse|examples?)\b"
    r"|\A\W*(?:and|but|or|so|now|why|how so|what about|how about|go on|what if|what else)\b",
    re.IGNORECASE,
)

_YES = re.compile(r"\W*(?:yes|yeah|yep|yup|sure|okay|ok|of course|right|correct)\b", re.IGNORECASE)
_NO = re.compile(r"\W*(?:no|nope|nah|never|don['’]?t|do not|wrong)\b", re.IGNORECASE)


def back(turn: str, *, before: Sequence[str] = ()) -> str:
    """Give the word by which a turn points back, or what else makes it need what was before it.

    "" where it speaks for itself, as far as can be seen.

    Args:
        before: the user's turns before it: "the plant" is theirs, where they speak of a plant.
    """
    if found := _BACK.search(turn):
        return f'"{found[0].strip()}"'
    known = {words.stem(word) for earlier in before for word in words.split(earlier.lower())}
    for article, word in pairwise(words.split(turn.lower())):
        if article == "the" and words.stem(word) in known:
            return f'"the {word}"'
    read = reading.read(turn)
    if read.language not in _COVERED:
        return "a language that is not covered"
    return "few words" if len(read.content) < _FEW_WORDS else ""


def stance(turn: str) -> int:
    """Say whether a turn begins with a yes (1), a no (-1), or neither (0)."""
    return int(bool(_YES.match(turn))) - int(bool(_NO.match(turn)))
