"""Dates and times of a text, each in one spelling. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ORDINALS = {
    word: value
    for value, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=3
    )
}
_MONTHS = {
    spelling: line.split()[0]
    for line in (
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sept sep|october oct|november nov|december dec"
    ).split("|")
    for spelling in line.split()
}
_NUMBERED = dict(enumerate(dict.fromkeys(_MONTHS.values()), start=1))
_UNSURE_MONTHS = frozenset({"may", "march", "mar", "jun", "sept", "dec"})
_HINTS = frozenset("in of last next since until early late mid first".split())
_DAYS = {
    spelling: line.split()[0]
    for line in (
        "monday mon mondays|tuesday tue tues tuesdays|wednesday weds wednesdays|"
        "thursday thu thur thurs thursdays|friday fri fridays|saturday saturdays|"
        "sunday sundays|weekend weekends|weekday weekdays"
    ).split("|")
    for spelling in line.split()
}
_CLOCK = {"noon": "12:00", "midday": "12:00", "midnight": "0:00"}
_DECADES = {
    word: str(value)
    for value, word in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}

_ISO = re.compile(r"\b(\d{4})([-/])(\d{1,2})\2(\d{1,2})\b")
_SLASHED = re.compile(r"\b0?(\d{1,2})/0?(\d{1,2})/(?=(?:19|20)\d\d\b)")
_TIME = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d))?\s?"
    r"(?:(?P<half>[ap])\.?m\b\.?"
    r"|(?:o'? ?clock )?(?:in the |at )(?P<part>morning|afternoon|evening|night)\b)"
    r"|\b(?P<clock>[01]?\d) ?o'? ?clock\b|\b(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)\b"
)
_DECADE = re.compile(r"\b(?:19|20)?(\d)0'?s\b")
_SHORT_YEAR = re.compile(r"(?<!\w)'(\d\d)\b(?!s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """`rest`: the text without what is surely a date or a time; `numbers`: the days and years."""

    rest: str
    dates: frozenset[str]
    numbers: tuple[str, ...]


def take(plain: str) -> Moments:
    """Take out what is surely a date or a time."""
    dates: set[str] = set()
    numbers: list[str] = []

    def day(match: re.Match[str]) -> str:
        year, _, month, number = match.groups()
        dates.add(_NUMBERED.get(int(month), f"month {int(month)}"))
        numbers.extend((year, str(int(number))))
        return " "

    def time(match: re.Match[str]) -> str:
        dates.add(_time(match))
        return " "

    def decade(match: re.Match[str]) -> str:
        dates.add(f"{match[1]}0s")
        return " "

    rest = _SHORT_YEAR.sub(lambda m: f"{'19' if m[1] > '30' else '20'}{m[1]}", plain)
    rest = _SLASHED.sub(r"\1/\2/", rest)
    rest = _DECADE.sub(decade, _TIME.sub(time, _ISO.sub(day, rest)))
    return Moments(rest=rest, dates=frozenset(dates), numbers=tuple(numbers))


def clock(word: str) -> str | None:
    """Give the time that a word names."""
    return _CLOCK.get(word)


def counts(word: str) -> bool:
    """Say whether a word is a month, a day or a time."""
    return (
        word in ORDINALS
        or word in _DAYS
        or word in _CLOCK
        or word in {"am", "pm"}
        or (word in _MONTHS and word not in _UNSURE_MONTHS)
    )


def named(parts: Sequence[str], place: int) -> str | None:
    """Give the day, month or decade that the word at a place names, if any."""
    part = parts[place]
    if part in _DECADES:
        return f"{_DECADES[part]}0s"
    if part in _MONTHS and (part not in _UNSURE_MONTHS or _dated(parts, place)):
        return _MONTHS[part]
    return _DAYS.get(part)


def _time(match: re.Match[str]) -> str:
    """Write a time; with "?" where it may be of either half of the day."""
    hour = int(match["hour"] or match["hour24"] or match["clock"])
    minute = match["minute"] or match["minute24"] or "00"
    late = match["half"] == "p" or match["part"] in {"afternoon", "evening"}
    if match["half"] or match["part"]:
        return f"{hour % 12 + 12 * late}:{minute}"
    sure = hour > 12 or hour == 0  # noqa: PLR2004
    return f"{hour}:{minute}" if sure else f"{hour % 12}:{minute}?"


def _dated(parts: Sequence[str], place: int) -> bool:
    """Say whether a word that may be a month stands among a date's words."""
    around = [*parts[max(0, place - 2) : place], *parts[place + 1 : place + 3]]
    return any(p[0].isdigit() or p in _HINTS or p in ORDINALS for p in around)
