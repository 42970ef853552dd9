"""Vectors of texts, kept on disk: encoding 50,000 texts takes minutes, reading them a second.

One file an encoder: records of a 16-byte name of the text and its row of float32, only appended to.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from embeddings.encoders.base import Encoder
from embeddings.types import Vectors

_NAME_BYTES = 16
_BATCH = 256


def usual_folder() -> Path:
    """Find the user's cache folder for vectors."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "semcache" / "vectors"


class Vectorizer:
    """Encodes texts, each once ever.

    Args:
        folder: where the vectors are kept.
    """

    def __init__(self, encoder: Encoder, *, folder: Path) -> None:
        self._encoder = encoder
        self._path = folder / (re.sub(r"[^\w.-]+", "-", encoder.name) + ".vectors")
        self._record = np.dtype(
            [("name", f"V{_NAME_BYTES}"), ("row", np.float32, (encoder.dimension,))]
        )
        self._known = self._read()

    def encode(self, texts: Sequence[str], *, title: str = "encode") -> Vectors:
        """Answer `(n, d)` float32, rows L2-normalised, in the order of the texts.

        What Ctrl-C cuts short is kept as far as it came.
        """
        missing = {name: text for text in texts if (name := _name(text)) not in self._known}
        if missing:
            self._learn(missing, title=title)
        rows = [self._known[_name(text)] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self._encoder.dimension), np.float32)

    def _learn(self, missing: dict[bytes, str], *, title: str) -> None:
        ordered = sorted(missing.items(), key=lambda item: len(item[1]))
        starts = range(0, len(ordered), _BATCH)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            for start in track(starts, description=title, console=Console(stderr=True)):
                batch = ordered[start : start + _BATCH]
                records = np.empty(len(batch), dtype=self._record)
                records["name"] = np.array([name for name, _ in batch], dtype=records.dtype["name"])
                records["row"] = self._encoder.encode([text for _, text in batch])
                file.write(records.tobytes())
                self._take(records)

    def _read(self) -> dict[bytes, Vectors]:
        self._known = {}
        if self._path.exists():
            whole, torn = divmod(self._path.stat().st_size, self._record.itemsize)
            if torn:
                os.truncate(self._path, whole * self._record.itemsize)
            self._take(np.fromfile(self._path, dtype=self._record))
        return self._known

    def _take(self, records: np.ndarray) -> None:
        for name, row in zip(records["name"], records["row"], strict=True):
            self._known[name.tobytes()] = row


def _name(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_NAME_BYTES).digest()
