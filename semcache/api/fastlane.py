"""The fast lane: plain ASGI in front of Django. An exact hit ends here.

What it has worked out for the others travels on in `scope["semcache"]`.
"""

import logging
import time
from collections.abc import Awaitable, Callable

from semcache import errors
from semcache.api import controls, entrance, failures, parsing, rendering
from semcache.api.entrance import Entrant, Receive, Scope, Send
from semcache.gateway.call import Call
from semcache.types.reply import Reply
from semcache.types.timings import Timings
from semcache.wiring.web import Web

log = logging.getLogger(__name__)

CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
FEEDBACK = "/v1/cache/feedback"

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class FastLane:
    """Answers exact hits, and lets everything else through to `app`.

    Args:
        app: Django.
        web: gives the web half's graph.
    """

    def __init__(self, *, app: Application, web: Callable[[], Awaitable[Web]]) -> None:
        self._app = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and _is_post(scope, CHAT, EMBEDDINGS, FEEDBACK):
            await self._enter(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        given = entrance.headers(scope)
        request_id = entrance.request_id(given)
        try:
            entrant = await self._admit(given, request_id, receive)
            send = rendering.beside(send, rendering.limits(entrant.allowance))
            if scope["path"] == CHAT and await self._chat(entrant, scope, send):
                return
            scope.setdefault("semcache", entrant)
        except entrance.HungUpError:
            return
        except errors.SemcacheError as error:
            await _refuse(send, error, request_id=request_id)
            return
        except Exception:
            log.exception("The fast lane failed (request %s)", request_id)
            wrong = errors.SemcacheError("Something went wrong here; the log says what.")
            await _refuse(send, wrong, request_id=request_id)
            return
        await self._app(scope, receive, send)

    async def _admit(self, given: dict[str, str], request_id: str, receive: Receive) -> Entrant:
        web, timings = await self._web(), Timings()
        raw = await entrance.read(receive, limit_bytes=web.settings.max_body_bytes)
        begun = time.perf_counter()
        authorization = given.get("authorization", "")
        identity = web.identities.known(authorization)
        if identity is None:
            identity = await web.identities.find(authorization)
        allowance = await web.limits.take(identity)
        timings.add("auth", (time.perf_counter() - begun) * 1e3)
        return Entrant(
            request_id=request_id,
            identity=identity,
            allowance=allowance,
            headers=given,
            said=parsing.body(raw),
            timings=timings,
        )

    async def _chat(self, entrant: Entrant, scope: Scope, send: Send) -> bool:
        """Answer from L1; where it has nothing, leave the call for the view."""
        web = await self._web()
        call = web.chat.admit(
            parsing.chat(entrant.said),
            controls=controls.parse(entrant.headers, entrant.said.pop("cache", None)),
            identity=entrant.identity,
            request_id=entrant.request_id,
            timings=entrant.timings,
        )
        reply = await web.chat.exact(call, now=time.time())
        if reply is None:
            scope["semcache"] = call
            return False
        await _send_hit(send, call, reply)
        return True

    async def _live(self, receive: Receive, send: Send) -> None:
        """Build the web half before the first request, and take it down after the last."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._web()
                except (errors.ConfigurationError, OSError) as error:
                    log.critical("%s", error)
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await (await self._web()).aclose()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _is_post(scope: Scope, *paths: str) -> bool:
    return scope["method"] == "POST" and scope["path"] in paths


async def _send_hit(send: Send, call: Call, reply: Reply) -> None:
    answer, now = await reply.answer(), time.time()
    said = rendering.headers(
        reply.head,
        answer=answer,
        stored=False,
        request_id=call.request_id,
        timings=call.timings,
        now=now,
    )
    if call.request.stream:
        body = b"".join([event async for event in rendering.events(reply, call=call)])
        await _send(send, 200, body, said | {"Content-Type": rendering.SSE_TYPE})
    else:
        await _send(send, 200, answer.body, said | {"Content-Type": rendering.JSON_TYPE})


async def _refuse(send: Send, error: errors.SemcacheError, *, request_id: str) -> None:
    status, _, _ = failures.row(error)
    said = {"Content-Type": rendering.JSON_TYPE, "x-request-id": request_id}
    if isinstance(error, errors.RateLimitedError):
        said |= rendering.limits(error.allowance)
    body = failures.envelope(error, request_id=request_id)
    await _send(send, status, body, said | failures.headers(error))


async def _send(send: Send, status: int, body: bytes, said: dict[str, str]) -> None:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in said.items()]
    raw.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
