"""The built-in encoder as an embeddings model: vectors without a provider, key or bill."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from embeddings.encoders.base import Encoder
from embeddings.errors import EmbeddingsError
from semcache import errors
from semcache.providers.base import JSON


class EncoderProvider:
    """Embeds with an encoder of this process."""

    def __init__(self, *, name: str, encoder: Encoder) -> None:
        self.name = name
        self._encoder = encoder

    async def stream(self, body: Mapping[str, Any], *, model: str) -> AsyncIterator[JSON]:  # noqa: ARG002
        raise errors.InvalidRequestError(f"{model} is an embeddings model.", param="model")
        yield {}  # an async generator like its siblings

    async def embed(self, body: Mapping[str, Any], *, model: str) -> Sequence[JSON]:
        texts = body["input"]
        if not all(isinstance(text, str) for text in texts):
            raise errors.InvalidRequestError(f"{model} takes texts, not tokens.", param="input")
        if body.get("dimensions") not in (None, self._encoder.dimension):
            message = f"{model} has {self._encoder.dimension} dimensions."
            raise errors.InvalidRequestError(message, param="dimensions")
        try:
            vectors = await asyncio.to_thread(self._encoder.encode, texts)
        except EmbeddingsError as error:
            raise errors.UpstreamError(f"{self.name}: {error}") from error
        # About four characters a token (OpenAI's rule of thumb); nothing is billed by it.
        tokens = sum(max(1, len(text) // 4) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return [*({"embedding": vector.tolist()} for vector in vectors), {"usage": usage}]

    async def aclose(self) -> None:
        return None
