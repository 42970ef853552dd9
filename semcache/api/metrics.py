"""GET /metrics: Prometheus text; of this process, and of the error as Postgres knows it."""

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from semcache.metrics import exposition
from semcache.wiring import process


async def show(request: ASGIRequest) -> HttpResponseBase:  # noqa: ARG001 - a view takes one
    web = await process.web()
    return HttpResponse(await web.insight.metrics.text(), content_type=exposition.CONTENT_TYPE)
