"""Embeddings: each input is cached by itself, and is what the provider said to float32."""

import base64
from typing import Any

import httpx
import numpy as np
import pytest

from benchmarks.upstream.server import Upstream
from tests.callers import Caller, Said, unique


def vectors(said: Said) -> np.ndarray:
    """Read the vectors of an answer, in the order of their indices as sent."""
    assert said.status == 200, said.body
    rows = said.json["data"]
    assert [row["index"] for row in rows] == list(range(len(rows)))
    return np.array([unpacked(row["embedding"]) for row in rows], dtype=np.float32)


def unpacked(vector: Any) -> np.ndarray:
    if isinstance(vector, str):
        return np.frombuffer(base64.b64decode(vector), dtype="<f4")
    return np.array(vector, dtype=np.float32)


def direct(provider: Upstream, given: Any, **fields: Any) -> dict[str, Any]:
    """Ask the provider itself."""
    asked = {"model": "fake-embedding", "input": given, **fields}
    return dict(httpx.post(f"{provider.base_url}/embeddings", json=asked).json())


def inputs(provider: Upstream) -> list[Any]:
    """What the provider was asked for, call by call."""
    return [call["body"]["input"] for call in provider.calls()["calls"]]


def test_a_vector_asked_for_twice_is_generated_once(alice: Caller, provider: Upstream) -> None:
    text = unique()
    first, second = alice.embed(text), alice.embed(text)
    assert (first.level, second.level) == ("miss", "hit-exact")
    assert first.json == second.json
    assert inputs(provider) == [[text]]


@pytest.mark.parametrize("first", ["float", "base64"])
@pytest.mark.parametrize("second", ["float", "base64"])
def test_a_vector_is_the_providers_own_in_either_spelling(
    alice: Caller, provider: Upstream, first: str, second: str
) -> None:
    texts = [unique(), "日本語 👩‍👩‍👧‍👦", "a\nb"]
    asked = alice.embed(texts, encoding_format=first)
    again = alice.embed(texts, encoding_format=second)
    assert again.level == "hit-exact"
    assert isinstance(again.json["data"][0]["embedding"], str) is (second == "base64")
    truth = direct(provider, texts)
    expected = np.array([row["embedding"] for row in truth["data"]], dtype=np.float32)
    assert np.array_equal(vectors(asked), expected)
    assert np.array_equal(vectors(again), expected)
    assert asked.json["usage"] == truth["usage"]
    assert asked.json["object"] == "list"
    assert asked.json["model"] == "fake-embedding"


def test_a_batch_asks_only_for_what_nobody_has_seen(alice: Caller, provider: Upstream) -> None:
    a, b, c, d = (unique(word) for word in ("ant", "bee", "cat", "dog"))
    alice.embed([b, d])
    said = alice.embed([a, b, c, d, a])
    assert inputs(provider) == [[b, d], [a, c]]
    assert said.level == "miss"
    assert "2 of 4" in said.cache_status
    expected = [row["embedding"] for row in direct(provider, [a, b, c, d, a])["data"]]
    assert np.array_equal(vectors(said), np.array(expected, dtype=np.float32))
    assert alice.embed([d, c, b, a]).level == "hit-exact"


def test_usage_of_a_batch_is_what_the_provider_counted(alice: Caller, provider: Upstream) -> None:
    texts = [unique("one two three"), unique(""), unique("a much longer text than the others"), "x"]
    assert alice.embed(texts).json["usage"] == direct(provider, texts)["usage"]


def test_tokens_are_embedded_like_texts(alice: Caller, provider: Upstream) -> None:
    seed = int.from_bytes(unique().encode()[-3:])
    single, batch = [seed, 2, 3], [[seed, 2, 3], [4, 5, seed]]
    one, two = alice.embed(single), alice.embed(batch)
    assert (one.level, two.level) == ("miss", "miss")
    assert inputs(provider) == [[single], [[4, 5, seed]]]
    expected = [row["embedding"] for row in direct(provider, batch)["data"]]
    assert np.array_equal(vectors(two), np.array(expected, dtype=np.float32))
    assert alice.embed(str(single)).level == "miss", "tokens and their spelling are not the same"


def test_dimensions_are_another_vector(alice: Caller) -> None:
    text = unique()
    assert vectors(alice.embed(text)).shape == (1, 384)
    short = alice.embed(text, dimensions=16)
    assert short.level == "miss"
    assert vectors(short).shape == (1, 16)
    assert vectors(alice.embed(text, dimensions=16)).shape == (1, 16)


def test_a_large_batch_keeps_its_order(alice: Caller, provider: Upstream) -> None:
    texts = [unique() for _ in range(500)]
    first = alice.embed(texts, encoding_format="base64")
    again = alice.embed(texts[::-1], encoding_format="base64")
    assert again.level == "hit-exact"
    assert np.array_equal(vectors(again), vectors(first)[::-1])
    assert len(inputs(provider)) == 1


def test_controls_hold_for_embeddings_too(alice: Caller, provider: Upstream) -> None:
    text = unique()
    only_cached = {"Cache-Control": "only-if-cached"}
    said = alice.embed(text, headers=only_cached)
    assert (said.status, said.error["code"]) == (504, "not_cached")
    assert alice.embed(text, headers={"Cache-Control": "no-store"}).level == "bypass"
    assert alice.embed(text, headers=only_cached).status == 504
    assert alice.embed(text).level == "miss"
    assert alice.embed(text, headers={"x-semcache-mode": "off"}).level == "bypass"
    assert alice.embed(text, headers={"Cache-Control": "no-cache"}).level == "bypass"
    assert alice.embed(text, headers={"Cache-Control": "max-age=0"}).level == "miss"
    assert alice.embed(text, headers=only_cached).level == "hit-exact"
    assert provider.calls()["count"] == 5


def test_equal_requests_at_once_ask_once(alice: Caller, provider: Upstream) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    texts = [unique(), unique()]
    with ThreadPoolExecutor(20) as threads:
        said = list(threads.map(lambda _: alice.embed(texts), range(20)))
    assert len(inputs(provider)) == 1
    assert len({answer.body for answer in said}) == 1


def test_the_openai_client_reads_what_it_asks_for(alice: Caller, provider: Upstream) -> None:
    """By default it asks for base64 and unpacks it."""
    texts = [unique(), unique()]
    for _ in range(2):
        said = alice.openai.embeddings.create(model="fake-embedding", input=texts)
        expected = [row["embedding"] for row in direct(provider, texts)["data"]]
        assert [np.array(row.embedding, np.float32).tolist() for row in said.data] == [
            np.array(vector, np.float32).tolist() for vector in expected
        ]
        assert said.usage.prompt_tokens > 0
