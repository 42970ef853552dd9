from collections.abc import Sequence
from typing import Protocol

from embeddings.types import Vectors


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
