"""A text, read once: what it asks, of what, how much, and what it denies. Pure.

English is read in full. Of other languages numbers, units, dates, identifiers, quotes and names in
capitals are read, which look the same everywhere.
"""

import functools
import re
from dataclasses import dataclass

from semcache.levels.verify import languages, lexicon, quantities, questions, routes, scopes, words
from semcache.levels.verify.quantities import Quantities
from semcache.levels.verify.words import Word

READ_LIMIT = 2_000
"""Characters that are read; two texts that go on beyond must be equal there."""

_IDENTIFIER = re.compile(
    r"`[^`\n]{1,200}`|https?://\S+|\b[\w.+-]{1,64}@[\w-]+\.\w[\w.]*|(?<!\w)--?[a-zA-Z][\w-]*=?[\w./]*(?!\w)"
    r"|(?<!\w)[~.]{0,2}/[\w.-]+(?:/[\w.-]+)+|\b\w+\.(?:py|js|ts|tsx|jsx|java|rs|go|sql|sh|c|h|cpp|cs|rb|php|html|css|json|ya?ml|toml|md|txt|csv|xlsx?|docx?|pdf|exe|zip|ini|cfg|conf|log|xml|png|jpe?g|mp[34])\b"
    r"|\b\w+\(\)|\b[a-z]+(?:_[a-z0-9]+)+\b|\b[A-Z]+(?:_[A-Z0-9]+)+\b|\b[a-z]+[A-Z]\w*\b|\b(?:[A-Z][a-z]+){2,}\w*\b"
    r"|\b0x[0-9a-fA-F]+\b|\b(?=\w*\d)(?=[a-z]*[A-Z])[A-Za-z]+-?\d[\w-]*\b|\b[A-Z]{2,}-\d+\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<!\w)[@#][A-Za-z]\w*"
    r"|\b\d+-?[A-Z]{1,4}\d*\b|\b(?:[Vv]itamin|[Tt]ype|[Cc]lass|[Gg]roup|[Pp]lan|"
    r"[Hh]epatitis|[Cc]olumn|[Oo]ption|[Ss]ize|[Oo]mega|[Cc]|[Ff]orm)[ -]?[A-Z0-9]{1,3}\b"
)
_QUOTED = re.compile(
    r'"([^"\n]{1,300})"|“([^”\n]{1,300})”|«([^»\n]{1,300})»|(?<!\w)\'([^\'\n]{2,300})\'(?!\w)'
)
_PREFIXES = ("un", "dis", "in", "im", "ir", "il", "non", "de", "mis", "anti")
_DENIED = 4
SMALL = frozenset({"of", "the", "and", "for", "a", "to", "in"})
_OPERATOR = re.compile(r"[=!<>]==?|[-+*/%]=|&&|\|\||\*\*|(?<=[\w\s)])[<>](?=[\w\s(])")
_CODED = re.compile(
    r"[`/_@#=(\\*<>&{|~\"]|-\w|\w\.\w|\d|[a-z][A-Z]|[A-Z]{2}| [A-HJ-Z]\b|'"
    r"|(?:ype|lass|roup|lan|titis|lumn|tion|ize|mega|orm) I\b"
)
_STANCE = re.compile(
    r"\W*(yes|yep|yeah|yup|(?:no|nope|nah)(?=[,.!?;:]|$))\b(?=[,.!?;: ]|$)[,.!?;: ]*", re.IGNORECASE
)
_SYMBOLS = re.compile(r"[*/\\<>{}\[\]$^|=;~]")
_NAME = re.compile(r"(?<![.!?:]\s)(?<![.!?:]\s\")(?<!^)(?<!\n)\b([A-Z][\w'’]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says.

    `words`: in their order, with names for what is said in many ways. `content`: those that carry
    the topic, `topics` the same by name. `stance`: it begins with a yes or a no. `hard`, `soft`:
    how many words deny, and how many may; `polarity`: how often the text may deny, two denials
    being none. `names`: written in capitals, or known. `routes`: what leads to what. `gap`: it asks
    for the doer or the done. `rest`: what lies beyond the limit. `spoken`: the words as they stand,
    `said` the folded ones. `contrasts`: opposites that they name, by number, negative for the right
    side. `denials`: stems that words deny ("safe" for "unsafe"). `joined`, `initials`: what all
    words make when joined, or by their first letters. `triples`: who does what to whom.
    """

    text: str
    language: str
    words: tuple[Word, ...]
    content: tuple[Word, ...]
    topics: dict[str, Word]
    quantities: Quantities
    stance: str
    hard: int
    soft: int
    polarity: frozenset[int]
    names: frozenset[str]
    identifiers: frozenset[str]
    quotes: frozenset[str]
    question: str
    scopes: frozenset[str]
    routes: frozenset[tuple[str, str]]
    gap: str
    passive: bool
    symmetric: bool
    rest: str
    spoken: frozenset[str]
    trigrams: frozenset[str]
    said: frozenset[str]
    contrasts: dict[int, tuple[str, ...]]
    denials: dict[str, str]
    joined: str
    initials: str
    triples: frozenset[tuple[str, str, str]]


@functools.lru_cache(maxsize=8_192)
def read(text: str) -> Reading:
    """Read a text. What was read lately is remembered."""
    head, rest = text[:READ_LIMIT], text[READ_LIMIT:]
    begun = _STANCE.match(head)
    plain = words.plain(head[begun.end() :] if begun else head)
    tokens = words.split(plain)
    folded = tuple(words.fold(tokens))
    language = languages.read(plain, tokens)
    hard, soft = _negations(folded)
    content = _content(folded, language)
    names = _names("" if language == "de" else head, folded)
    said = frozenset(word.said for word in folded)
    units = frozenset(word.name for word in folded if word.said in lexicon.units())
    return Reading(
        text=text,
        language=language,
        words=folded,
        content=content,
        topics={word.name: word for word in content},
        quantities=quantities.read(plain, folded),
        stance=_stance(begun),
        hard=hard,
        soft=soft,
        polarity=frozenset(count % 2 for count in range(hard, hard + soft + 1)),
        names=names,
        identifiers=_identifiers(head),
        quotes=frozenset(_spread(q) for q in _quoted(head)),
        question=questions.read(plain),
        scopes=scopes.read(folded, " ".join(tokens)),
        routes=routes.read(folded, topical=frozenset(w.name for w in content) | units | names)
        | routes.ordered(plain),
        gap=routes.gap(plain),
        passive=routes.passive(plain),
        symmetric=routes.symmetric(plain),
        rest=rest,
        spoken=frozenset(words.split(head.lower())),
        trigrams=_trigrams(" ".join(word.said for word in folded)),
        said=said,
        contrasts=_contrasts(said),
        denials=_denials(said),
        joined="".join(word.said for word in folded),
        initials="".join(word.said[0] for word in folded if word.said not in SMALL),
        triples=routes.triples(folded, content=frozenset(content), names=names),
    )


def _stance(begun: re.Match[str] | None) -> str:
    """Say whether a text begins with a yes or a no."""
    if begun is None:
        return ""
    return "no" if begun[1].lower() in {"no", "nope", "nah"} else "yes"


def _negations(folded: tuple[Word, ...]) -> tuple[int, int]:
    """Count the words that deny, and those that may."""
    hard, soft = lexicon.negations()
    return (
        sum(word.said in hard for word in folded),
        sum(word.said in soft for word in folded),
    )


def _content(folded: tuple[Word, ...], language: str) -> tuple[Word, ...]:
    """Keep what carries the topic: no function words, numbers, denials."""
    hard, _ = lexicon.negations()
    idle = lexicon.function_words() | languages.common(language)
    return tuple(
        word
        for word in folded
        if word.said not in idle
        and word.said not in hard
        and not word.said[0].isdigit()
        and not quantities.counts(word.said)
        and (len(word.said) > 1 or not word.said.isalpha())
    )


def _names(text: str, folded: tuple[Word, ...]) -> frozenset[str]:
    """Find names: known ones, and words in capitals that are no usual words.

    A text in capitals, or in Title Case, says nothing by its capitals; nor does a German one.
    """
    known = {
        word.name for word in folded if word.said in lexicon.names() or word.name in lexicon.names()
    }
    capitals = _NAME.findall(text) if text[1:] != text[1:].lower() else []
    if not capitals:
        return frozenset(known)
    if len(capitals) * 2 > len(folded) + 2:
        return frozenset(known)
    idle, usual = lexicon.function_words() | languages.common(), lexicon.canonical()
    spelt = (words.stem(c.lower().replace("’", "'").removesuffix("'s")) for c in capitals)
    said = {word.said for word in folded} | {word.name for word in folded}
    return frozenset(
        known | {w for w in spelt if w not in idle and w not in usual and w in said and len(w) > 1}
    )


def _contrasts(said: frozenset[str]) -> dict[int, tuple[str, ...]]:
    known = lexicon.antonyms()
    found: dict[int, tuple[str, ...]] = {}
    for word in sorted(said & known.keys()):
        for line in known[word]:
            found[line] = (*found.get(line, ()), word)
    return found


def _denials(said: frozenset[str]) -> dict[str, str]:
    """Find the stems that words with a denying prefix or ending deny."""
    found = {}
    for word in sorted(said - lexicon.undenying()):
        if word.endswith("less"):
            found[words.stem(word[:-4])] = word
        for prefix in _PREFIXES if word.startswith(_PREFIXES) else ():
            if word.startswith(prefix) and len(word) >= len(prefix) + _DENIED:
                found[words.stem(word)[len(prefix) :]] = word
    return found


def _trigrams(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 3] for place in range(len(text) - 2))


def _identifiers(text: str) -> frozenset[str]:
    """Find what is spelt to the letter: names in code, paths, flags, codes, quoted patterns."""
    if not _CODED.search(text):
        return frozenset()
    found = {i.strip("`.,;:?!()").lower() for i in _IDENTIFIER.findall(text)}
    found |= {f"[{operator}]" for operator in _OPERATOR.findall(text)}
    return frozenset(found | {q.lower() for q in _quoted(text) if _SYMBOLS.search(q)} - {""})


def _quoted(text: str) -> list[str]:
    return [part for found in _QUOTED.findall(text) for part in found if part]


def _spread(quoted: str) -> str:
    return " ".join(words.split(quoted.lower()))
