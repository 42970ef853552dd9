"""Models small enough to be made up for a test: nothing is downloaded, and nothing is known."""

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

installed = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="sentence-transformers is not installed: make sentence",
)


def tiny(folder: Path, *, words: Iterable[str], scores: int = 1) -> Path:
    """Write a BERT of 16 dimensions with weights of chance, that reads these words.

    Args:
        scores: how many it answers for a pair.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import (  # noqa: PLC0415 - torch, seconds
        BertConfig,
        BertForSequenceClassification,
        BertTokenizer,
        set_seed,
    )

    set_seed(1)
    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(words))]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    config.num_labels = scores
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder
