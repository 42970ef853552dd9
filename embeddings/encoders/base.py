from collections.abc import Sequence
from typing import Protocol

from embeddings.types import Scores, Vectors


class Encoder(Protocol):
    """Turns text into vectors; synchronous, and safe to call from several threads."""

    @property
    def name(self) -> str:
        """The identity recorded with every vector; it changes whenever the vectors would."""

    @property
    def dimension(self) -> int:
        """The number of columns, d."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Answer `(n, d)` float32, rows L2-normalised, in the order of the texts.

        Any string is accepted: empty, blank, very long, with control characters or lone surrogates.
        A text gets the same vector alone and in a batch, to cosine 0.9999.

        Raises:
            EncoderError: No vectors could be made.
        """


class CrossEncoder(Protocol):
    """Reads two texts together; synchronous, and safe to call from several threads."""

    @property
    def name(self) -> str:
        """The identity of the model; it changes whenever the scores would."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        """Answer `(n,)` float32 in 0 to 1: how likely the two of each pair ask for the same.

        Any string is accepted, as by an encoder. The scores need not be calibrated, only ordered.

        Raises:
            EncoderError: No scores could be made.
        """
