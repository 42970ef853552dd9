"""What speaks against a pair, whatever its probability. Pure; each veto says why, in words.

Cosine similarity does not see these: a question and the same with another number, another name or
a "not" score 0.99. Each veto compares what `reading` has brought into one spelling, so that "ten"
and "10", "doesn't" and "does not", "NYC" and "New York" are no difference.
"""

import itertools
import re
from collections.abc import Callable
from typing import NamedTuple

from semcache.levels.verify import alignment, differences, questions, words
from semcache.levels.verify.alignment import Alignment
from semcache.levels.verify.differences import Differences, Sides, say
from semcache.levels.verify.reading import Reading
from semcache.types.decision import Caution, Objection

_YEAR = re.compile(r"(?:19|20)\d\d")
_DENIED = 4
_COVERED = frozenset({"", "en"})


class Pair(NamedTuple):
    """Two texts side by side."""

    asked: Reading
    stored: Reading
    aligned: Alignment
    differences: Differences


Veto = Callable[[Pair], str | None]


def compare(asked: Reading, stored: Reading) -> Pair:
    """Lay two texts side by side."""
    aligned = alignment.align(asked, stored)
    found = differences.between(asked, stored, aligned)
    return Pair(asked=asked, stored=stored, aligned=aligned, differences=found)


def objections(pair: Pair, *, caution: Caution) -> tuple[Objection, ...]:
    """List what speaks against serving the answer to `stored` for `asked`.

    Args:
        caution: towards languages that the word lists do not cover.
    """
    if pair.asked.text.strip() == pair.stored.text.strip():
        return ()
    found = [
        Objection(veto=name, reason=reason)
        for name, veto in VETOES.items()
        if (reason := veto(pair)) is not None
    ]
    if reason := _uncovered(pair, caution=caution):
        found.append(Objection(veto="language", reason=reason))
    return tuple(found)


def _both(name: str, said: str) -> Veto:
    """Object where each side says something else in a class of differences."""

    def veto(pair: Pair) -> str | None:
        sides: Sides = getattr(pair.differences, name)
        return f"the {said} differ: {sides}" if sides.both else None

    return veto


def _negation(pair: Pair) -> str | None:
    if {pair.asked.stance, pair.stored.stance} == {"yes", "no"}:
        return "one says yes, the other no"
    if pair.asked.polarity & pair.stored.polarity:
        return None
    if _opposites(pair):  # "not safe" and "dangerous"
        return None
    return "one of the two is negated, or more often than the other"


def _antonyms(pair: Pair) -> str | None:
    if not pair.asked.polarity & pair.stored.polarity:
        return None
    found = _opposites(pair)
    return f'"{found[0]}" is the opposite of "{found[1]}"' if found else None


def _direction(pair: Pair) -> str | None:
    asked, stored = pair.asked, pair.stored
    if turned := _one_way(asked.routes) & {(y, x) for x, y in _one_way(stored.routes)}:
        origin, target = (_spoken(name, asked) for name in min(turned))
        return f"the direction differs: from {origin} to {target} against the reverse"
    if _turned(pair):
        return "one asks who does it, the other to whom it is done"
    if asked.symmetric or stored.symmetric or asked.passive != stored.passive:
        return None
    ours, theirs = asked.triples, stored.triples
    if changed := (ours & _reversed(theirs)) - theirs - _reversed(ours):
        said = " ".join(_spoken(name, asked) for name in min(changed))
        return f"what is named changes places: {said} against the reverse"
    return None


def _one_way(routes: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(x, y) for x, y in routes if (y, x) not in routes}


