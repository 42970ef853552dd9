"""What every cross-encoder promises, run on each of them."""

import importlib.util
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from embeddings.encoders.base import CrossEncoder
from embeddings.encoders.cross import SentenceCrossEncoder
from embeddings.encoders.hashing import HashingCrossEncoder
from tests import models

QUESTION = "how do i reset my password"
PAIRS = [
    (QUESTION, "reset my password how"),
    (QUESTION, "where is my parcel"),
    ("", QUESTION),
    (" \t\n\u00a0", ""),
    (QUESTION, "half a character \ud83d"),
    ("\x00\x01\x1b[31m", QUESTION),
    (QUESTION, "how do i reset my password " * 20_000),
    ("\U0001f389", "\u5982\u4f55\u91cd\u7f6e\u6211\u7684\u5bc6\u7801"),
]


def _sentence(tmp: pytest.TempPathFactory) -> CrossEncoder:
    if importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("sentence-transformers is not installed: make sentence")
    words = " ".join(text for pair in PAIRS for text in pair if text.isprintable()).split()
    return SentenceCrossEncoder(model=str(models.tiny(tmp.mktemp("m") / "tiny", words=words)))


BUILDERS: dict[str, Callable[[pytest.TempPathFactory], CrossEncoder]] = {
    "hashing": lambda _: HashingCrossEncoder(),
    "sentence": _sentence,
}


@pytest.fixture(scope="module", params=BUILDERS)
def encoder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> CrossEncoder:
    return BUILDERS[request.param](tmp_path_factory)


def test_any_pair_of_strings_gets_a_score_between_0_and_1(encoder: CrossEncoder) -> None:
    scores = encoder.score(PAIRS)

    assert scores.shape == (len(PAIRS),)
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()


def test_no_pairs_get_no_scores(encoder: CrossEncoder) -> None:
    scores = encoder.score([])

    assert scores.shape == (0,)
    assert scores.dtype == np.float32


def test_a_pair_gets_the_same_score_alone_and_in_any_company(encoder: CrossEncoder) -> None:
    together = encoder.score(PAIRS)

    assert len(set(together.tolist())) > 2
    for pair, score in zip(PAIRS, together, strict=True):
        assert encoder.score([pair])[0] == pytest.approx(score, abs=1e-5)


def test_threads_that_score_at_once_get_their_own_scores(encoder: CrossEncoder) -> None:
    expected = encoder.score(PAIRS)
    together = threading.Barrier(4)

    def work(_: int) -> None:
        together.wait()
        for pair, score in zip(PAIRS, expected, strict=True):
            assert encoder.score([pair])[0] == pytest.approx(score, abs=1e-5)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
