"""What an answer says, in a few bytes; and how the answers of a request's candidates agree.

Two answers to one question share the words that carry it, however they are phrased. The signature
is a count sketch of an answer's content words: 192 buckets of one byte, so that eight candidates
can be compared within microseconds and an entry carries no second vector.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np

from semcache.levels.verify import lexicon, words

BUCKETS = 192
_SHARPNESS = 12.0
_WORDS_LIMIT = 400
_NOTHING = np.zeros(BUCKETS, dtype=np.float32)


class Votes(NamedTuple):
    """How a candidate's neighbours' answers agree with its own, nearer ones counting more."""

    support: float = 0.0
    dissent: float = 0.0


def of(text: str) -> bytes:
    """Sign an answer: BUCKETS bytes, square roots of its content words' counts, signed."""
    counts = np.zeros(BUCKETS, dtype=np.float32)
    content = [w for w in words.split(text.lower()) if w not in lexicon.function_words()][
        :_WORDS_LIMIT
    ]
    for word in content or words.split(text.lower())[:_WORDS_LIMIT]:
        mark = crc32(words.stem(word).encode())
        counts[mark % BUCKETS] += 1.0 if mark >> 31 else -1.0
    rooted = np.sign(counts) * np.sqrt(np.abs(counts))
    largest = float(np.abs(rooted).max(initial=0.0)) or 1.0
    return (rooted * (127.0 / largest)).astype(np.int8).tobytes()


def agreement(ours: bytes, theirs: bytes) -> float | None:
    """Compare two signatures: 1 for the same words, about 0 for others; None where one lacks."""
    if len(ours) != BUCKETS or len(theirs) != BUCKETS:
        return None
    if ours == theirs:
        return 1.0
    return max(0.0, float(_unit(ours) @ _unit(theirs)))


def votes(
    signatures: Sequence[bytes], similarities: Sequence[float], *, counted: Sequence[bool]
) -> list[Votes]:
    """Let the candidates vote on each other. Only those that are `counted` have a voice."""
    signed = np.array([len(signature) == BUCKETS for signature in signatures], dtype=bool)
    if signed.sum() < 2:  # noqa: PLR2004 - one has nobody to agree with
        return [Votes()] * len(signatures)
    units = np.stack([_unit(s) if len(s) == BUCKETS else _NOTHING for s in signatures])
    agreed = np.clip(units @ units.T, 0.0, 1.0)
    near = np.asarray(similarities)
    heard = np.exp(np.minimum(0.0, _SHARPNESS * (near[None, :] - near[:, None])))
    heard *= signed[:, None] * (signed * np.asarray(counted))[None, :]
    np.fill_diagonal(heard, 0.0)
    support, dissent = (heard * agreed).sum(axis=1), (heard * (1.0 - agreed)).sum(axis=1)
    return [
        Votes(support=s, dissent=d) for s, d in zip(support.tolist(), dissent.tolist(), strict=True)
    ]


@lru_cache(maxsize=4_096)
def _unit(signature: bytes) -> np.ndarray:
    vector = np.frombuffer(signature, dtype=np.int8).astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
