"""From a text to its words: one spelling for what is written in many ways."""

import functools
import re
import unicodedata
from dataclasses import dataclass

from semcache.levels.verify import lexicon

_STIFF = frozenset({"https", "news", "always", "series", "species", "gas", "bus", "lens", "aliens"})
_PHRASE_LENGTH = 4
_SHORTEST = 3

_CONTRACTIONS = (
    (re.compile(r"\b(?:can'?t|cannot)\b"), "can not"),
    (re.compile(r"\bwon'?t\b(?! be\b)"), "will not"),
    (re.compile(r"\bain'?t\b"), "is not"),
    (
        re.compile(r"\b(is|are|was|were|do|does|did|has|have|had|could|would|should|need)n'?t\b"),
        r"\1 not",
    ),
    (
        re.compile(r"\b(what|who|where|when|why|how|that|there|it|he|she|here|let)'?s\b(?<!its)"),
        r"\1 is",
    ),
    (re.compile(r"\b(i)'?m\b"), r"\1 am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
)
_RAISED = re.compile("(?<=[^\\W²³¹⁰⁴-⁹])(?=[²³¹⁰⁴-⁹])")
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}(?!\w)")
_US = re.compile(r"\bUS\b(?!\$)")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_VULGAR = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞])")
_RECAST = (
    (re.compile(r"\bno(?:t)? (more|greater|higher|longer) than\b"), "at most"),
    (re.compile(r"\bno(?:t)? (less|fewer|lower) than\b"), "at least"),
    (re.compile(r"\b(?:no|nr|num)\.? ?(?=\d)"), "number "),
    (re.compile(r"\bwith no\b"), "without"),
    (re.compile(r"\b(column|vitamin|hepatitis|option) ([a-z])\b"), r"\1\2"),
    (re.compile(r"\bnot (?:any ?more|any longer)\b"), "not"),
    (re.compile(r"\bnot only\b"), "also"),
    (re.compile(r"\bwhether or not\b"), "whether"),
    (
        re.compile(r"\b(python|java|php|angular|gpt|iphone|ios|android|windows|galaxy)-?(?=\d)"),
        r"\1 ",
    ),
)
# Tried only where a text has the word.
_RECAST_RARELY = (
    ("dozen", re.compile(r"\bhalf[ -](?:a )?dozen\b"), "6"),
    ("neither", re.compile(r"\bneither\b(.{0,60}?)\bnor\b"), r"not\1or"),
    (" not ", re.compile(r"\bnot ((?:\w+ ){1,4})(?:and|or|nor) not\b"), r"not \1or"),
    (
        "without",
        re.compile(r"\bwithout ((?:\w+ ){1,4})(?:and|or|nor) without\b"),
        r"without \1or",
    ),
    (" but", re.compile(r"\b((?:all|every|any)\w*) but\b"), r"\1 except"),
    ("one", re.compile(r"\bone[ -](sentence|paragraph|word|line|page)\b"), r"1 \1"),
    (
        "compar",
        re.compile(r"\b(compare|comparing) ((?:(?!from\b)\w+ ){1,5}?)to\b"),
        r"\1 \2and",
    ),
)
_POSSESSIVE = re.compile(r"(?<=\w)'s?(?!\w)")
# "turn the light off" says "turn-off".
_PARTICLE = re.compile(
    r"\b(turn|switch|shut|log|sign)(s|ed|ing)?((?: (?!on\b|off\b|in\b|out\b)\w+){1,4}?)"
    r" (on|off|in|out)\b"
)
TOKEN = re.compile(
    r"[^\W\d_]+\d\w*|\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|[^\W\d_]+(?:[+#]+)?|[$€£¥₹%¢]|°[cf]?",
    re.UNICODE,
)
_CAPITALIZED = re.compile(r"\b[A-Z][\w'’]*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a known phrase.

    `said`: in lower case, a phrase joined by "-". `name`: its group's name in the lists, or its
    stem.
    """

    said: str
    name: str


def plain(text: str) -> str:
    """Write a text in lower case, with straight quotes, contractions spelt out and no chatter."""
    text = _INITIALS.sub(_joined, " ".join(text.split()))
    if not text.isupper():
        text = _US.sub("USA", text)
    text = _VULGAR.sub(" ", _RAISED.sub("^", text))  # "x²" is no "x2", and "1½" no "11/2"
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    text = _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
    for pattern, spelt in _CONTRACTIONS:
        text = pattern.sub(spelt, text)
    for pattern, spelt in _RECAST:
        text = pattern.sub(spelt, text)
    for word, pattern, spelt in _RECAST_RARELY:
        if word in text:
            text = pattern.sub(spelt, text)
    digits, named = lexicon.digit_names()
    text = digits.sub(lambda match: named[match[0]].replace("-", " "), text)
    text = _POSSESSIVE.sub("", text)
    text = _PARTICLE.sub(r"\1-\4\3", text)
    return " ".join(lexicon.chatter().sub(" ", text).split())


def _joined(initials: re.Match[str]) -> str:
    """Write "U.S." as "US", and let it not be the word."""
    joined = initials[0].replace(".", "")
    return "USA" if joined.lower() == "us" else joined


def split(text: str) -> list[str]:
    """List the words of a text that is plain already, numbers and currency signs too."""
    return TOKEN.findall(text)


def fold(tokens: list[str]) -> list[Word]:
    """Join known phrases, the longest first, and name each word."""
    phrases, starts = lexicon.phrases()
    found, place = [], 0
    while place < len(tokens):
        if tokens[place] not in starts:
            found.append(Word(tokens[place], _name(tokens[place])))
            place += 1
            continue
        for length in range(min(_PHRASE_LENGTH, len(tokens) - place), 1, -1):
            joined = "-".join(tokens[place : place + length])
            if joined in phrases:
                found.append(Word(joined, _name(joined)))
                place += length
                break
        else:
            found.append(Word(tokens[place], _name(tokens[place])))
            place += 1
    return found


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Cut an English word's inflection: crude, and the same for all forms that matter."""
    if len(word) <= _SHORTEST or not word.isalpha() or word in _STIFF:
        return word
    if word.endswith(("ies", "ied")) and len(word) > _SHORTEST + 1:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed", "ly"):
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) >= _SHORTEST and re.search("[aeiouy]", rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    if len(word) > _SHORTEST and word.endswith("y"):
        word = word[:-1] + "i"
    return word.removesuffix("e") if len(word) > _SHORTEST else word


@functools.lru_cache(maxsize=65_536)
def _name(said: str) -> str:
    known = lexicon.canonical()
    if said in known:
        return known[said]
    return stem(said)
