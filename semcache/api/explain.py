"""GET /v1/cache/explain/{id}: why a request of one's own tenant hit or missed."""

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase

from semcache.api import entrance, responses
from semcache.wiring import process


async def show(request: ASGIRequest, name: str) -> HttpResponseBase:
    given = entrance.headers(request.scope)
    web = await process.web()
    identity = await web.identities.find(given.get("authorization", ""))
    await web.insight.journal.flush()

    explanation = await web.insight.explaining.explain(name, identity=identity)

    return responses.json(explanation, headers={"x-request-id": entrance.request_id(given)})
