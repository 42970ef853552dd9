"""The bytes of an answer in L1: a fixed head, then the response body ready to send."""

import math
import struct

from semcache.types.answer import Answer, Hit
from semcache.types.usage import Usage

_VERSION = 2
_HEAD = struct.Struct(">BdddddqIII24s")


def encode(hit: Hit) -> bytes:
    answer = hit.answer
    head = _HEAD.pack(
        _VERSION,
        answer.created_at,
        answer.expires_at,
        _or_nan(answer.cost_usd),
        _or_nan(hit.similarity),
        _or_nan(hit.probability),
        answer.entry_id,
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
        len(answer.body),
        answer.handle.encode(),
    )
    return head + answer.body


def decode(data: bytes) -> Hit | None:
    """Read a record back; None where it is cut, or another version's."""
    if len(data) < _HEAD.size or data[0] != _VERSION:
        return None
    head = _HEAD.unpack_from(data)
    _, created_at, expires_at, cost_usd, similarity, probability = head[:6]
    entry_id, prompt, completion, size_bytes, handle = head[6:]
    if len(data) != _HEAD.size + size_bytes:
        return None
    answer = Answer(
        entry_id=entry_id,
        handle=handle.decode(errors="replace"),
        body=data[_HEAD.size :],
        created_at=created_at,
        expires_at=expires_at,
        cost_usd=_or_none(cost_usd),
        usage=Usage(prompt_tokens=prompt, completion_tokens=completion),
    )
    return Hit(
        level="exact",
        answer=answer,
        similarity=_or_none(similarity),
        probability=_or_none(probability),
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
