"""What views answer with."""

from collections.abc import AsyncGenerator
from typing import Any

import orjson
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from semcache import errors
from semcache.api import failures, rendering


class EventStream(HttpResponseBase):
    """A body that comes as it is made. Served by the lean handler only.

    Args:
        events: closed by the handler, also when the caller hangs up.
    """

    streaming = True

    def __init__(self, events: AsyncGenerator[bytes, None], *, headers: dict[str, str]) -> None:
        super().__init__(content_type=rendering.SSE_TYPE, headers=None)
        for name, value in headers.items():
            self[name] = value
        self["Cache-Control"] = "no-store"
        self.events = events


def json(said: Any, *, headers: dict[str, str], status: int = 200) -> HttpResponse:
    body = said if isinstance(said, bytes) else orjson.dumps(said)
    return HttpResponse(body, status=status, content_type=rendering.JSON_TYPE, headers=headers)


def failure(error: errors.SemcacheError, *, request_id: str) -> HttpResponse:
    """Answer with the error's status and envelope."""
    status, _, _ = failures.row(error)
    said = {"x-request-id": request_id} | failures.headers(error)
    return json(failures.envelope(error, request_id=request_id), headers=said, status=status)
