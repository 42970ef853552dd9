import threading
from collections.abc import Iterable, Sequence

import numpy as np

from embeddings import similarity
from embeddings.errors import VectorShapeError
from embeddings.types import Neighbor, Vectors

_SPARSE = 4
"""Storage is given back when less than one row in four is used."""


class FlatIndex:
    """Exact search: one matrix, one product. The oracle in tests, and right for small scopes.

    The matrix grows by half, from exactly what the first `add` brought: a product may keep tens of
    thousands of indexes with one vector each. Removing moves the last row into the gap.
    50,000 of them inside a PartitionedIndex take 2.5 kB each, 1,536 bytes of which are the vector.

    Note [vecdot, not matmul]: BLAS splits a larger product over threads that wait for each other;
    on two busy cores 4,096 rows took 8 ms in the median that way, and 0.09 ms in one thread.
    """

    __slots__ = ("_dimension", "_keys", "_lock", "_rows", "_slots")

    def __init__(self, *, dimension: int) -> None:
        self._dimension = dimension
        self._rows: Vectors = np.empty((0, dimension), dtype=np.float32)
        self._keys: list[int] = []
        self._slots: dict[int, int] = {}
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: int) -> bool:
        return key in self._slots

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Keep `(n, d)` rows, one a key. Raises: VectorShapeError."""
        rows = similarity.check_rows(vectors, dimension=self._dimension)
        if len(keys) != len(rows):
            raise VectorShapeError(f"{len(keys)} keys for {len(rows)} rows")
        with self._lock:
            slots = [self._slot(key) for key in keys]
            self._grow()
            self._rows[slots] = rows

    def remove(self, keys: Sequence[int]) -> None:
        """Forget the keys; unknown ones are ignored."""
        with self._lock:
            for key in keys:
                if (slot := self._slots.pop(key, None)) is not None:
                    self._fill(slot)
            if len(self._keys) < len(self._rows) // _SPARSE:
                self._rows = self._rows[: len(self._keys)].copy()

    def search(self, vector: Vectors, *, k: int) -> list[Neighbor]:
        """Answer the `k` nearest, best first. Raises: VectorShapeError."""
        query = similarity.check_vector(vector, dimension=self._dimension)
        with self._lock:
            count = len(self._keys)
            if k < 1 or count == 0:
                return []
            similarities = np.clip(np.vecdot(self._rows[:count], query), -1.0, 1.0)
            best: Iterable[int] = range(count)
            if k < count:
                best = np.argpartition(similarities, count - k)[count - k :].tolist()
            found = [
                Neighbor(key=self._keys[slot], similarity=float(similarities[slot]))
                for slot in best
            ]
        return sorted(found, key=lambda near: (-near.similarity, near.key))

    def items(self) -> tuple[list[int], Vectors]:
        """Answer a copy of the keys and their `(n, d)` rows, to move them elsewhere."""
        with self._lock:
            return self._keys.copy(), self._rows[: len(self._keys)].copy()

    def _slot(self, key: int) -> int:
        slot = self._slots.setdefault(key, len(self._keys))
        if slot == len(self._keys):
            self._keys.append(key)
        return slot

    def _grow(self) -> None:
        needed, capacity = len(self._keys), len(self._rows)
        if needed > capacity:
            rows = np.empty((max(needed, capacity + capacity // 2), self._dimension), np.float32)
            rows[:capacity] = self._rows
            self._rows = rows

    def _fill(self, slot: int) -> None:
        """Move the last row into the slot that was freed, unless it is the last itself."""
        key = self._keys.pop()
        if slot < len(self._keys):
            self._keys[slot] = key
            self._slots[key] = slot
            self._rows[slot] = self._rows[len(self._keys)]
