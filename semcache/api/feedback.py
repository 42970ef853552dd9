"""POST /v1/cache/feedback: a caller says whether a semantic hit answered the question."""

import time
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase

from semcache.api import responses
from semcache.api.entrance import Entrant
from semcache.errors import InvalidRequestError
from semcache.gateway.verdicts import Verdict
from semcache.wiring import process

_MEMBERS = frozenset({"id", "correct", "reason"})
_REASON_LIMIT = 500


async def create(request: ASGIRequest) -> HttpResponseBase:
    entrant: Entrant = request.scope["semcache"]
    web = await process.web()
    request_id, verdict = _read(entrant.said)
    await web.insight.journal.flush()

    judged = await web.insight.verdicts.judge(
        request_id, verdict, tenant=entrant.identity.tenant, now=time.time()
    )

    said = {"object": "cache.feedback", "id": request_id, "correct": judged.correct}
    said |= {"entry": judged.entry, "never_again": judged.never}
    return responses.json(said, headers={"x-request-id": entrant.request_id})


def _read(said: dict[str, Any]) -> tuple[str, Verdict]:
    """Read a verdict, and of which request it is.

    Raises:
        InvalidRequestError: `param` names the member.
    """
    for name in said.keys() - _MEMBERS:
        raise InvalidRequestError(f"{name} is not known here.", param=name)
    request_id, correct, reason = said.get("id"), said.get("correct"), said.get("reason") or ""
    if not isinstance(request_id, str) or not request_id:
        words = "id is required: the x-request-id of the answer, a string."
        raise InvalidRequestError(words, param="id")
    if not isinstance(correct, bool):
        raise InvalidRequestError("correct is required: true or false.", param="correct")
    if not isinstance(reason, str) or len(reason) > _REASON_LIMIT:
        words = f"reason must be a text of at most {_REASON_LIMIT} characters."
        raise InvalidRequestError(words, param="reason")
    return request_id, Verdict(correct=correct, witness="feedback", reason=reason)
