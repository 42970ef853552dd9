"""Groups of questions as a stream: each is asked of all before it, and the nearest are weighed."""

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from benchmarks.training.pairs import Row
from benchmarks.training.vectors import Vectors
from semcache.levels.verify import features, reading, signature, vetoes

CANDIDATES = 8
_LEAST = 0.5
_BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    text: str
    group: str


def public(data: Path, name: str) -> list[Query]:
    """Read DIR/groups_NAME.jsonl.gz. What belongs to no group has one of its own each."""
    with gzip.open(data / f"groups_{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        said = [json.loads(line) for line in lines]
    return [
        Query(text=row["text"], group=row["group"] if row["group"] != "oos" else f"oos-{place}")
        for place, row in enumerate(said)
    ]


def weigh(queries: Sequence[Query], vectors: Vectors, *, limit: int, seed: int) -> list[Row]:
    """Let `limit` queries come in a random order; weigh each one's nearest before it."""
    order = random.Random(seed).sample(list(queries), min(limit, len(queries)))
    vectors.encode([query.text for query in order])
    matrix = np.stack([vectors[query.text] for query in order])
    signed = {query.group: sign(query.group) for query in order}
    rows: list[Row] = []
    for start in track(range(0, len(order), _BLOCK), description=f"weighing {len(order)}"):
        near = matrix[start : start + _BLOCK] @ matrix.T
        for offset, row in enumerate(near):
            number = start + offset
            best = [int(p) for p in np.argsort(-row[:number])[:CANDIDATES] if row[p] >= _LEAST]
            rows += _weigh(order, number, [(p, float(row[p])) for p in best], signed)
    return rows


def sign(group: str) -> bytes:
    """Sign the answer that a group's questions get: words of its own, so that others differ."""
    chance = random.Random(group)
    return signature.of(" ".join(f"{group} w{chance.randrange(10**6)}" for _ in range(40)))


def _weigh(
    order: Sequence[Query], number: int, near: list[tuple[int, float]], signed: dict[str, bytes]
) -> list[Row]:
    asked = reading.read(order[number].text)
    pairs = [vetoes.compare(asked, reading.read(order[place].text)) for place, _ in near]
    vetoed = [bool(vetoes.objections(pair, caution="strict")) for pair in pairs]
    votes = signature.votes(
        [signed[order[place].group] for place, _ in near],
        [similarity for _, similarity in near],
        counted=[not speaks for speaks in vetoed],
    )
    return [
        Row(
            features=features.measure(pair, similarity=similarity, votes=vote),
            right=order[place].group == order[number].group,
            vetoed=speaks,
            request=number,
        )
        for pair, (place, similarity), vote, speaks in zip(pairs, near, votes, vetoed, strict=True)
    ]