def _reversed(triples: frozenset[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    return {(y, v, x) for x, v, y in triples}


def _spoken(name: str, text: Reading) -> str:
    """Give a word as the text says it."""
    return next((word.said for word in text.words if word.name == name), name)


def _turned(pair: Pair) -> bool:
    """Say whether the same words ask once for who does it, and once for whom it is done to."""
    asked, stored = pair.asked, pair.stored
    if {asked.gap, stored.gap} != {"doer", "done"} or pair.aligned.ours or pair.aligned.theirs:
        return False
    ordered = [word.name for word in asked.content] == [word.name for word in stored.content]
    return ordered == (asked.passive != stored.passive)


def _question(pair: Pair) -> str | None:
    return questions.differ(pair.asked.question, pair.stored.question)


def _scope(pair: Pair) -> str | None:
    """Object to two bounds of one kind, and to "the first" against "all" or against a number."""
    sides, numbers = pair.differences.scopes, pair.differences.numbers
    ours, theirs = _by_class(sides.ours), _by_class(sides.theirs)
    for kind in sorted(ours.keys() & theirs.keys()):
        return f"the scope differs: {say(ours[kind])} against {say(theirs[kind])}"
    if _timed(ours, numbers.theirs) or _timed(theirs, numbers.ours):
        moments = Sides(
            ours=frozenset(ours.get("moment", ())), theirs=frozenset(theirs.get("moment", ()))
        )
        return f"the time asked about differs: {moments | numbers}"
    picked, other = _picks(ours), _picks(theirs)
    counted, against = numbers.ours - _same(other), numbers.theirs - _same(picked)
    if (picked and (other or against)) or (other and counted):
        sides = Sides(ours=frozenset(picked), theirs=frozenset(other)) | numbers
        return f"the scope differs: {sides}"
    return None


def _same(picked: set[str]) -> set[str]:
    """Give the numbers that say what a bound says."""
    return {"1"} if "first" in picked else set()


def _timed(bounds: dict[str, set[str]], numbers: frozenset[str]) -> bool:
    """Say whether one text speaks of this moment, and the other of a year."""
    return "moment" in bounds and any(_YEAR.fullmatch(number) for number in numbers)


def _by_class(bounds: frozenset[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for bound in bounds:
        kind, _, name = bound.partition(" ")
        found.setdefault(kind, set()).add(name)
    return found


def _picks(bounds: dict[str, set[str]]) -> set[str]:
    """Give the bounds that say how many or which of a row: all, the first, only."""
    return {name for kind in ("~amount", "rank", "extent") for name in bounds.get(kind, ())}


def _language(pair: Pair) -> str | None:
    asked, stored = pair.asked, pair.stored
    if asked.language and stored.language and asked.language != stored.language:
        return f'one is in "{asked.language}", the other in "{stored.language}"'
    return None


def _beyond(pair: Pair) -> str | None:
    if pair.asked.rest != pair.stored.rest:
        return "the texts are long, and differ beyond what is read"
    return None


VETOES: dict[str, Veto] = {
    "numbers": _both("numbers", "numbers"),
    "units": _both("units", "units"),
    "dates": _both("dates", "dates or times"),
    "negation": _negation,
    "antonyms": _antonyms,
    "direction": _direction,
    "entities": _both("names", "names"),
    "identifiers": _both("identifiers", "identifiers"),
    "quotes": _both("quotes", "quoted texts"),
    "question": _question,
    "scope": _scope,
    "language": _language,
    "length": _beyond,
}


def _uncovered(pair: Pair, *, caution: Caution) -> str | None:
    """Be careful where words cannot be read: by policy refuse, or ask for the same words."""
    if {pair.asked.language, pair.stored.language} <= _COVERED or caution == "usual":
        return None
    if caution == "exact":
        return "the language is not covered, and the policy wants exact hits there"
    if pair.aligned.ours and pair.aligned.theirs:
        return "the language is not covered, and the words differ"
    return None


def _opposites(pair: Pair) -> tuple[str, str] | None:
    """Find a word of one text whose opposite stands in the other, both without a counterpart."""
    asked, stored = pair.asked, pair.stored
    for line, ours in asked.contrasts.items():
        for word, other in itertools.product(ours, stored.contrasts.get(-line, ())):
            if word not in stored.said and other not in asked.said:
                return word, other
    return _denied(asked, stored) or _denied(stored, asked)


def _denied(one: Reading, two: Reading) -> tuple[str, str] | None:
    """Find a word of one text that denies one of the other: "unsafe" and "safe"."""
    if not one.denials:
        return None
    for other in sorted(two.said):
        word = one.denials.get(words.stem(other))
        if word and len(other) >= _DENIED and word not in two.said and other not in one.said:
            return word, other
    return None
