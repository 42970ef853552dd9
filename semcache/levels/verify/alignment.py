"""Which words of two texts say the same, and which are left over. Pure."""

from itertools import pairwise
from typing import NamedTuple

from semcache.levels.verify import lexicon, reading
from semcache.levels.verify.reading import Reading
from semcache.levels.verify.words import Word

_PAIRS = 4_000
"""Of left-over words, that are compared letter by letter; more would hold the event loop up."""

_TYPO_LENGTH, _TWO_TYPOS_LENGTH = 5, 9
_SHORTEST_RUN, _LONGEST_RUN = 3, 5
_ROOT_LENGTH, _ENDING_LENGTH = 5, 5


class Alignment(NamedTuple):
    """`shared`: the names both texts have. `ours`, `theirs`: words without a counterpart."""

    shared: tuple[str, ...]
    ours: tuple[Word, ...]
    theirs: tuple[Word, ...]


def align(asked: Reading, stored: Reading) -> Alignment:
    """Match the content words of two texts: by name, then by root, then in spite of a typo."""
    mine, other = asked.topics, stored.topics
    shared = [name for name in mine if name in other]
    left = [word for name, word in mine.items() if name not in other]
    right = [word for name, word in other.items() if name not in mine]
    if left and right and len(left) * len(right) <= _PAIRS:
        shared += _pair_off(left, right)
    if left:
        shared += _spell_out(left, right, stored)
    if right:
        shared += _spell_out(right, left, asked)
    return Alignment(shared=tuple(shared), ours=tuple(left), theirs=tuple(right))


def _pair_off(left: list[Word], right: list[Word]) -> list[str]:
    """Take out of both lists what is one word in two spellings."""
    initials = {word.said[0] for word in right}
    found = []
    for word in tuple(left):
        if word.said[0] in initials and (twin := next((w for w in right if alike(word, w)), None)):
            found.append(word.name)
            left.remove(word)
            right.remove(twin)
    return found


def _spell_out(left: list[Word], right: list[Word], text: Reading) -> list[str]:
    """Take out what the other text spells in parts: "data base", or what initials stand for."""
    found = []
    for word in tuple(left):
        if parts := _parts(word.said.replace("-", ""), text):
            found.append(word.name)
            left.remove(word)
            right[:] = [w for w in right if w.name not in parts]
    return found


def _parts(said: str, text: Reading) -> frozenset[str]:
    """Give the two words that make up one, or the three to five whose initials it is."""
    if len(said) < _SHORTEST_RUN:
        return frozenset()
    if said in text.initials and len(said) <= _LONGEST_RUN:
        spelt = [word for word in text.words if word.said not in reading.SMALL]
        place = text.initials.index(said)
        return frozenset(word.name for word in spelt[place : place + len(said)])
    if said in text.joined:
        for one, two in pairwise(text.words):
            if one.said + two.said == said:
                return frozenset({one.name, two.name})
    return frozenset()


def alike(ours: Word, theirs: Word) -> bool:
    """Say whether two words are one in two spellings."""
    one, two = ours.said, theirs.said
    if one == two or ours.name == theirs.name:
        return True
    if not (one.isalpha() and two.isalpha()) or one[0] != two[0]:
        return False
    known = lexicon.names()
    if one in known and two in known:  # "mauritania" and "mauritius"
        return min(len(one), len(two)) > _ROOT_LENGTH and (one in two or two in one)
    if min(len(one), len(two)) >= _ROOT_LENGTH and _same_root(one, two):
        return True
    return _mistyped(ours, theirs)


def _mistyped(ours: Word, theirs: Word) -> bool:
    """Say whether one of two words is the other with a typo; two usual words are two words."""
    one, two = ours.said, theirs.said
    if min(len(one), len(two)) < _TYPO_LENGTH:
        return False
    if lexicon.frequencies().get(ours.name, 0) and lexicon.frequencies().get(theirs.name, 0):
        return False
    allowed = 2 if min(len(one), len(two)) >= _TWO_TYPOS_LENGTH else 1
    return distance(one, two, limit=allowed) <= allowed


def distance(one: str, two: str, *, limit: int) -> int:
    """Count the edits between two words; a swap of neighbours is one. Stops beyond `limit`."""
    if abs(len(one) - len(two)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, start=1):
        oldest, before, row = before, row, [i] + [0] * len(two)
        for j, b in enumerate(two, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], oldest[j - 2] + 1)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def _same_root(one: str, two: str) -> bool:
    """Say whether two words differ in their endings only ("translate", "translation")."""
    common = 0
    while common < min(len(one), len(two)) and one[common] == two[common]:
        common += 1
    ending = max(len(one), len(two)) - common
    return common >= _ROOT_LENGTH and ending <= _ENDING_LENGTH and common >= ending + 2
