import sys

import numpy as np

from embeddings import similarity
from embeddings.indexes.flat import FlatIndex


def test_equal_neighbors_come_by_ascending_key() -> None:
    index = FlatIndex(dimension=2)
    index.add([9, 3, 6], np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (3, 1)))

    found = index.search(np.array([1.0, 0.0], dtype=np.float32), k=3)

    assert [near.key for near in found] == [3, 6, 9]


def test_items_are_a_copy_of_what_is_held() -> None:
    index = FlatIndex(dimension=4)
    rows = similarity.normalize(np.random.default_rng(0).normal(size=(5, 4)))
    index.add(range(5), rows)
    index.remove([1])
    keys, held = index.items()

    for key, row in zip(keys, held, strict=True):
        np.testing.assert_array_equal(row, rows[key])
    held[:] = 0.0
    assert index.search(rows[0], k=1)[0].key == 0


def test_an_index_that_emptied_gives_its_memory_back() -> None:
    index = FlatIndex(dimension=256)
    rows = similarity.normalize(np.random.default_rng(0).normal(size=(1000, 256)))
    index.add(range(1000), rows)
    index.remove(range(1, 1000))

    assert sys.getsizeof(index._rows) < 10_000  # noqa: SLF001 - memory has no other witness
    assert index.search(rows[0], k=1)[0].key == 0


def test_rows_that_come_one_by_one_are_seldom_copied() -> None:
    index = FlatIndex(dimension=8)
    rows = similarity.normalize(np.random.default_rng(0).normal(size=(1000, 8)))
    sizes = set()
    for key in range(1000):
        index.add([key], rows[key : key + 1])
        sizes.add(len(index._rows))  # noqa: SLF001 - copying has no other witness

    assert len(sizes) < 30
