import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoders import sentence
from embeddings.encoders import text as texting
from embeddings.errors import EncoderError, EncoderMissingError
from embeddings.types import Scores

MAX_TOKENS = 256
"""What is read of both texts together; a longer text is cut, and costs more."""

REPORT = "verifier.json"
"""The report that is written beside the weights; it is no part of them."""


class SentenceCrossEncoder:
    """Any cross-encoder of sentence-transformers that answers one score, by name or folder.

    Imports torch and loads the weights when constructed (seconds).

    Args:
        threads: how many torch computes with, in this whole process; None leaves it as it is. More
            than one waits for the slowest: beside other work that is a tail of 0.3 s.
    """

    def __init__(self, *, model: str, threads: int | None = None) -> None:
        folder = sentence.local(model)
        self._model = load(model)
        if threads is not None:
            import torch  # noqa: PLC0415 - seconds

            torch.set_num_threads(threads)
        self._name = f"sentence:{model}" + (f"@{content(folder)}" if folder else "")
        # Tokenizers of the transformers library change their own state while they pad.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        """Answer `(n,)` float32 in 0 to 1; what lies beyond MAX_TOKENS is not read."""
        if not pairs:
            return np.empty((0,), dtype=np.float32)
        read = [(texting.readable(one), texting.readable(other)) for one, other in pairs]
        try:
            with self._lock:
                found = self._model.predict(read, show_progress_bar=False)
        except Exception as error:  # torch and the tokenizers raise whatever they like
            raise EncoderError(f"{self._name} failed: {error}") from error
        scores: Scores = np.asarray(found, dtype=np.float32)
        if scores.shape != (len(pairs),) or not np.isfinite(scores).all():
            raise EncoderError(f"{self._name} answered no score for each pair")
        return scores


def load(model: str) -> Any:
    """Load a model with one score a pair; one without a head gets a new one, of chance weights.

    Raises:
        EncoderMissingError: The library or the model is not there, or it answers several scores.
    """
    try:
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 - torch, seconds
        from torch.nn import Sigmoid  # noqa: PLC0415
    except ImportError as error:
        raise EncoderMissingError(
            "sentence-transformers and torch are not installed: run `make sentence`"
        ) from error
    try:
        return CrossEncoder(
            str(sentence.local(model) or model),
            num_labels=1,
            max_length=MAX_TOKENS,
            activation_fn=Sigmoid(),
        )
    except Exception as error:  # the libraries below raise whatever they like
        raise EncoderMissingError(f"cannot load the cross-encoder {model}: {error}") from error


def content(folder: Path) -> str:
    """Give eight digits that name the weights of a folder, whatever is reported of them."""
    return sentence.content(folder, without={REPORT})
