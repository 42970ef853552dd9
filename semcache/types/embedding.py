from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRequest:
    """An embeddings request; `inputs` are texts or lists of tokens, `body` the other fields."""

    model: str
    inputs: tuple[str | list[int], ...]
    body: Mapping[str, Any]
    base64: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """One input's vector as base64 of little-endian float32; tokens as the provider billed."""

    vector: str
    tokens: int
