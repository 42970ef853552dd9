import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from embeddings import similarity
from embeddings.encoders import text as texting
from embeddings.types import Scores, Vectors

_WORD = re.compile(r"\w+")
_WORD_WEIGHT = 1.0
_PAIR_WEIGHT = 0.4
_GRAM_WEIGHT = 0.3
_GRAM_CHARS = 3


class HashingEncoder:
    """Words, word pairs and character trigrams, hashed into signed buckets; no model at all.

    The fake that runs the product offline: rewordings with the same words score high, unrelated
    texts low, and meaning is not understood. The weights were set by eye.
    """

    def __init__(self, *, dimension: int = 384) -> None:
        if dimension < 1:
            raise ValueError("the dimension must be at least 1")
        self._dimension = dimension

    @property
    def name(self) -> str:
        return f"hashing:v1:{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Answer `(n, d)` float32, rows L2-normalised, equal on every machine."""
        rows = np.zeros((len(texts), self._dimension), dtype=np.float64)
        for row, text in zip(rows, texts, strict=True):
            for feature, weight in _features(text):
                digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
                bucket = int.from_bytes(digest, "big")
                row[(bucket >> 1) % self._dimension] += weight if bucket & 1 else -weight
            if not row.any():  # nothing to hash, or every feature cancelled another
                row[0] = 1.0
        return similarity.normalize(rows)


class HashingCrossEncoder:
    """The fake of the cross-encoders: the cosine of the two hashed texts, 0 where it is negative.

    It sees no more than the encoder does, so its second look is for tests and demonstrations.
    """

    def __init__(self) -> None:
        self._encoder = HashingEncoder()

    @property
    def name(self) -> str:
        return f"cross-{self._encoder.name}"

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        """Answer `(n,)` float32 in 0 to 1, equal on every machine."""
        left = self._encoder.encode([one for one, _ in pairs])
        right = self._encoder.encode([other for _, other in pairs])
        scores: Scores = np.clip(np.einsum("ij,ij->i", left, right), 0.0, 1.0)
        return scores


def _features(text: str) -> Iterator[tuple[str, float]]:
    folded = unicodedata.normalize("NFKC", texting.readable(text)).casefold()
    words = _WORD.findall(folded) or folded.split()
    for word in words:
        yield f"w {word}", _WORD_WEIGHT
        padded = f"^{word}$"
        for start in range(len(padded) - _GRAM_CHARS + 1):
            yield f"g {padded[start : start + _GRAM_CHARS]}", _GRAM_WEIGHT
    for first, second in itertools.pairwise(words):
        yield f"p {first} {second}", _PAIR_WEIGHT
