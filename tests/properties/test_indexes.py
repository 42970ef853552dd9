"""After any history of adding, replacing and removing, an index answers like brute force."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from embeddings import similarity
from embeddings.indexes.base import Index
from embeddings.indexes.flat import FlatIndex
from embeddings.indexes.hnsw import HnswIndex
from embeddings.indexes.partitioned import PartitionedIndex
from embeddings.types import Neighbor, Vectors

DIMENSION = 12
POOL: Vectors = similarity.normalize(np.random.default_rng(5).normal(size=(64, DIMENSION)))

keys = st.integers(min_value=-8, max_value=24)
rows = st.integers(min_value=0, max_value=len(POOL) - 1)


def nearest(model: dict[int, int], asked: int, *, k: int) -> list[float]:
    """Brute force over the model: the best cosines, highest first."""
    cosines = [similarity.cosine(POOL[row], POOL[asked]) for row in model.values()]
    return sorted(cosines, reverse=True)[:k]


def agree(
    found: list[Neighbor], model: dict[int, int], asked: int, *, k: int, tolerance: float
) -> None:
    best = nearest(model, asked, k=k)
    assert [near.similarity for near in found] == pytest.approx(best, abs=tolerance)
    assert len({near.key for near in found}) == len(found)
    for near in found:
        exact = similarity.cosine(POOL[model[near.key]], POOL[asked])
        assert near.similarity == pytest.approx(exact, abs=tolerance)


class IndexHistory(RuleBasedStateMachine):
    """The model is a dictionary from key to a row of the pool."""

    tolerance = 1e-5

    def __init__(self) -> None:
        super().__init__()
        self.index = self.build()
        self.model: dict[int, int] = {}

    def build(self) -> Index:
        return FlatIndex(dimension=DIMENSION)

    @rule(added=st.lists(st.tuples(keys, rows), max_size=12))
    def add(self, added: list[tuple[int, int]]) -> None:
        self.index.add([key for key, _ in added], POOL[[row for _, row in added]])
        self.model.update(added)

    @rule(removed=st.lists(keys, max_size=6))
    def remove(self, removed: list[int]) -> None:
        self.index.remove(removed)
        for key in removed:
            self.model.pop(key, None)

    @rule(asked=rows, k=st.integers(min_value=1, max_value=40))
    def search(self, asked: int, k: int) -> None:
        found = self.index.search(POOL[asked], k=k)
        agree(found, self.model, asked, k=k, tolerance=self.tolerance)

    @invariant()
    def the_length_is_the_number_of_keys(self) -> None:
        assert len(self.index) == len(self.model)


class HnswHistory(IndexHistory):
    """Few rows, a graph from the fourth on, so that every path is walked."""

    tolerance = 2e-3  # 16-bit floats

    def build(self) -> Index:
        return HnswIndex(dimension=DIMENSION, train_at=4, fresh_rows=3)


class Int8History(IndexHistory):
    """The code book is trained on the whole pool first, as a real one is on 1,024 rows."""

    tolerance = 0.02

    def build(self) -> Index:
        index = HnswIndex(dimension=DIMENSION, codes="int8", train_at=len(POOL), fresh_rows=3)
        index.add(range(100, 100 + len(POOL)), POOL)
        index.remove(range(100, 100 + len(POOL)))
        return index


names = st.sampled_from([b"alice", b"bob", b"charlie"])


class PartitionedHistory(RuleBasedStateMachine):
    """A key lives in one partition; no partition ever answers another's key."""

    def __init__(self) -> None:
        super().__init__()
        self.index = PartitionedIndex(dimension=DIMENSION, promote_at=6)
        self.model: dict[int, tuple[bytes, int]] = {}

    @rule(name=names, key=keys, row=rows)
    def add(self, name: bytes, key: int, row: int) -> None:
        self.index.add(name, key, POOL[row])
        self.model[key] = (name, row)

    @rule(added=st.lists(st.tuples(names, keys, rows), max_size=12))
    def add_many(self, added: list[tuple[bytes, int, int]]) -> None:
        self.index.add_many((name, key, POOL[row]) for name, key, row in added)
        self.model.update({key: (name, row) for name, key, row in added})

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        self.index.remove(key)
        del self.model[key]

    @rule(name=names, asked=rows, k=st.integers(min_value=1, max_value=40))
    def search(self, name: bytes, asked: int, k: int) -> None:
        mine = {key: row for key, (home, row) in self.model.items() if home == name}
        agree(self.index.search(name, POOL[asked], k=k), mine, asked, k=k, tolerance=1e-5)

    @invariant()
    def keys_and_partitions_are_counted(self) -> None:
        assert len(self.index) == len(self.model)
        assert self.index.partitions == len({name for name, _ in self.model.values()})
        assert all(key in self.index for key in self.model)


TestFlatHistory = IndexHistory.TestCase
TestHnswHistory = HnswHistory.TestCase
TestInt8History = Int8History.TestCase
TestPartitionedHistory = PartitionedHistory.TestCase
for case in (TestFlatHistory, TestHnswHistory, TestInt8History, TestPartitionedHistory):
    case.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
