"""The word lists, read once when first needed. They lie in `lexicon/` beside this file."""

import functools
import re
from collections.abc import Iterator
from importlib import resources


def _lines(name: str) -> Iterator[str]:
    """Give the lines of a list without its comments."""
    text = resources.files(__package__).joinpath("lexicon", f"{name}.txt").read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("# "))


@functools.cache
def function_words() -> frozenset[str]:
    """Words that carry no topic."""
    return frozenset(word for line in _lines("function_words") for word in line.split())


@functools.cache
def chatter() -> re.Pattern[str]:
    """What people say around a request."""
    return re.compile(r"\b(?:" + "|".join(_lines("chatter")) + r")(?!\w)")


@functools.cache
def negations() -> tuple[frozenset[str], frozenset[str]]:
    """Words that turn a text around, and those that may."""
    hard, soft = (frozenset(line.split()[1:]) for line in _lines("negations"))
    return hard, soft


@functools.cache
def undenying() -> frozenset[str]:
    """Words that begin like a denial, and deny nothing."""
    return frozenset(word for line in _lines("undenying") for word in line.split())


@functools.cache
def canonical() -> dict[str, str]:
    """Every spelling of the alias and synonym lists to the name of its group; phrases by "-"."""
    found: dict[str, str] = {}
    for name in ("aliases", "synonyms"):
        for line in _lines(name):
            group = line.split()
            for word in group:
                found.setdefault(word, group[0])
    return found


@functools.cache
def digit_names() -> tuple[re.Pattern[str], dict[str, str]]:
    """Names that hold a digit which counts nothing ("k8s", "2fa"), and what they are names of."""
    known = {word: name for word, name in canonical().items() if re.fullmatch(r"\w*\d\w*", word)}
    return re.compile(r"\b(?:" + "|".join(map(re.escape, known)) + r")\b"), known


@functools.cache
def phrases() -> tuple[frozenset[str], frozenset[str]]:
    """All expressions of two and more words that are read as one, joined by "-"; how they begin."""
    known = {*canonical(), *names(), *antonyms(), *units()}
    several = frozenset(phrase for phrase in known if "-" in phrase)
    return several, frozenset(phrase.partition("-")[0] for phrase in several)


@functools.cache
def names() -> frozenset[str]:
    """Names people ask about."""
    return frozenset(word for line in _lines("names") for word in line.split())


@functools.cache
def antonyms() -> dict[str, frozenset[int]]:
    """Words to the contrasts they stand in: the number of the line, negative for its right side."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_lines("antonyms"), start=1):
        for side, part in zip((1, -1), line.split("|"), strict=True):
            for word in part.split():
                found.setdefault(word, set()).add(side * number)
    return {word: frozenset(lines) for word, lines in found.items()}


@functools.cache
def units() -> dict[str, str]:
    """Spellings of units to "kind name"."""
    found: dict[str, str] = {}
    for line in _lines("units"):
        kind, name, *spellings = line.split()
        for spelling in (name, *spellings):
            found.setdefault(spelling, f"{kind} {name}")
    return found


@functools.cache
def scopes() -> tuple[dict[str, str], dict[str, str]]:
    """Bounds, single words and phrases (joined by a space), to "class name"."""
    single, several = {}, {}
    for line in _lines("scopes"):
        kind, name, *spellings = line.replace(":", "", 1).split()
        for spelling in spellings:
            if "-" in spelling:
                several[spelling.replace("-", " ")] = f"{kind} {name}"
            else:
                single[spelling] = f"{kind} {name}"
    return single, several


@functools.cache
def questions() -> re.Pattern[str]:
    """The ways to ask; the group that matched is the kind of question, of several the first."""
    ways: dict[str, list[str]] = {}
    for line in _lines("questions"):
        kind, _, way = line.partition(": ")
        ways.setdefault(kind, []).append(way)
    groups = (f"(?P<{kind}>{'|'.join(found)})" for kind, found in ways.items())
    return re.compile(rf"\b(?:{'|'.join(groups)})\b")


@functools.cache
def languages() -> dict[str, frozenset[str]]:
    """The commonest words of each language."""
    return {
        name.rstrip(":"): frozenset(words) for name, *words in map(str.split, _lines("languages"))
    }


@functools.cache
def frequencies() -> dict[str, int]:
    """How often a stem came in the texts the pooled model was trained on."""
    return {word: int(count) for word, count in (line.split() for line in _lines("frequencies"))}
