from dataclasses import dataclass
from typing import Any

import msgspec

from semcache.types.answer import Answer
from semcache.types.audit import Examined
from semcache.types.controls import Priority
from semcache.types.outcome import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A place on a flight. `token` is its fence: a later flight of the key has a higher one."""

    key: str
    token: int
    leader: bool


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs to fetch one answer and keep it. Times: seconds since the epoch.

    `scope`, `text`, `vector` and `encoder` are set where the answer may be found by meaning;
    `vector` holds float32 bytes, L2-normalised. `answers`: what was said before, of a conversation
    that is compared as a whole, see `levels/verify/turns.py`. `fingerprints`: 32 bytes each, one
    for a chat answer, one an input for embeddings. `examined`: candidates whose answers are
    compared with the fresh one, for the labels.
    """

    endpoint: str
    tenant_id: int
    salt: bytes
    namespace: str
    model: str
    body: dict[str, Any]
    fingerprints: list[bytes]
    request_id: str
    source: Source
    priority: Priority
    enqueued_at: float
    deadline_at: float
    store: bool
    ttl_s: int
    keep_stale_s: int
    keep_truncated: bool
    tags: list[str]
    scope: bytes = b""
    text: str = ""
    vector: bytes = b""
    encoder: str = ""
    answers: bytes = b""
    examined: list[Examined] = []


class Chunk(msgspec.Struct, frozen=True, kw_only=True, tag="c"):
    """A piece of the answer, as the provider's JSON. `closing`: it holds the usage, no choice."""

    data: bytes
    closing: bool = False


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="d"):
    """The answer is whole. `stored`: it was kept. `timings`: the worker's spans in ms."""

    answer: Answer
    stored: bool
    timings: list[tuple[str, float]]


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="f"):
    """There will be no answer. `error`: a class of semcache.errors, by name."""

    error: str
    message: str
    param: str | None = None
    code: str | None = None
    retry_after_s: float | None = None


Event = Chunk | Done | Failed
