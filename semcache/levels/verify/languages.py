"""Which language a text is in: by script, then by its commonest words. Pure, rough on purpose."""

import re

from semcache.levels.verify import lexicon

_SCRIPTS = (
    ("ja", re.compile(r"[぀-ヿ]")),
    ("zh", re.compile(r"[一-鿿]")),
    ("ko", re.compile(r"[가-힯]")),
    ("ru", re.compile(r"[Ѐ-ӿ]")),
    ("ar", re.compile(r"[؀-ۿ]")),
    ("he", re.compile(r"[֐-׿]")),
    ("el", re.compile(r"[Ͱ-Ͽ]")),
    ("hi", re.compile(r"[ऀ-ॿ]")),
    ("th", re.compile(r"[฀-๿]")),
)
_SURE = 2


def read(plain: str, tokens: list[str]) -> str:
    """Name the language by its ISO code; "" where it cannot be told, as for most short queries."""
    for name, script in _SCRIPTS:
        if len(script.findall(plain)) * 3 > len(plain.replace(" ", "")):
            return "ja" if name == "zh" and _SCRIPTS[0][1].search(plain) else name
    seen = set(tokens)
    counts = sorted(
        ((len(seen & known), name) for name, known in lexicon.languages().items()), reverse=True
    )
    (most, name), (second, _) = counts[0], counts[1]
    return name if most >= _SURE and most > second else ""


def common(language: str = "") -> frozenset[str]:
    """Give the commonest words of a language, or of all."""
    known = lexicon.languages()
    return known.get(language, frozenset()) if language else frozenset().union(*known.values())
