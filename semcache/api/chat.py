"""POST /v1/chat/completions, where the fast lane had no exact hit."""

import time

from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase

from semcache.api import parsing, rendering, responses
from semcache.gateway.call import Call
from semcache.wiring import process


async def completions(request: ASGIRequest) -> HttpResponseBase:
    call: Call = request.scope["semcache"]
    web = await process.web()
    parsing.check_chat(call.request)
    web.catalog.find(call.request.model, kind="chat")

    reply = await web.chat.open(call, now=time.time())

    answer = reply.known if call.request.stream else await reply.answer()
    headers = rendering.headers(
        reply.head,
        answer=answer,
        stored=reply.stored,
        request_id=call.request_id,
        timings=call.timings,
        now=time.time(),
    )
    if call.request.stream or answer is None:
        return responses.EventStream(rendering.events(reply, call=call), headers=headers)
    return responses.json(answer.body, headers=headers)
