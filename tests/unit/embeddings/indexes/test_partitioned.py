import numpy as np
import pytest

from embeddings import similarity
from embeddings.errors import VectorShapeError
from embeddings.indexes.partitioned import PartitionedIndex
from embeddings.types import Vectors

DIMENSION = 16
ALICE, BOB, CHARLIE = b"alice", b"bob", b"charlie"


@pytest.fixture
def index() -> PartitionedIndex:
    return PartitionedIndex(dimension=DIMENSION, promote_at=20)


def rows(count: int, *, seed: int = 0) -> Vectors:
    return similarity.normalize(np.random.default_rng(seed).normal(size=(count, DIMENSION)))


def keys(index: PartitionedIndex, partition: bytes, vector: Vectors) -> list[int]:
    return [near.key for near in index.search(partition, vector, k=100)]


def test_a_partition_never_answers_with_what_another_holds(index: PartitionedIndex) -> None:
    vectors = rows(2)
    index.add(ALICE, 1, vectors[0])
    index.add(BOB, 2, vectors[1])

    assert keys(index, ALICE, vectors[1]) == [1]
    assert keys(index, BOB, vectors[0]) == [2]
    assert keys(index, CHARLIE, vectors[0]) == []


def test_a_key_that_is_added_elsewhere_moves(index: PartitionedIndex) -> None:
    vectors = rows(2)
    index.add(ALICE, 1, vectors[0])
    index.add(BOB, 1, vectors[1])

    assert len(index) == 1
    assert keys(index, ALICE, vectors[0]) == []
    assert keys(index, BOB, vectors[0]) == [1]
    assert index.partitions == 1


def test_a_partition_that_grows_is_promoted_and_loses_nothing(index: PartitionedIndex) -> None:
    vectors = rows(60)
    for key, vector in enumerate(vectors):
        index.add(ALICE, key, vector)
        assert len(keys(index, ALICE, vector)) == key + 1
    index.remove(7)

    assert sorted(keys(index, ALICE, vectors[7])) == [key for key in range(60) if key != 7]


def test_an_empty_partition_is_dropped(index: PartitionedIndex) -> None:
    index.add(ALICE, 1, rows(1)[0])
    index.remove(1)
    index.remove(1)

    assert (len(index), index.partitions) == (0, 0)
    assert 1 not in index


def test_many_rows_of_many_partitions_are_added_at_once(index: PartitionedIndex) -> None:
    vectors = rows(9000)
    names = [b"%d" % (number % 700) for number in range(9000)]
    index.add_many(zip(names, range(9000), vectors, strict=True))

    assert (len(index), index.partitions) == (9000, 700)
    assert sorted(keys(index, b"42", vectors[42])) == list(range(42, 9000, 700))


def test_of_a_key_given_twice_in_one_go_the_last_row_counts(index: PartitionedIndex) -> None:
    first, second = rows(2)
    index.add_many([(ALICE, 1, first), (BOB, 1, second), (BOB, 2, first), (ALICE, 2, second)])

    assert keys(index, ALICE, first) == [2]
    assert keys(index, BOB, first) == [1]
    assert index.search(BOB, second, k=1)[0].similarity == pytest.approx(1.0)


def test_clear_forgets_everything(index: PartitionedIndex) -> None:
    index.add_many((ALICE, key, row) for key, row in enumerate(rows(30)))
    index.clear()

    assert (len(index), index.partitions) == (0, 0)
    assert keys(index, ALICE, rows(1)[0]) == []


def test_a_refused_vector_leaves_no_trace(index: PartitionedIndex) -> None:
    with pytest.raises(VectorShapeError):
        index.add(ALICE, 1, np.ones(DIMENSION, dtype=np.float32))

    assert (len(index), index.partitions) == (0, 0)
    assert 1 not in index


def test_a_refused_vector_leaves_the_key_where_it_was(index: PartitionedIndex) -> None:
    vector = rows(1)[0]
    index.add(ALICE, 1, vector)
    with pytest.raises(VectorShapeError):
        index.add(BOB, 1, np.ones(DIMENSION, dtype=np.float32))

    assert keys(index, ALICE, vector) == [1]
