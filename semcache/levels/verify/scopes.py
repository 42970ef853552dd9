"""What bounds a question: all, only, the first, the latest, per month, for beginners. Pure."""

from collections.abc import Iterable

from semcache.levels.verify import lexicon
from semcache.levels.verify.words import Word


def read(words: Iterable[Word], plain: str) -> frozenset[str]:
    """List the bounds of a text as "class name"."""
    single, phrases = lexicon.scopes()
    found = {single[word.said] for word in words if word.said in single}
    padded = f" {plain} "
    found |= {name for phrase, name in phrases.items() if f" {phrase} " in padded}
    return frozenset(found)
