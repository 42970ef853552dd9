"""In what two texts differ, by class: what only one of them says. Pure.

A veto needs both sides to say something else ("first" against "last"). What one side merely adds
("in Berlin", "since yesterday") is weighed by the model instead: people add much that changes
nothing.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from semcache.levels.verify import alignment, words
from semcache.levels.verify.alignment import Alignment
from semcache.levels.verify.quantities import Measure, Quantities
from semcache.levels.verify.reading import READ_LIMIT, Reading

_NOON = 12
_BETWEEN = re.compile(r"[\W_]+")
_SHORT = 2


class Sides(NamedTuple):
    """What only the asked text says, and what only the stored one."""

    ours: frozenset[str]
    theirs: frozenset[str]

    @property
    def both(self) -> bool:
        return bool(self.ours and self.theirs)

    @property
    def any(self) -> bool:
        return bool(self.ours or self.theirs)

    def __or__(self, other: "Sides") -> "Sides":
        """Join what two classes of differences hold."""
        return Sides(ours=self.ours | other.ours, theirs=self.theirs | other.theirs)

    def __str__(self) -> str:
        return f"{say(self.ours)} against {say(self.theirs)}"


_NONE = Sides(ours=frozenset(), theirs=frozenset())


class Differences(NamedTuple):
    """By class; see each function."""

    numbers: Sides
    units: Sides
    dates: Sides
    names: Sides
    identifiers: Sides
    quotes: Sides
    scopes: Sides

    @property
    def any(self) -> bool:
        return any(sides.any for sides in self)


def between(asked: Reading, stored: Reading, aligned: Alignment) -> Differences:
    """Compare two texts class by class."""
    ours, theirs = asked.quantities, stored.quantities
    return Differences(
        numbers=_numbers(ours, theirs),
        units=_units(ours, theirs),
        dates=_dates(ours.dates, theirs.dates),
        names=_names(asked, stored, aligned),
        identifiers=_identifiers(asked, stored),
        quotes=_quotes(asked, stored),
        scopes=Sides(ours=asked.scopes - stored.scopes, theirs=stored.scopes - asked.scopes),
    )


def say(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "nothing"


def _numbers(ours: Quantities, theirs: Quantities) -> Sides:
    """Numbers without a counterpart: the same value, or the same measure in another unit."""
    if ours.measures == theirs.measures:
        return _NONE
    mine, other = _lone(ours.measures, theirs.measures), _lone(theirs.measures, ours.measures)
    if mine and other:
        bases = {m.base() for m in mine} & {m.base() for m in other}
        mine = [m for m in mine if m.base() not in bases]
        other = [m for m in other if m.base() not in bases]
    if not other and theirs.spare:  # "1 cup" and "a cup"
        mine = [m for m in mine if m.value != "1"]
    if not mine and ours.spare:
        other = [m for m in other if m.value != "1"]
    return Sides(ours=frozenset(map(str, mine)), theirs=frozenset(map(str, other)))


def _lone(mine: tuple[Measure, ...], other: tuple[Measure, ...]) -> list[Measure]:
    values = {measure.value for measure in other}
    return [measure for measure in mine if measure.value not in values]


def _units(ours: Quantities, theirs: Quantities) -> Sides:
    """Units of one kind without a counterpart, or beside the same number."""
    if not ours.units and not theirs.units:
        return _NONE
    if beside := _beside(ours, theirs):
        return beside
    converted = {m.base() for m in ours.measures} & {m.base() for m in theirs.measures}
    mine = {u for u in ours.units - theirs.units if not _converted(u, ours, converted)}
    other = {u for u in theirs.units - ours.units if not _converted(u, theirs, converted)}
    if len(mine) == len(other) == 1 and _counted(ours, mine) & _counted(theirs, other):
        return _NONE  # "in a day" and "within 24 hours"
    if "pound: pound" in mine | other:
        mine, other = _weighed(mine, other), _weighed(other, mine)
    kinds = {u.partition(" ")[0] for u in mine} & {u.partition(" ")[0] for u in other}
    return Sides(
        ours=frozenset(u.partition(" ")[2] for u in mine if u.partition(" ")[0] in kinds),
        theirs=frozenset(u.partition(" ")[2] for u in other if u.partition(" ")[0] in kinds),
    )


def _counted(text: Quantities, units: set[str]) -> set[tuple[str, str]]:
    """Give what a text counts in some units; "a day" counts one."""
    counted = {m.base() for m in text.measures if m.unit in units}
    if not counted and text.spare:
        counted = {Measure("1", unit).base() for unit in units}
    return counted


def _beside(ours: Quantities, theirs: Quantities) -> Sides | None:
    """Find the same number with another unit."""
    for value in dict.fromkeys(one.value for one in ours.measures):
        mine = {one for one in ours.measures if one.value == value and one.unit}
        other = {one for one in theirs.measures if one.value == value and one.unit}
        if mine and other and not mine & other and not _PENCE & {m.unit for m in mine | other}:
            return Sides(ours=frozenset(map(str, mine)), theirs=frozenset(map(str, other)))
    return None


_PENCE = frozenset({"pound: pound"})


def _weighed(mine: set[str], other: set[str]) -> set[str]:
    """Read "pounds" as money or mass, whichever the other text speaks of."""
    if "pound: pound" not in mine:
        return mine - {"money: gbp", "mass: lb"} if "pound: pound" in other else mine
    rest = mine - {"pound: pound"}
    if other & {"money: gbp", "mass: lb"}:
        return rest
    return rest | {"money: pound" if any(u.startswith("money") for u in other) else "mass: pound"}


def _converted(unit: str, of: Quantities, converted: set[tuple[str, str]]) -> bool:
    return any(m.unit == unit and m.base() in converted for m in of.measures)


def _dates(ours: frozenset[str], theirs: frozenset[str]) -> Sides:
    """Days, months and times; a time without its half of the day fits both."""
    if ours == theirs:
        return _NONE
    mine = {date for date in ours - theirs if not any(_same_time(date, d) for d in theirs)}
    other = {date for date in theirs - ours if not any(_same_time(date, d) for d in ours)}
    return Sides(ours=frozenset(mine), theirs=frozenset(other))


def _same_time(one: str, two: str) -> bool:
    if ":" not in one or ":" not in two or not (one.endswith("?") or two.endswith("?")):
        return False
    (hour, minute), (other_hour, other_minute) = (t.rstrip("?").split(":") for t in (one, two))
    return minute == other_minute and int(hour) % _NOON == int(other_hour) % _NOON


def _names(asked: Reading, stored: Reading, aligned: Alignment) -> Sides:
    if not asked.names and not stored.names:
        return _NONE
    ours = {w.said for w in aligned.ours if w.name in asked.names or w.said in asked.names}
    theirs = {w.said for w in aligned.theirs if w.name in stored.names or w.said in stored.names}
    return Sides(
        ours=frozenset(name for name in ours if not _mentions(stored, name)),
        theirs=frozenset(name for name in theirs if not _mentions(asked, name)),
    )


def _mentions(text: Reading, name: str) -> bool:
    """Say whether a text has a name in another spelling."""
    word = words.Word(name, words.stem(name))
    return any(alignment.alike(word, other) for other in text.words)


def _identifiers(asked: Reading, stored: Reading) -> Sides:
    if asked.identifiers == stored.identifiers:
        return _NONE
    return Sides(
        ours=frozenset(i for i in asked.identifiers - stored.identifiers if not _spells(stored, i)),
        theirs=frozenset(
            i for i in stored.identifiers - asked.identifiers if not _spells(asked, i)
        ),
    )


def _spells(text: Reading, identifier: str) -> bool:
    """Say whether a text has an identifier, whatever stands between its parts."""
    bare = _bare(identifier)
    said = text.text[:READ_LIMIT].lower()
    return identifier in said or (len(bare) > _SHORT and bare in _bare(said))


def _bare(said: str) -> str:
    return _BETWEEN.sub("", said)


def _quotes(asked: Reading, stored: Reading) -> Sides:
    if not asked.quotes and not stored.quotes:
        return _NONE
    ours, theirs = stored.spoken, asked.spoken
    return Sides(
        ours=frozenset(q for q in asked.quotes if not set(words.split(q)) <= ours),
        theirs=frozenset(q for q in stored.quotes if not set(words.split(q)) <= theirs),
    )
