"""GET /healthz: the process lives. GET /readyz: requests will be answered; each part by name."""

import asyncio
from collections.abc import Awaitable

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError

from semcache.api import responses
from semcache.errors import SemcacheError
from semcache.wiring import process
from semcache.wiring.web import Web

_PATIENCE_S = 2.0


async def alive(request: ASGIRequest) -> HttpResponseBase:  # noqa: ARG001 - a view takes one
    return responses.json({"status": "alive"}, headers={})


async def ready(request: ASGIRequest) -> HttpResponseBase:  # noqa: ARG001 - a view takes one
    web = await process.web()
    names = ("postgres", "redis", "workers")
    asked = (web.stores.entries.ping(), web.stores.pipe.command(b"PING"), _workers(web))
    said = dict(zip(names, await asyncio.gather(*(_ask(a) for a in asked)), strict=True))
    said["encoder"] = f"ok: {web.encoder.name}"
    said["index"] = "ok" if web.ready.value else "loading; pgvector answers meanwhile"
    well = all(said[name].startswith("ok") for name in names)
    body = {"status": "ready" if well else "not ready", "parts": said}
    return responses.json(body, headers={}, status=200 if well else 503)


async def _ask(part: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await part
    except (SemcacheError, RedisError, OSError) as error:
        return f"away: {error or type(error).__name__}"
    except TimeoutError:
        return "away: no answer in time"
    return "ok"


async def _workers(web: Web) -> None:
    """Raise unless a worker has shown a heartbeat."""
    if not await web.workers():
        raise SemcacheError("no worker serves the queue interactive; start `dramatiq core.worker`")
