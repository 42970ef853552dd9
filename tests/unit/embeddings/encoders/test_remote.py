from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from embeddings.encoders.remote import RemoteEncoder
from embeddings.errors import EncoderError, EncoderUnavailableError


def answering(answer: Any) -> RemoteEncoder:
    return RemoteEncoder(name="remote:test/model:3", dimension=3, ask=lambda _: answer)


@pytest.mark.parametrize(
    "garbage",
    [
        [],
        [[1.0, 0.0, 0.0]],
        [[1.0, 0.0, 0.0]] * 3,
        [[1.0, 0.0]] * 2,
        [[1.0, 0.0, 0.0], [1.0]],
        [[1.0, 0.0, float("nan")]] * 2,
        [[1.0, 0.0, float("inf")]] * 2,
        [[0.0, 0.0, 0.0]] * 2,
        [["a", "b", "c"]] * 2,
        None,
        {"error": "overloaded"},
        "sorry",
    ],
    ids=str,
)
def test_garbage_is_refused(garbage: Any) -> None:
    with pytest.raises(EncoderError, match="remote:test/model:3"):
        answering(garbage).encode(["one", "two"])


def test_a_failing_endpoint_may_be_tried_again() -> None:
    def ask(_: Sequence[str]) -> Sequence[Sequence[float]]:
        raise ConnectionError("refused")

    with pytest.raises(EncoderUnavailableError, match="refused") as caught:
        RemoteEncoder(name="remote:down", dimension=3, ask=ask).encode(["one"])
    assert caught.value.retryable
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_rows_are_normalised_whatever_the_endpoint_sends() -> None:
    rows = answering([[3.0, 0.0, 4.0]]).encode(["one"])

    np.testing.assert_allclose(rows, [[0.6, 0.0, 0.8]], atol=1e-6)


def test_many_texts_go_out_in_several_calls_and_come_back_in_order() -> None:
    calls: list[int] = []

    def ask(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        calls.append(len(texts))
        return [[1.0, float(text)] for text in texts]

    encoder = RemoteEncoder(name="remote:test", dimension=2, ask=ask, max_batch=4)
    rows = encoder.encode([str(number) for number in range(10)])

    assert calls == [4, 4, 2]
    np.testing.assert_allclose(rows[:, 1] / rows[:, 0], range(10), atol=1e-5)


def test_no_texts_cost_no_call() -> None:
    assert answering("never looked at").encode([]).shape == (0, 3)
