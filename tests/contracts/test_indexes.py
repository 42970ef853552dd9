"""What every index promises, run on each of them."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from embeddings import similarity
from embeddings.errors import VectorShapeError
from embeddings.indexes.base import Index
from embeddings.indexes.flat import FlatIndex
from embeddings.indexes.hnsw import HnswIndex
from embeddings.types import Vectors

DIMENSION = 32
TOLERANCE = 0.01

BUILDERS: dict[str, Callable[[], Index]] = {
    "flat": lambda: FlatIndex(dimension=DIMENSION),
    "hnsw, still flat": lambda: HnswIndex(dimension=DIMENSION),
    "hnsw": lambda: HnswIndex(dimension=DIMENSION, train_at=16),
    "hnsw int8": lambda: HnswIndex(dimension=DIMENSION, train_at=16, codes="int8"),
}


@pytest.fixture(params=BUILDERS)
def index(request: pytest.FixtureRequest) -> Index:
    return BUILDERS[request.param]()


def rows(count: int, *, seed: int = 0) -> Vectors:
    return similarity.normalize(np.random.default_rng(seed).normal(size=(count, DIMENSION)))


def keys(index: Index, vector: Vectors, *, k: int) -> list[int]:
    return [near.key for near in index.search(vector, k=k)]


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert len(index) == 0
    assert index.search(rows(1)[0], k=3) == []


def test_a_stored_vector_is_its_own_nearest_neighbor(index: Index) -> None:
    vectors = rows(200)
    index.add(range(1000, 1200), vectors)

    assert len(index) == 200
    for place, vector in enumerate(vectors):
        (best,) = index.search(vector, k=1)
        assert best.key == 1000 + place
        assert best.similarity == pytest.approx(1.0, abs=TOLERANCE)


def test_neighbors_come_best_first_with_their_cosine(index: Index) -> None:
    vectors, asked = rows(200), rows(1, seed=1)[0]
    index.add(range(200), vectors)

    found = index.search(asked, k=8)

    assert [near.similarity for near in found] == sorted(
        (near.similarity for near in found), reverse=True
    )
    for near in found:
        expected = similarity.cosine(vectors[near.key], asked)
        assert near.similarity == pytest.approx(expected, abs=TOLERANCE)
    assert found[0].similarity == pytest.approx(float((vectors @ asked).max()), abs=TOLERANCE)


def test_similarities_stay_within_minus_one_and_one(index: Index) -> None:
    vectors = rows(40)
    index.add(range(80), np.concatenate([vectors, -vectors]))

    found = index.search(vectors[0], k=80)

    assert len(found) == 80
    assert max(near.similarity for near in found) <= 1.0
    assert min(near.similarity for near in found) >= -1.0


def test_asking_for_more_than_there_is_answers_all(index: Index) -> None:
    index.add(range(30), rows(30))

    assert sorted(keys(index, rows(1, seed=1)[0], k=500)) == list(range(30))


@pytest.mark.parametrize("k", [0, -1])
def test_asking_for_none_answers_none(index: Index, k: int) -> None:
    index.add(range(30), rows(30))

    assert index.search(rows(1)[0], k=k) == []


def test_a_known_key_is_replaced(index: Index) -> None:
    before, after = rows(40), rows(1, seed=1)
    index.add(range(40), before)
    index.add([7], after)

    assert len(index) == 40
    assert keys(index, after[0], k=1) == [7]
    assert index.search(before[7], k=1)[0].similarity < 0.9


def test_of_a_key_given_twice_the_last_row_counts(index: Index) -> None:
    vectors = rows(40)
    index.add([5] * 40, vectors)

    assert len(index) == 1
    (only,) = index.search(vectors[-1], k=9)
    assert only.similarity == pytest.approx(1.0, abs=TOLERANCE)


def test_a_removed_key_is_never_found_again(index: Index) -> None:
    vectors = rows(100)
    index.add(range(100), vectors)
    index.remove(range(0, 100, 2))

    assert len(index) == 50
    for vector in vectors:
        assert all(key % 2 for key in keys(index, vector, k=100))


def test_removing_what_is_unknown_changes_nothing(index: Index) -> None:
    index.add(range(30), rows(30))
    index.remove([30, -1, 2**62])

    assert len(index) == 30


def test_a_key_may_come_back_after_it_was_removed(index: Index) -> None:
    vectors = rows(40)
    index.add(range(40), vectors)
    index.remove(range(40))
    index.add([3], vectors[3:4])

    assert len(index) == 1
    assert keys(index, vectors[0], k=5) == [3]


def test_removed_twins_do_not_hide_a_living_neighbor(index: Index) -> None:
    """Many dead rows at the very spot that is asked for, just below the share that rebuilds."""
    filler, twin = rows(1000), rows(1, seed=1)
    near = similarity.normalize(twin + 0.05 * rows(1, seed=2))
    index.add([9000], near)
    index.add(range(1000), filler)
    index.add(range(5000, 5300), np.repeat(twin, 300, axis=0))
    index.remove(range(5000, 5300))

    assert keys(index, twin[0], k=1) == [9000]


def test_keys_may_be_any_signed_64_bit_integer(index: Index) -> None:
    chosen = [-(2**63), -1, 0, 2**63 - 1, *range(10, 40)]
    vectors = rows(len(chosen))
    index.add(chosen, vectors)

    for key, vector in zip(chosen, vectors, strict=True):
        assert keys(index, vector, k=1) == [key]


def test_the_callers_array_may_change_afterwards(index: Index) -> None:
    vectors = rows(40)
    original = vectors.copy()
    index.add(range(40), vectors)
    vectors[:] = rows(40, seed=9)

    assert keys(index, original[11], k=1) == [11]


@pytest.mark.parametrize(
    "bad",
    [
        np.ones((2, DIMENSION), dtype=np.float32),
        np.full((2, DIMENSION), np.nan, dtype=np.float32),
        np.eye(2, DIMENSION + 1, dtype=np.float32),
        np.eye(2, DIMENSION, dtype=np.float64),
        np.eye(3, DIMENSION, dtype=np.float32),
        np.eye(1, DIMENSION, dtype=np.float32)[0],
    ],
    ids=["not normalised", "NaN", "too wide", "float64", "more rows than keys", "one dimension"],
)
def test_rows_of_the_wrong_kind_are_refused_and_nothing_is_kept(index: Index, bad: Vectors) -> None:
    with pytest.raises(VectorShapeError):
        index.add([1, 2], bad)
    assert len(index) == 0


def test_a_question_of_the_wrong_kind_is_refused(index: Index) -> None:
    index.add(range(30), rows(30))

    with pytest.raises(VectorShapeError):
        index.search(rows(1), k=1)
    with pytest.raises(VectorShapeError):
        index.search(2 * rows(1)[0], k=1)


def test_searches_go_on_while_another_thread_writes(index: Index) -> None:
    vectors = rows(1200)
    index.add(range(40), vectors[:40])  # these stay
    done = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for start in range(40, 1200, 8):
                index.add(range(start, start + 8), vectors[start : start + 8])
                index.remove(range(start, start + 6))
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)
        finally:
            done.set()

    writer = threading.Thread(target=write)
    writer.start()
    searched = 0
    while not done.is_set() or searched < 40:
        place = searched % 40
        (best,) = index.search(vectors[place], k=1)
        assert best.key == place
        searched += 1
    writer.join()

    assert failures == []
    assert len(index) == 40 + 145 * 2
