"""Numbers, units, dates and times of a text, each in one spelling. Pure.

"ten", "10" and "10.0" are 10; "1,000", "1k" and "a thousand" are 1000; "$5" and "five bucks" are
5 usd; "half an hour" and "30 minutes" are the same time. Of dates and times see `moments`. What is
not surely the same stays as it is written: "3.10" is not 3.1, "007" is not 7.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from semcache.levels.verify import lexicon, moments
from semcache.levels.verify.words import Word

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_SMALL)}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_OTHER = {"dozen": "12", "half": "0.5", "couple": "2", "twice": "2", "thrice": "3", "once": "1"}
# Those that count only where one of these follows.
_FOLLOWED = {"couple": {"of"}, "once": {"a", "an", "per", "every", "each", "daily", "weekly"}}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
_SCALES |= {"trillion": 10**12}
_SUFFIXES = {"k": 1_000, "m": 10**6, "mn": 10**6, "mio": 10**6, "bn": 10**9, "b": 10**9}
# Units that are a multiple of another one of their kind.
_BASES = {
    "mass: kg": ("mass: g", "1000"),
    "mass: mg": ("mass: g", "0.001"),
    "mass: tonne": ("mass: g", "1000000"),
    "mass: lb": ("mass: oz", "16"),
    "volume: tbsp": ("volume: tsp", "3"),
    "volume: cup": ("volume: tsp", "48"),
    "volume: l": ("volume: ml", "1000"),
    "length: km": ("length: m", "1000"),
    "length: cm": ("length: m", "0.01"),
    "length: mm": ("length: m", "0.001"),
    "length: ft": ("length: inch", "12"),
    "length: yd": ("length: inch", "36"),
    "time: min": ("time: s", "60"),
    "time: h": ("time: s", "3600"),
    "time: day": ("time: s", "86400"),
    "time: week": ("time: s", "604800"),
    "time: year": ("time: month", "12"),
    "time: decade": ("time: month", "120"),
    "time: century": ("time: month", "1200"),
    "data: gb": ("data: mb", "1000"),
    "data: tb": ("data: mb", "1000000"),
    "power: kw": ("power: w", "1000"),
    "money: cent": ("money: usd", "0.01"),
}

_MINUS = re.compile(r"(?:(?<=[\s(])|(?<=^))[-−](?=\d)|(?<!\d )\bminus (?=\d)")
_PART = re.compile(
    r"~?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|bn|mio|mn|[a-z]{1,4}\b|%)?|[^\W\d_]+|[$€£¥₹%¢]|°[cf]?"
)
_PIECES = re.compile(r"(~?)(\d+(?:[.,:]\d+)*)(st|nd|rd|th|bn|mio|mn|[a-z]{1,4}|%)?")
_GROUPS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
# "1 000 000"; and "1/2", with a whole number before it or not.
_SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})* 000\b(?![.,]?\d)")
_FRACTION = re.compile(r"(?<![\d./,\u2044-])(?:(\d{1,3}) )?([1-9])[/\u2044]([2-9])(?![\d/\u2044-])")
_WORDED = re.compile(
    r"\b(?:(one)[ -](half|third|quarter|fourth|fifth|eighth)"
    r"|(two|three|four|five)[ -](third|quarter|fourth|fifth|eighth)s)\b"
)
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "eighth": 8}
_UNSURE = frozenset({"in", "pt", "s", "c", "f", "k", "m", "g", "h", "l", "v", "w", "won", "mi"})
_INDEFINITE = frozenset({"a", "an", "one", "single", "each", "per"})
_METRIC = frozenset({"long", "tall", "wide", "high", "race", "sprint"})
_MARKS = frozenset("adeijnopqrtuyz")
_AND_A_HALF = ["and", "a", "half"]
_AFTER = 2
_LARGEST = 10**15
_TEN = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """A number as written once, with the unit it counts, if one stands beside it."""

    value: str
    unit: str = ""

    def base(self) -> tuple[str, str]:
        """Give the same in the unit that others of its kind are multiples of."""
        if not self.unit:
            return self.value, ""
        base, factor = _BASES.get(self.unit, (self.unit, "1"))
        try:
            return f"{(Decimal(self.value) * Decimal(factor)).normalize():f}", base
        except ArithmeticError:
            return self.value, base

    def __str__(self) -> str:
        return f"{self.value} {self.unit.partition(' ')[2]}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """What a text counts, and when. `spare`: it says "a", which may be meant as one."""

    measures: tuple[Measure, ...] = ()
    units: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    spare: bool = False


def read(plain: str, words: Sequence[Word]) -> Quantities:
    """Read the quantities of a text.

    Args:
        plain: the text in lower case, see `words.plain`.
        words: the same, folded.
    """
    units = lexicon.units()
    plain = _WORDED.sub(_fraction, _SPACED.sub(_joined, plain))
    taken = moments.take(_FRACTION.sub(_decimal, plain))
    parts = _PART.findall(_MINUS.sub(" ~", taken.rest))
    measures = (*map(Measure, taken.numbers), *_walk(parts))
    dates = {moments.named(parts, place) for place in range(len(parts))}
    dates |= taken.dates | {moments.clock(word.said) for word in words}
    named = {units[word.said] for word in words if word.said in units and word.said not in _UNSURE}
    return Quantities(
        measures=measures,
        units=frozenset(named | {m.unit for m in measures if m.unit}),
        dates=frozenset(date for date in dates if date),
        spare=any(word.said in _INDEFINITE for word in words),
    )


def counts(word: str) -> bool:
    """Say whether a word is a number, a month or a day, or the name of a unit."""
    return word in _VALUES or word in _SCALES or moments.counts(word) or word in lexicon.units()


def _joined(match: re.Match[str]) -> str:
    return match[0].replace(" ", "")


def _fraction(match: re.Match[str]) -> str:
    return f"{_VALUES[match[1] or match[3]]}/{_PARTS[match[2] or match[4]]}"


def _decimal(match: re.Match[str]) -> str:
    """Write a proper fraction as a decimal number; another one is left alone."""
    whole, part = match[1] or "0", Fraction(int(match[2]), int(match[3]))
    if part >= 1 or part.denominator != int(match[3]):
        return match[0]
    return f"{int(whole) + float(part):.4g}"


def _walk(parts: list[str]) -> list[Measure]:
    """Read the words from left to right; a number may be made of several."""
    place, found = 0, list[Measure]()
    while place < len(parts):
        part, begun = parts[place], place
        place += 1
        if part[0] in "~0123456789":
            place = _digits(parts, begun, found)
        elif part in _VALUES or part in _SCALES:
            place = _spelt(parts, begun, found)
        elif part in _OTHER and _follows(part, parts[place : place + 1]):
            found.append(Measure(_OTHER[part], _counted(part, parts, place)))
        elif part in moments.ORDINALS:
            found.append(Measure(str(moments.ORDINALS[part])))
    return found


def _counted(part: str, parts: list[str], place: int) -> str:
    """Give the unit of which there is half a one, a dozen or a couple."""
    if part not in {"half", "dozen", "couple"}:
        return ""
    return _unit_at(parts, place + (parts[place : place + 1] in (["a"], ["an"], ["of"])))


def _follows(part: str, after: list[str]) -> bool:
    return part not in _FOLLOWED or bool(_FOLLOWED[part].intersection(after))


def _digits(parts: list[str], place: int, found: list[Measure]) -> int:
    """Read a number in digits with what belongs to it: a currency before, a scale, a unit."""
    match = _PIECES.fullmatch(parts[place])
    assert match is not None
    sign, digits, suffix = match.groups()
    if _GROUPS.fullmatch(digits):
        digits = digits.replace(",", "")
    elif digits.count(",") == 1 and "." not in digits:
        digits = digits.replace(",", ".")
    unit = _unit_at(parts, place - 1) if place and parts[place - 1] in "$€£¥₹" else ""
    place += 1
    scale = 1
    if suffix in _SUFFIXES and not (
        suffix == "m" and _METRIC.intersection(parts[place : place + 1])
    ):
        scale = _SUFFIXES[suffix]
    elif suffix in lexicon.units():
        unit = unit or lexicon.units()[suffix]
    if (
        suffix is None
        and parts[place : place + 1]
        and parts[place] in (_SCALES | {"mn": 1, "bn": 1, "mio": 1})
    ):
        scale = _SCALES.get(parts[place]) or _SUFFIXES[parts[place]]
        place += 1
    value = _value(digits, scale)
    if suffix in _MARKS and not unit:
        value += suffix  # "room 12a"
    if value.isdigit() and parts[place : place + 3] == _AND_A_HALF:
        value, place = f"{value}.5", place + 3
    unit = unit or _unit_at(parts, place)
    found.append(Measure(("-" if sign else "") + value, unit))
    return place


def _unit_at(parts: list[str], place: int) -> str:
    """Give the unit that stands at a place; it may be of several words."""
    if not 0 <= place < len(parts) or parts[place] in {"in", "a", "day's"}:
        return ""
    units = lexicon.units()
    for length in (3, 2):
        if (several := "-".join(parts[place : place + length])) in units:
            return units[several]
    return units.get(parts[place], "")


def _spelt(parts: list[str], place: int, found: list[Measure]) -> int:
    """Read a number in words: "two hundred and fifty thousand"."""
    begun, total, current = place, Decimal(0), Decimal(0)
    while place < len(parts):
        part = parts[place]
        if part in _VALUES:
            joins = (
                current == 0 or (current % 100 == 0) or (current % 10 == 0 and _VALUES[part] < _TEN)
            )
            if (
                place > begun
                and parts[place - 1] in _VALUES
                and not (current % 10 == 0 and current)
            ):
                joins = False
            if not joins:
                break
            current += _VALUES[part]
        elif part in _SCALES and (current or 1) * _SCALES[part] <= _LARGEST:
            current = (current or Decimal(1)) * _SCALES[part]
            if _SCALES[part] >= 1_000:  # noqa: PLR2004
                total, current = total + current, Decimal(0)
        elif not (
            part == "and"
            and place > begun
            and parts[place - 1] in _SCALES
            and parts[place + 1 : place + 2]
            and parts[place + 1] in _VALUES
        ):
            break
        place += 1
    place = max(place, begun + 1)
    if parts[place : place + 3] == _AND_A_HALF:
        total, place = total + Decimal("0.5"), place + 3
    if place > begun + 1 or parts[begun] != "one":  # "a week" is "one week"
        value = f"{(total + current).normalize():f}"
        found.append(Measure(value, _unit_at(parts, place)))
    return place


def _value(digits: str, scale: int) -> str:
    """Write a number once; what may be a version or a code is left alone."""
    if digits.count(".") > 1 or ":" in digits or "," in digits:
        return digits
    if digits[0] == "0" and "." not in digits and len(digits) > 1:
        return digits
    if scale != 1:
        return f"{(Decimal(digits) * scale).normalize():f}"
    whole, _, rest = digits.partition(".")
    return whole if not rest.strip("0") and len(rest) <= _AFTER else digits
