"""The OpenAI wire over httpx. Unknown fields pass through, both ways."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from semcache import errors
from semcache.providers import refusals, sse
from semcache.providers.base import JSON
from semcache.types import completion

_OWN_FIELDS = frozenset({"cache", "stream", "stream_options", "model"})
_ERROR_BODY_LIMIT = 64 * 2**10


class OpenAIProvider:
    """A server that speaks OpenAI's API.

    Args:
        name: for errors and logs.
        base_url: up to and with `/v1`.
        api_key: sent as a bearer token; empty sends none.
        connect_timeout_s, token_timeout_s: how long to wait for a connection, and for the next
            bytes of an answer.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        api_key: str,
        connect_timeout_s: float,
        token_timeout_s: float,
    ) -> None:
        self.name = name
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers=headers,
            timeout=httpx.Timeout(token_timeout_s, connect=connect_timeout_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        )

    async def stream(self, body: Mapping[str, Any], *, model: str) -> AsyncIterator[JSON]:
        asked = {k: v for k, v in body.items() if k not in _OWN_FIELDS}
        asked |= {"model": model, "stream": True, "stream_options": {"include_usage": True}}
        async with self._post("chat/completions", asked) as response:
            if response.headers.get("content-type", "").startswith("application/json"):
                for chunk in self._taken_apart(await response.aread()):
                    yield chunk
                return
            async for data in sse.data(response.aiter_bytes()):
                if data == b"[DONE]":
                    return
                yield self._chunk(data)

    async def embed(self, body: Mapping[str, Any], *, model: str) -> Sequence[JSON]:
        asked = {k: v for k, v in body.items() if k not in _OWN_FIELDS}
        asked |= {"model": model, "encoding_format": "float"}
        async with self._post("embeddings", asked) as response:
            said = self._object(await response.aread())
        rows = said.get("data")
        if not isinstance(rows, list) or len(rows) != len(body["input"]):
            raise errors.UpstreamError(f"{self.name}: not one embedding an input.")
        try:
            rows = sorted(rows, key=lambda row: row["index"])
        except (KeyError, TypeError) as error:
            raise errors.UpstreamError(f"{self.name}: embeddings without an index.") from error
        return [*rows, {"usage": said.get("usage") or {}}]

    async def aclose(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _post(self, path: str, body: JSON) -> AsyncIterator[httpx.Response]:
        """Open a request; translate what goes wrong with it, also while it is read."""
        content, headers = orjson.dumps(body), {"Content-Type": "application/json"}
        try:
            async with self._client.stream(
                "POST", path, content=content, headers=headers
            ) as response:
                if not response.is_success:
                    said = (await response.aread())[:_ERROR_BODY_LIMIT]
                    raise refusals.translate(
                        response.status_code, said, headers=response.headers, provider=self.name
                    )
                yield response
        except httpx.TimeoutException as error:
            raise errors.UpstreamTimeoutError(f"{self.name} did not answer in time.") from error
        except (httpx.NetworkError, httpx.ProxyError) as error:
            words = f"{self.name} cannot be reached: {error or type(error).__name__}"
            raise errors.UpstreamUnavailableError(words) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            words = f"{self.name} broke off: {error or type(error).__name__}"
            raise errors.UpstreamError(words) from error

    def _chunk(self, data: bytes) -> JSON:
        chunk = self._object(data)
        if chunk.get("error"):
            raise refusals.in_stream(chunk["error"], provider=self.name)
        if not isinstance(chunk.get("choices"), list):
            raise errors.UpstreamError(f"{self.name} sent an event that is no chunk.")
        return chunk

    def _taken_apart(self, data: bytes) -> list[JSON]:
        """Accept a provider that answers in one piece though it was asked for a stream."""
        said = self._object(data)
        if said.get("error"):
            raise refusals.in_stream(said["error"], provider=self.name)
        try:
            return list(completion.replay(said))
        except (KeyError, TypeError, AttributeError) as error:
            raise errors.UpstreamError(f"{self.name} sent no completion.") from error

    def _object(self, data: bytes) -> JSON:
        try:
            said = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise errors.UpstreamError(f"{self.name} sent something that is no JSON.") from error
        if not isinstance(said, dict):
            raise errors.UpstreamError(f"{self.name} sent JSON that is no object.")
        return said
