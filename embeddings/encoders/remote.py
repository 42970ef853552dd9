from collections.abc import Callable, Sequence

import numpy as np

from embeddings import similarity
from embeddings.encoders import text as texting
from embeddings.errors import EncoderError, EncoderUnavailableError, VectorShapeError
from embeddings.types import Vectors

Ask = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Sends texts to an endpoint and answers one list of d floats a text, in the same order."""


class RemoteEncoder:
    """An OpenAI-style embeddings endpoint; the callable does the I/O, this checks its answer.

    At most `max_batch` texts go into one call. Endpoints refuse an empty text, so it is sent as a
    blank. The name is the caller's, and must change when the endpoint's model does.
    """

    def __init__(self, *, name: str, dimension: int, ask: Ask, max_batch: int = 128) -> None:
        self._name = name
        self._dimension = dimension
        self._ask = ask
        self._max_batch = max_batch

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Answer `(n, d)` float32, rows L2-normalised.

        Raises:
            EncoderUnavailableError: The callable raised.
            EncoderError: The answer is not one finite, non-zero row of d numbers a text.
        """
        rows = np.empty((len(texts), self._dimension), dtype=np.float32)
        for start in range(0, len(texts), self._max_batch):
            part = texts[start : start + self._max_batch]
            batch = [texting.readable(text) or " " for text in part]
            rows[start : start + len(batch)] = self._rows(batch)
        return rows

    def _rows(self, batch: list[str]) -> Vectors:
        try:
            answer = self._ask(batch)
        except EncoderError:
            raise
        except Exception as error:
            raise EncoderUnavailableError(f"{self._name} did not answer: {error}") from error
        try:
            rows = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise EncoderError(f"{self._name} answered something that is no matrix") from error
        if rows.shape != (len(batch), self._dimension):
            raise EncoderError(
                f"{self._name} answered shape {rows.shape}, "
                f"expected ({len(batch)}, {self._dimension})"
            )
        try:
            return similarity.normalize(rows)
        except VectorShapeError as error:
            raise EncoderError(f"{self._name}: {error}") from error
