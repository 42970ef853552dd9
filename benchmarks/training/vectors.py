"""Vectors of texts by the product's own encoder, each text once."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.progress import track

from embeddings.encoders.onnx import OnnxEncoder

_BATCH = 32


class Vectors:
    """Look up the vector of a text: (384,) float32, L2-normalised.

    Args:
        cache: a folder that keeps them from run to run.
    """

    def __init__(self, *, cache: Path) -> None:
        self._cache = cache
        self._encoder = OnnxEncoder(threads=2)
        self._known: dict[str, np.ndarray] = {}

    def encode(self, texts: Iterable[str]) -> None:
        """Make sure of the vectors of texts."""
        new = sorted({text for text in texts if text not in self._known}, key=len)
        if not new:
            return
        name = hashlib.sha256("\x1f".join(new).encode()).hexdigest()[:24]
        kept = self._cache / f"{name}.npy"
        if kept.exists():
            rows = np.load(kept)
        else:
            starts = track(range(0, len(new), _BATCH), description=f"encoding {len(new)} texts")
            rows = np.concatenate([self._encoder.encode(new[s : s + _BATCH]) for s in starts])
            self._cache.mkdir(parents=True, exist_ok=True)
            np.save(kept, rows)
        self._known.update(zip(new, rows, strict=True))

    def __getitem__(self, text: str) -> np.ndarray:
        return self._known[text]
