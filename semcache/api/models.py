"""GET /v1/models and /v1/models/{id}."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase

from semcache.api import entrance, responses
from semcache.errors import NotFoundError
from semcache.providers.catalog import Route
from semcache.wiring import process
from semcache.wiring.web import Web


async def index(request: ASGIRequest) -> HttpResponseBase:
    web, request_id = await _enter(request)
    routes = {route.model: route for route in reversed(web.catalog.routes)}
    data = [_model(routes[name]) for name in web.catalog.models()]
    return responses.json({"object": "list", "data": data}, headers={"x-request-id": request_id})


async def show(request: ASGIRequest, name: str) -> HttpResponseBase:
    web, request_id = await _enter(request)
    route = next((r for r in web.catalog.routes if r.model == name), None)
    if route is None:
        message = f"The model {name!r} does not exist here."
        raise NotFoundError(message, param="model", code="model_not_found")
    return responses.json(_model(route), headers={"x-request-id": request_id})


async def _enter(request: ASGIRequest) -> tuple[Web, str]:
    given = entrance.headers(request.scope)
    web = await process.web()
    await web.identities.find(given.get("authorization", ""))
    return web, entrance.request_id(given)


def _model(route: Route) -> dict[str, Any]:
    return {
        "id": route.model,
        "object": "model",
        "created": 0,
        "owned_by": route.vendor,
        "kind": route.kind,
    }
