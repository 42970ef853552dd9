"""Labelled pairs of questions, weighed as the product weighs them with no other candidate near."""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.training.vectors import Vectors
from semcache.levels.verify import features, reading, vetoes
from semcache.levels.verify.signature import Votes

_STRANGE = 0.75

HERE = Path(__file__).parent
CONTRASTS = ("contrast_a", "contrast_b")
PUBLIC = ("redis_langcache",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    asked: str
    stored: str
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A weighed candidate. `request`: which one it came for, by number."""

    features: tuple[float, ...]
    right: bool
    vetoed: bool
    request: int = 0


def public(data: Path, name: str) -> list[Pair]:
    """Read DIR/pairs_NAME.jsonl.gz."""
    with gzip.open(data / f"pairs_{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_pair(line) for line in lines]


def contrasts(name: str) -> list[Pair]:
    """Read pairs written for the veto classes, beside this file."""
    text = (HERE / f"{name}.jsonl").read_text(encoding="utf-8")
    return [_pair(line) for line in text.splitlines()]


def variants(texts: Sequence[str], *, count: int, seed: int) -> list[Pair]:
    """Make pairs that differ in nothing: case, punctuation, politeness, a slip of the keyboard."""
    chance = random.Random(seed)
    chosen = chance.sample([t for t in texts if 15 < len(t) < 300], count)
    return [Pair(asked=text, stored=_varied(text, chance=chance), right=True) for text in chosen]


def strangers(pairs: Sequence[Pair], vectors: Vectors, *, count: int, seed: int) -> list[Pair]:
    """Put texts beside the nearest one of another pair: near, but of another topic.

    What is nearer than `_STRANGE` may be of the same topic by chance, and is left out.
    """
    texts = [pair.asked for pair in pairs]
    vectors.encode(texts)
    matrix = np.stack([vectors[text] for text in texts])
    near = matrix @ matrix.T
    near[near > _STRANGE] = -1.0
    chosen = random.Random(seed).sample(range(len(texts)), count)
    return [
        Pair(asked=texts[place], stored=texts[int(near[place].argmax())], right=False)
        for place in chosen
    ]


def weigh(pairs: Sequence[Pair], vectors: Vectors) -> list[Row]:
    """Measure pairs, each by itself."""
    vectors.encode([text for pair in pairs for text in (pair.asked, pair.stored)])
    rows = []
    for number, pair in enumerate(pairs):
        laid = vetoes.compare(reading.read(pair.asked), reading.read(pair.stored))
        similarity = float(vectors[pair.asked] @ vectors[pair.stored])
        rows.append(
            Row(
                features=features.measure(laid, similarity=similarity, votes=Votes()),
                right=pair.right,
                vetoed=bool(vetoes.objections(laid, caution="strict")),
                request=number,
            )
        )
    return rows


def _pair(line: str) -> Pair:
    said = json.loads(line)
    return Pair(asked=said["b"], stored=said["a"], right=bool(said["label"]))


def _varied(text: str, *, chance: random.Random) -> str:
    kind = chance.randrange(6)
    if kind == 0:
        return text.lower().rstrip("?.! ")
    if kind == 1:
        return f"{chance.choice(('Hi, ', 'Hello! ', 'Please: ', 'hey '))}{text}"
    if kind == 2:
        return f"{text} {chance.choice(('Thanks!', 'thank you', 'Please help.', 'cheers'))}"
    if kind == 3:
        return re.sub(r"\s+", "  ", text).replace("?", " ?")
    return _slip(text, chance=chance)


def _slip(text: str, *, chance: random.Random) -> str:
    """Swap or drop a letter inside a long word, if there is one."""
    places = list(_long_words(text))
    if not places:
        return text + "?"
    start, end = chance.choice(places)
    at = chance.randrange(start + 1, end - 2)
    if chance.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]


def _long_words(text: str) -> Iterator[tuple[int, int]]:
    return ((m.start(), m.end()) for m in re.finditer(r"\b[a-z]{6,}\b", text))
