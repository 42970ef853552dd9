"""POST /v1/embeddings."""

import base64
import time
from typing import Any

import numpy as np
from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase

from semcache.api import controls, parsing, rendering, responses
from semcache.api.entrance import Entrant
from semcache.gateway.embedding import EmbeddingReply
from semcache.types.embedding import EmbeddingRequest
from semcache.wiring import process


async def create(request: ASGIRequest) -> HttpResponseBase:
    entrant: Entrant = request.scope["semcache"]
    web = await process.web()
    asked = parsing.embeddings(entrant.said)
    web.catalog.find(asked.model, kind="embeddings")

    call = web.embedding.admit(
        asked,
        controls=controls.parse(entrant.headers, entrant.said.get("cache")),
        identity=entrant.identity,
        request_id=entrant.request_id,
        timings=entrant.timings,
    )

    reply = await web.embedding.open(call, now=time.time())

    headers = rendering.headers(
        reply.head,
        answer=None,
        stored=reply.stored,
        request_id=entrant.request_id,
        timings=entrant.timings,
        now=time.time(),
    )
    headers["x-semcache-saved-usd"] = f"{reply.saved_usd:.8f}"
    if reply.cost_usd is not None:
        headers["x-semcache-cost-usd"] = f"{reply.cost_usd:.8f}"
    return responses.json(_body(asked, reply), headers=headers)


def _body(asked: EmbeddingRequest, reply: EmbeddingReply) -> dict[str, Any]:
    """Write OpenAI's answer."""
    data = [
        {
            "object": "embedding",
            "index": place,
            "embedding": row.vector if asked.base64 else _numbers(row.vector),
        }
        for place, row in enumerate(reply.rows)
    ]
    tokens = sum(row.tokens for row in reply.rows)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": asked.model, "usage": usage}


def _numbers(vector: str) -> list[float]:
    packed = np.frombuffer(base64.b64decode(vector), dtype="<f4")
    numbers: list[float] = packed.tolist()
    return numbers
