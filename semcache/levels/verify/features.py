"""A pair in numbers. Pure.

Rarity of a word: ln(N / count) over the texts the pooled model was trained on, so that a left-over
"parmesan" weighs more than a left-over "thing".
"""

import functools
import math
from collections.abc import Iterable

from semcache.levels.verify import lexicon
from semcache.levels.verify.signature import Votes
from semcache.levels.verify.vetoes import Pair
from semcache.levels.verify.words import Word

NAMES = (
    "similarity",  # cosine of the two texts
    "support",  # answers of near candidates that agree with this one's
    "dissent",  # those that do not
    "shared",  # share of the rarity of all topical words that both texts have
    "left_asked",  # rarity of the topical words that only the asked text has
    "left_stored",  # that only the stored text has
    "left_both",  # the lesser of the two: something was exchanged, not only added
    "rarest_both",  # of the rarest word left on either side, the lesser
    "trigrams",  # Dice's share of common character trigrams
    "exchanged",  # 1 where both texts have a topical word of their own
    "edit",  # trigrams where exchanged: all the same but for a word or two
    "kept",  # similarity where exchanged: what the exchange left of it
    "length",  # |ln| of the ratio of the numbers of words
    "words",  # ln of the number of topical words in the shorter text
    "question",  # 1 the same kind of question, 0 unknown, -1 another
    "order",  # share of the shared words that stand in the same order
    "lone_numbers",  # numbers, units, dates that one text adds
    "lone_names",  # names, identifiers, quotes that one text adds
    "lone_scopes",  # bounds that one text adds
    "same",  # 1 where the same words stand in the same order, and nothing is added
    "soft_denial",  # one text denies softly ("fails to") and the other does not
)

_TEXTS = 70_000
_LIMIT = 30.0


def measure(pair: Pair, *, similarity: float, votes: Votes) -> tuple[float, ...]:
    """Measure a pair, in the order of NAMES."""
    aligned, found = pair.aligned, pair.differences
    ours, theirs = rarity(aligned.ours), rarity(aligned.theirs)
    shared = sum(_rare(name) for name in aligned.shared)
    trigrams = dice(pair.asked.trigrams, pair.stored.trigrams)
    exchanged = float(bool(aligned.ours) and bool(aligned.theirs))
    order = _order(pair)
    counts = len(pair.asked.words) or 1, len(pair.stored.words) or 1
    return (
        similarity,
        votes.support,
        votes.dissent,
        shared / ((shared + ours + theirs) or 1.0),
        min(ours, _LIMIT),
        min(theirs, _LIMIT),
        min(ours, theirs, _LIMIT),
        min(_rarest(aligned.ours), _rarest(aligned.theirs)),
        trigrams,
        exchanged,
        exchanged * trigrams,
        exchanged * similarity,
        abs(math.log(counts[0] / counts[1])),
        math.log(1 + min(len(pair.asked.content), len(pair.stored.content))),
        _questions(pair.asked.question, pair.stored.question),
        order,
        float(sum(side.any for side in (found.numbers, found.units, found.dates))),
        float(sum(side.any for side in (found.names, found.identifiers, found.quotes))),
        float(len(found.scopes.ours) + len(found.scopes.theirs)),
        float(not (ours or theirs or found.any) and order == 1.0),
        float(bool(pair.asked.soft) != bool(pair.stored.soft)),
    )


def rarity(words: Iterable[Word]) -> float:
    """Sum the rarity of words."""
    return sum(_rare(word.name) for word in words)


def dice(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """Give Dice's coefficient of two sets; 1 for two empty ones."""
    total = len(ours) + len(theirs)
    return 2 * len(ours & theirs) / total if total else 1.0


@functools.lru_cache(maxsize=65_536)
def _rare(name: str) -> float:
    return math.log(_TEXTS / (1 + lexicon.frequencies().get(name, 0))) / 2


def _rarest(words: Iterable[Word]) -> float:
    return max((_rare(word.name) for word in words), default=0.0)


def _questions(ours: str, theirs: str) -> float:
    if not ours or not theirs:
        return 0.0
    return 1.0 if ours == theirs else -1.0


def _order(pair: Pair) -> float:
    """Give the share of shared words that stand in one order: the longest rising run of places."""
    shared = set(pair.aligned.shared)
    places = {word.name: place for place, word in reversed(list(enumerate(pair.stored.content)))}
    row = [places[w.name] for w in pair.asked.content if w.name in shared and w.name in places]
    if len(row) < 2:  # noqa: PLR2004 - one word stands in order
        return 1.0
    best: list[int] = []
    for place in row:
        at = next((i for i, end in enumerate(best) if end >= place), len(best))
        best[at : at + 1] = [place]
    return len(best) / len(row)
