"""The yardstick of the hot path: parse JSON, SHA-256, one Redis GET, answer the bytes.

No authentication, no tenants, no freshness, no metrics: the least that an exact cache must do.
"""

import hashlib
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from redis.asyncio import Redis

REDIS_URL = "BAREAPP_REDIS_URL"
Message = MutableMapping[str, Any]
HEADERS = [(b"content-type", b"application/json")]


def key(body: bytes) -> str:
    """Name the entry of a request body."""
    model = orjson.loads(body)["model"]
    return f"bareapp:{model}:{hashlib.sha256(body).hexdigest()}"


def create() -> Callable[..., Awaitable[None]]:
    """Make the application; the server calls this in its own process."""
    redis = Redis.from_url(os.environ[REDIS_URL])

    async def app(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        answer = await redis.get(key(body)) if body else b"{}"
        status = 404 if answer is None else 200
        answer = answer or b"{}"
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    return app
