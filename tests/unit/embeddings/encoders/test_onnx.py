import numpy as np
import pytest

from embeddings import similarity
from embeddings.encoders.onnx import OnnxEncoder


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


def test_the_name_holds_the_digest_of_the_weights(encoder: OnnxEncoder) -> None:
    assert encoder.name == "onnx:all-MiniLM-L6-v2-int8@8199be6f"
    assert encoder.dimension == 384


def test_the_vectors_are_the_ones_that_are_stored_in_databases(encoder: OnnxEncoder) -> None:
    """A change here means that stored vectors no longer fit, and that the name must change."""
    (row,) = encoder.encode(["How do I reset my password?"])

    np.testing.assert_allclose(
        row[:6], [0.0054, -0.0611, -0.0713, -0.0342, -0.0428, 0.0684], atol=2e-3
    )


def test_case_and_spacing_do_not_matter_to_this_model(encoder: OnnxEncoder) -> None:
    plain, shouted = encoder.encode(["reset my password", "  RESET   my\nPassword "])

    assert similarity.cosine(plain, shouted) > 0.9999


def test_what_comes_after_256_tokens_is_not_read(encoder: OnnxEncoder) -> None:
    start = "password " * 254
    whole, cut = encoder.encode([start + "weather in Paris", start])

    assert similarity.cosine(whole, cut) > 0.9999


def test_what_comes_within_256_tokens_is_read(encoder: OnnxEncoder) -> None:
    start = "password " * 200
    whole, cut = encoder.encode([start + "weather in Paris " * 10, start])

    assert similarity.cosine(whole, cut) < 0.99


def test_two_threads_give_the_same_vectors_as_one(encoder: OnnxEncoder) -> None:
    texts = ["How do I reset my password?", "Where is my parcel? " * 20]

    np.testing.assert_allclose(
        OnnxEncoder(threads=2).encode(texts), encoder.encode(texts), atol=1e-4
    )
