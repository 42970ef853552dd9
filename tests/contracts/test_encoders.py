"""What every encoder promises, run on each of them."""

import importlib.util
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from embeddings import similarity
from embeddings.encoders.base import Encoder
from embeddings.encoders.hashing import HashingEncoder
from embeddings.encoders.onnx import OnnxEncoder
from embeddings.encoders.remote import RemoteEncoder
from embeddings.encoders.sentence import SentenceEncoder

AWKWARD = {
    "empty": "",
    "blank": " \t\n\u00a0 ",
    "very long": "How do I reset my password? " * 20_000,
    "one endless word": "a" * 100_000,
    "emoji": "\U0001f389\U0001f469\u200d\U0001f4bb\ufe0f",
    "control characters": "\x00\x01\x1b[31m\x7f\u202e",
    "a lone surrogate": "half a character \ud83d",
    "Chinese": "\u5982\u4f55\u91cd\u7f6e\u6211\u7684\u5bc6\u7801",
    "only punctuation": "?!...---",
}
MIXED = ["Hi", "How do I reset my password?", *AWKWARD.values(), "Cancel my order, please. " * 30]


def _remote() -> Encoder:
    behind = HashingEncoder(dimension=48)

    def ask(texts: Sequence[str]) -> list[list[float]]:
        assert all(texts), "endpoints refuse an empty text"
        return [[7.0 * number for number in row] for row in behind.encode(texts).tolist()]

    return RemoteEncoder(name="remote:test/model:48", dimension=48, ask=ask, max_batch=3)


def _sentence() -> Encoder:
    if importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("sentence-transformers is not installed: make sentence")
    return SentenceEncoder(model="all-MiniLM-L6-v2")


BUILDERS: dict[str, Callable[[], Encoder]] = {
    "onnx": OnnxEncoder,
    "sentence": _sentence,
    "remote": _remote,
    "hashing": HashingEncoder,
}


@pytest.fixture(scope="module", params=BUILDERS)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return BUILDERS[request.param]()


def test_a_row_per_text_comes_back_normalised(encoder: Encoder) -> None:
    rows = encoder.encode(["How do I reset my password?", "Where is my parcel?"])

    assert rows.shape == (2, encoder.dimension)
    similarity.check_rows(rows, dimension=encoder.dimension)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    rows = encoder.encode([])

    assert rows.shape == (0, encoder.dimension)
    assert rows.dtype == np.float32


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_any_string_gets_a_vector(encoder: Encoder, text: str) -> None:
    similarity.check_rows(encoder.encode([text]), dimension=encoder.dimension)


def test_a_text_gets_the_same_vector_alone_and_in_any_company(encoder: Encoder) -> None:
    together = encoder.encode(MIXED)

    for text, row in zip(MIXED, together, strict=True):
        assert similarity.cosine(encoder.encode([text])[0], row) >= 0.9999


def test_rows_come_in_the_order_of_the_texts(encoder: Encoder) -> None:
    forward, backward = encoder.encode(MIXED), encoder.encode(MIXED[::-1])

    np.testing.assert_allclose(forward, backward[::-1], atol=1e-4)


def test_a_rewording_is_nearer_than_another_subject(encoder: Encoder) -> None:
    asked, reworded, other = encoder.encode(
        [
            "How do I reset my password?",
            "how can I reset the password of my account",
            "What is the weather like in Paris tomorrow?",
        ]
    )

    assert similarity.cosine(asked, reworded) > 0.5
    assert similarity.cosine(asked, other) < 0.35


def test_threads_that_encode_at_once_get_their_own_vectors(encoder: Encoder) -> None:
    texts = [f"question {number} about {'invoices ' * number}" for number in range(8)]
    expected = encoder.encode(texts)
    together = threading.Barrier(4)

    def work(_: int) -> None:
        together.wait()
        for text, row in zip(texts, expected, strict=True):
            assert similarity.cosine(encoder.encode([text])[0], row) >= 0.9999

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_the_name_says_which_vectors_these_are(encoder: Encoder) -> None:
    kind, _, rest = encoder.name.partition(":")

    assert kind in BUILDERS
    assert rest
