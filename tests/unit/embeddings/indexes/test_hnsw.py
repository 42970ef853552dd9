import threading

import numpy as np
import pytest

from embeddings import similarity
from embeddings.indexes.flat import FlatIndex
from embeddings.indexes.hnsw import HnswIndex
from embeddings.types import Vectors


def clustered(count: int, *, seed: int) -> Vectors:
    """Rows `(count, 64)` around 100 centers, the same centers for every seed."""
    centers = np.random.default_rng(0).normal(size=(100, 64))
    random = np.random.default_rng(seed)
    noise = 0.8 * random.normal(size=(count, 64))
    return similarity.normalize(centers[random.integers(0, 100, count)] + noise)


def recall(index: HnswIndex, oracle: FlatIndex, asked: Vectors) -> float:
    """The share of questions whose best answer is as near as the oracle's."""
    hits = 0
    for vector in asked:
        hits += index.search(vector, k=8)[0].key == oracle.search(vector, k=1)[0].key
    return hits / len(asked)


def test_recall_at_one_is_at_least_99_percent_on_clustered_rows() -> None:
    rows = clustered(6000, seed=1)
    index, oracle = HnswIndex(dimension=64), FlatIndex(dimension=64)
    index.add(range(6000), rows)
    oracle.add(range(6000), rows)

    assert recall(index, oracle, clustered(400, seed=2)) >= 0.99


def test_recall_survives_a_history_of_removals_and_rebuilding() -> None:
    rows = clustered(6000, seed=1)
    index, oracle = HnswIndex(dimension=64), FlatIndex(dimension=64)
    index.add(range(6000), rows)
    oracle.add(range(6000), rows)
    for start in range(0, 3000, 100):
        index.remove(range(start, start + 100))
        oracle.remove(range(start, start + 100))

    assert len(index) == 3000
    assert recall(index, oracle, clustered(400, seed=2)) >= 0.99


@pytest.mark.parametrize("codes", ["fp16", "int8"])
def test_rebuilding_over_and_over_does_not_wear_the_codes(codes: str) -> None:
    rows = clustered(200, seed=1)
    index = HnswIndex(dimension=64, codes=codes, train_at=200, fresh_rows=1)  # type: ignore[arg-type]
    index.add(range(200), rows)
    before = index.search(rows[0], k=1)[0].similarity
    for _ in range(20):
        index.add(range(1000, 1100), clustered(100, seed=3))
        index.remove(range(1000, 1100))

    assert index.search(rows[0], k=1)[0].similarity == pytest.approx(before, abs=1e-6)


def test_int8_keeps_its_measure_when_later_rows_leave_the_trained_range() -> None:
    alike = similarity.normalize(clustered(1, seed=1) + 0.3 * clustered(1024, seed=2))
    index = HnswIndex(dimension=64, codes="int8")
    index.add(range(1024), alike)
    others = clustered(300, seed=5)
    index.add(range(5000, 5300), others)

    errors = [
        abs(near.similarity - similarity.cosine(others[near.key - 5000], others[place]))
        for place in range(300)
        for near in index.search(others[place], k=3)
        if near.key >= 5000
    ]
    assert np.mean(errors) < 0.003


def test_a_search_does_not_wait_for_a_rebuild() -> None:
    rows = clustered(12_000, seed=1)
    index = HnswIndex(dimension=64, ef_construction=400)
    index.add(range(12_000), rows)
    removed = threading.Thread(target=index.remove, args=(range(4000, 8000),))
    removed.start()
    searches = 0
    while removed.is_alive():
        assert index.search(rows[searches % 4000], k=1)
        searches += 1
    removed.join()

    assert len(index) == 8000
    assert searches > 50
