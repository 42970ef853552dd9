import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from embeddings.errors import VectorShapeError
from embeddings.indexes.flat import FlatIndex
from embeddings.indexes.hnsw import HnswIndex
from embeddings.types import Neighbor, Vectors

_CHUNK_ROWS = 4096


@dataclass(slots=True, eq=False)
class _Partition:
    name: bytes
    index: FlatIndex | HnswIndex


class PartitionedIndex:
    """One small index per scope: only the vectors of one partition are ever compared.

    A partition starts flat, is moved to HNSW when it holds more than `promote_at` vectors, and is
    dropped when its last vector goes. A key lives in one partition; adding it to another moves it.
    One thread writes at a time; searches never wait for a move or a rebuild.
    """

    def __init__(self, *, dimension: int, promote_at: int = 4096) -> None:
        self._dimension = dimension
        self._promote_at = promote_at
        self._partitions: dict[bytes, _Partition] = {}
        self._homes: dict[int, _Partition] = {}
        self._writing = threading.Lock()

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def partitions(self) -> int:
        """The number of partitions."""
        return len(self._partitions)

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, key: int) -> bool:
        return key in self._homes

    def add(self, partition: bytes, key: int, vector: Vectors) -> None:
        """Keep one `(d,)` float32 vector, L2-normalised; a known key is replaced.

        Raises:
            VectorShapeError: The vector is not of that shape.
        """
        with self._writing:
            self._add(partition, [key], vector[None, :])

    def add_many(self, rows: Iterable[tuple[bytes, int, Vectors]]) -> None:
        """Keep many `(partition, key, vector)`, read 4,096 at a time; the last of a key counts.

        Raises:
            VectorShapeError: A vector is not `(d,)`; rows of earlier chunks are kept.
        """
        stream = iter(rows)
        while chunk := list(islice(stream, _CHUNK_ROWS)):
            last = {key: (partition, vector) for partition, key, vector in chunk}
            grouped: dict[bytes, list[int]] = {}
            for key, (partition, _) in last.items():
                grouped.setdefault(partition, []).append(key)
            for partition, keys in grouped.items():
                with self._writing:
                    self._add(partition, keys, _stack([last[key][1] for key in keys]))

    def remove(self, key: int) -> None:
        """Forget the key; an unknown one is ignored."""
        with self._writing:
            self._remove(key)

    def search(self, partition: bytes, vector: Vectors, *, k: int) -> list[Neighbor]:
        """Answer the `k` nearest of the partition, best first; nothing if it is unknown.

        Args:
            partition: The scope.
            vector: `(d,)` float32, L2-normalised.
            k: How many at most.

        Raises:
            VectorShapeError: The vector is not of that shape.
        """
        found = self._partitions.get(partition)
        return [] if found is None else found.index.search(vector, k=k)

    def clear(self) -> None:
        """Forget everything."""
        with self._writing:
            self._partitions = {}
            self._homes = {}

    def _add(self, name: bytes, keys: list[int], rows: Vectors) -> None:
        home = self._partitions.get(name)
        if home is None:
            home = _Partition(name, FlatIndex(dimension=self._dimension))
        home.index.add(keys, rows)
        for key in keys:
            if self._homes.get(key) not in (None, home):
                self._remove(key)
            self._homes[key] = home
        self._partitions[home.name] = home
        if isinstance(home.index, FlatIndex) and len(home.index) > self._promote_at:
            larger = HnswIndex(dimension=self._dimension)
            larger.add(*home.index.items())
            home.index = larger

    def _remove(self, key: int) -> None:
        home = self._homes.pop(key, None)
        if home is None:
            return
        home.index.remove([key])
        if len(home.index) == 0:
            del self._partitions[home.name]


def _stack(vectors: list[Vectors]) -> Vectors:
    try:
        return np.stack(vectors)
    except ValueError as error:
        raise VectorShapeError("the vectors are of different shapes") from error
