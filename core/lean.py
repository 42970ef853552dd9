"""Django's ASGI handler, lean on the paths where no synchronous ORM code runs.

Note [Lean handler]
    Django's handler opens a thread-sensitive context for every request, sends signals with
    synchronous receivers and walks the middleware: 1.7 ms of CPU, of which the view is 12 %. On
    the lean paths views are asynchronous from end to end and need neither sessions nor CSRF, so
    the handler resolves the URL and calls the view. Everything else goes Django's own way.
"""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from semcache import errors
from semcache.api import entrance, responses
from semcache.api.entrance import Receive, Scope, Send

log = logging.getLogger(__name__)

# Where Django goes its own way: sessions, forms, templates, files.
_DJANGO = ("/admin/", "/static/", "/dashboard/", "/api/docs")
_POSTED = frozenset({"/v1/chat/completions", "/v1/embeddings", "/v1/cache/feedback"})


class LeanHandler:
    """Serves all but Django's own paths itself."""

    def __init__(self) -> None:
        django = ASGIStaticFilesHandler(get_asgi_application())  # the admin's style sheets
        self._django: Callable[[Any, Any, Any], Awaitable[None]] = django

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if f"{scope['path']}/".startswith(_DJANGO):
            await self._django(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless the caller hangs up first: then the view is cancelled."""
        answering = asyncio.create_task(self._answer(scope, send))
        listening = asyncio.create_task(_hung_up(receive))
        try:
            await asyncio.wait((answering, listening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            answering.cancel()
            await asyncio.wait((answering, listening))
        if not answering.cancelled():
            answering.result()

    async def _answer(self, scope: Scope, send: Send) -> None:
        response = await self._respond(scope)
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.items()]
        if isinstance(response, HttpResponse):
            raw.append((b"content-length", b"%d" % len(response.content)))
        await send({"type": "http.response.start", "status": response.status_code, "headers": raw})
        if isinstance(response, responses.EventStream):
            async with aclosing(response.events) as events:
                async for event in events:
                    await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        elif isinstance(response, HttpResponse):
            await send({"type": "http.response.body", "body": response.content})

    async def _respond(self, scope: Scope) -> HttpResponseBase:
        """Call the view; what goes wrong becomes OpenAI's envelope."""
        known = scope.get("semcache")  # the fast lane has given the request its id
        request_id = known.request_id if known else entrance.request_id(entrance.headers(scope))
        try:
            return await self._view(scope)
        except errors.SemcacheError as error:
            return responses.failure(error, request_id=request_id)
        except Exception:
            log.exception("A view failed (request %s)", request_id)
            wrong = errors.SemcacheError("Something went wrong here; the log says what.")
            return responses.failure(wrong, request_id=request_id)

    async def _view(self, scope: Scope) -> HttpResponseBase:
        path, method = scope["path"], scope["method"]
        try:
            match = resolve(path)
        except Resolver404:
            hint = "" if path.startswith("/v1/") else " The API lies under /v1."
            raise errors.NotFoundError(f"There is no {path} here.{hint}") from None
        allowed = ("POST",) if path in _POSTED else ("GET", "HEAD")
        if method not in allowed:
            raise errors.MethodError(f"{path} takes {allowed[0]}, not {method}.", allowed=allowed)
        request = ASGIRequest(scope, io.BytesIO())
        response: HttpResponseBase = await match.func(request, *match.args, **match.kwargs)
        return response


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
