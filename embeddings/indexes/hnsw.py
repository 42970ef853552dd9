import threading
from collections.abc import Sequence
from typing import Any, Literal

import faiss
import numpy as np

from embeddings import similarity
from embeddings.errors import VectorShapeError
from embeddings.indexes.flat import FlatIndex
from embeddings.types import Neighbor, Vectors

_swig: Any = faiss  # its type stubs miss what SWIG generates

_SLICE_ROWS = 256
"""Rows that enter the graph while searches wait."""
_DEAD_SHARE = 0.25
"""Share of the graph's rows that may be tombstones before it is built anew."""
_OVERSAMPLE = 24
_WIDER = 8
_RANGE_MARGIN = 0.1
"""Widening of each dimension's trained range on either side, as a share of that range."""
_RANGE_FLOOR = 4.0
"""Least range of a dimension, in standard deviations (1/sqrt(d)) of an even unit vector's numbers.

The first rows of a scope may all be alike; without a floor, later ones were clipped, and their
similarities off by 0.18 on average (with it: 0.001, 64 dimensions).
"""


class HnswIndex:
    """Approximate search: faiss HNSW, inner product, over 16-bit floats or 8-bit codes.

    New rows are first held flat and searched exactly. The first `train_at` of them enter the graph
    together (and train the code book of `int8`), later ones by `fresh_rows`, because faiss prepares
    a table as long as the graph for every call. A removed or replaced row stays in the graph as a
    tombstone, which no search answers; past a quarter of tombstones the writer builds a new graph,
    while searches go on in the old one. A search that meets too many tombstones looks wider, and at
    last at every row.

    Note [Numbers of the graph]: measured on 20,000 prompts and questions encoded by MiniLM, 1,000
    others asked, k = 8, recall@1 against exact search and median time: fp16 with 16 links 0.990 and
    0.12 ms, 24 links 0.996 and 0.19 ms, 32 links 0.997 and 0.24 ms; int8 with 24 links 0.982 and
    0.16 ms, because its similarities are off by 0.0004 on average where those of fp16 are off by
    0.00001. fp16 costs 384 bytes more a vector, and is the default; int8 is for tight memory.
    """

    def __init__(
        self,
        *,
        dimension: int,
        codes: Literal["fp16", "int8"] = "fp16",
        train_at: int = 1024,
        fresh_rows: int = 64,
        links: int = 24,
        ef_construction: int = 120,
        ef_search: int = 128,
    ) -> None:
        self._dimension = dimension
        self._train_at = train_at
        self._fresh_rows = fresh_rows
        self._ef_search = ef_search
        self._blank = _graph(dimension, codes=codes, links=links, ef_construction=ef_construction)
        self._graph: Any = None
        self._keys: list[int] = []  # by place in the graph, tombstones included
        self._places: dict[int, int] = {}  # live keys of the graph
        self._fresh = FlatIndex(dimension=dimension)
        self._writing = threading.Lock()  # one writer at a time, held long
        self._lock = threading.Lock()  # graph and maps agree, held short; taken inside _writing

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        with self._lock:
            return len(self._places) + len(self._fresh)

    def __contains__(self, key: int) -> bool:
        with self._lock:
            return key in self._places or key in self._fresh

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Keep `(n, d)` rows, one a key. Raises: VectorShapeError."""
        rows = similarity.check_rows(vectors, dimension=self._dimension)
        if len(keys) != len(rows):
            raise VectorShapeError(f"{len(keys)} keys for {len(rows)} rows")
        with self._writing:
            for start in range(0, len(keys), _SLICE_ROWS):
                part = slice(start, start + _SLICE_ROWS)
                with self._lock:
                    self._absorb(keys[part], rows[part])
            self._compact()

    def remove(self, keys: Sequence[int]) -> None:
        """Forget the keys; unknown ones are ignored."""
        with self._writing:
            with self._lock:
                self._fresh.remove(keys)
                self._bury(keys)
            self._compact()

    def search(self, vector: Vectors, *, k: int) -> list[Neighbor]:
        """Answer the `k` nearest, best first. Raises: VectorShapeError."""
        query = similarity.check_vector(vector, dimension=self._dimension)
        if k < 1:
            return []
        with self._lock:
            found = self._fresh.search(query, k=k) + self._search_graph(query[None, :], k=k)
        return sorted(found, key=lambda near: (-near.similarity, near.key))[:k]

    def _absorb(self, keys: Sequence[int], rows: Vectors) -> None:
        self._bury(keys)
        self._fresh.add(keys, rows)
        if len(self._fresh) < (self._train_at if self._graph is None else self._fresh_rows):
            return
        fresh_keys, fresh_rows = self._fresh.items()
        if self._graph is None:
            _train(self._blank, fresh_rows)
            self._graph = _swig.clone_index(self._blank)
        self._graph.add(fresh_rows)
        first = len(self._keys)
        self._places.update({key: place for place, key in enumerate(fresh_keys, first)})
        self._keys.extend(fresh_keys)
        self._fresh = FlatIndex(dimension=self._dimension)

    def _bury(self, keys: Sequence[int]) -> None:
        """Make tombstones: a place whose key does not lead back to it is dead."""
        for key in keys:
            self._places.pop(key, None)

    def _compact(self) -> None:
        """Build a new graph of the live rows if too many are dead; searches go on meanwhile.

        The codes are decoded and coded again by the same code book, which loses nothing.
        """
        dead = len(self._keys) - len(self._places)
        if self._graph is None or dead <= _DEAD_SHARE * len(self._keys):
            return
        keys = list(self._places)
        places = np.fromiter(self._places.values(), dtype=np.int64, count=len(keys))
        graph = _swig.clone_index(self._blank)
        for start in range(0, len(keys), 4096):
            graph.add(self._graph.reconstruct_batch(places[start : start + 4096]))
        with self._lock:
            self._graph, self._keys = graph, keys
            self._places = {key: place for place, key in enumerate(keys)}

    def _search_graph(self, query: Vectors, *, k: int) -> list[Neighbor]:
        wanted = min(k, len(self._places))
        if wanted == 0:
            return []
        reach = k + _OVERSAMPLE
        for width in (reach, reach * _WIDER):
            settings = _swig.SearchParametersHNSW(efSearch=max(self._ef_search, width))
            found = self._live(*self._graph.search(query, width, params=settings))
            if len(found) >= wanted:
                return found[:wanted]
        everything = len(self._keys)
        return self._live(*self._graph.storage.search(query, everything))[:wanted]

    def _live(self, similarities: Any, places: Any) -> list[Neighbor]:
        """Answer the neighbors of `(1, n)` results that are no tombstones, in their order."""
        found: list[Neighbor] = []
        for similar, place in zip(similarities[0].tolist(), places[0].tolist(), strict=True):
            if place >= 0 and self._places.get(self._keys[place]) == place:
                key = self._keys[place]
                found.append(Neighbor(key=key, similarity=min(1.0, max(-1.0, similar))))
        return found


def _train(graph: Any, rows: Vectors) -> None:
    """Fit the code book to the rows and to the range that unit vectors are expected to need."""
    dimension = rows.shape[1]
    floor = np.full((1, dimension), _RANGE_FLOOR / dimension**0.5, dtype=np.float32)
    graph.train(np.concatenate([rows, floor, -floor]))


def _graph(dimension: int, *, codes: str, links: int, ef_construction: int) -> Any:
    """Answer an empty, untrained graph."""
    kinds = {"fp16": _swig.ScalarQuantizer.QT_fp16, "int8": _swig.ScalarQuantizer.QT_8bit}
    graph = _swig.IndexHNSWSQ(dimension, kinds[codes], links, _swig.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = ef_construction
    quantizer = _swig.downcast_index(graph.storage).sq
    quantizer.rangestat = _swig.ScalarQuantizer.RS_minmax
    quantizer.rangestat_arg = _RANGE_MARGIN
    return graph
