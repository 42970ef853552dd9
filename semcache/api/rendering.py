"""From replies to headers and bodies (docs/reference/http.md)."""

import math
from collections.abc import AsyncGenerator
from typing import Any

import orjson

from semcache import errors
from semcache.api import failures
from semcache.api.entrance import Message, Send
from semcache.gateway.call import Call
from semcache.types.allowance import Allowance
from semcache.types.answer import Answer
from semcache.types.outcome import Source
from semcache.types.reply import Head, Reply
from semcache.types.timings import Timings

JSON_TYPE, SSE_TYPE = "application/json", "text/event-stream"

_HITS = (Source.EXACT, Source.SEMANTIC, Source.STALE)
_DONE = b"data: [DONE]\n\n"


def headers(
    head: Head,
    *,
    answer: Answer | None,
    stored: bool,
    request_id: str,
    timings: Timings,
    now: float,
) -> dict[str, str]:
    """Say what the cache did. `answer` is None where its stream has just begun."""
    said = {
        "x-semcache": str(head.source),
        "Cache-Status": cache_status(head, answer=answer, stored=stored, now=now),
        "x-request-id": request_id,
        "Server-Timing": ", ".join(f"{name};dur={ms:.2f}" for name, ms in timings.spans),
    }
    if head.similarity is not None:
        said["x-semcache-similarity"] = f"{head.similarity:.4f}"
    if head.probability is not None:
        said["x-semcache-confidence"] = f"{head.probability:.4f}"
    if answer is not None:
        said["Age"] = str(int(answer.age_s(now=now)))
        said |= _entry(answer) | _money(head, answer)
    return said


def cache_status(head: Head, *, answer: Answer | None, stored: bool, now: float) -> str:
    """Write RFC 9211's header."""
    if head.asked or head.source is Source.BYPASS:
        reason = "request" if head.asked else "bypass"
        return f"semcache-exact; fwd={reason}; detail={head.detail}" + "; stored" * stored
    members = [f"semcache-{name}; fwd=miss" for name in head.passed] or ["semcache-exact; fwd=miss"]
    if head.source in _HITS and answer is not None:
        hit = f"semcache-{head.level}; hit; ttl={math.floor(answer.ttl_s(now=now))}"
        if head.probability is not None:
            hit += f'; detail="p={head.probability:.4f}"'
        members = [m for m in members if m.startswith("semcache-exact")] if head.passed else []
        return ", ".join([*members, hit])
    if head.source is Source.COLLAPSED:
        members[-1] += "; collapsed"
    elif stored:
        members[-1] += "; stored"
    if head.detail:
        members[-1] += f'; detail="{head.detail}"'
    return ", ".join(members)


def limits(allowance: Allowance | None) -> dict[str, str]:
    """Say what is left to the key: draft-ietf-httpapi-ratelimit-headers, and OpenAI's names."""
    if allowance is None:
        return {}
    reset_s = math.ceil(allowance.reset_s)
    return {
        "RateLimit-Policy": f'"requests";q={allowance.per_minute};w=60',
        "RateLimit": f'"requests";r={allowance.left};t={reset_s}',
        "x-ratelimit-limit-requests": str(allowance.per_minute),
        "x-ratelimit-remaining-requests": str(allowance.left),
        "x-ratelimit-reset-requests": f"{reset_s}s",
    }


def beside(send: Send, said: dict[str, str]) -> Send:
    """Put headers beside those of whatever response is sent."""
    if not said:
        return send
    more = [(name.lower().encode(), value.encode()) for name, value in said.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending


async def events(reply: Reply, *, call: Call) -> AsyncGenerator[bytes, None]:
    """Write a reply as server-sent events; an error on the way is the last of them."""
    try:
        async for chunk in reply.chunks():
            yield b"data: " + chunk + b"\n\n"
        if call.request.include_usage:
            yield b"data: " + orjson.dumps(await _closing(reply)) + b"\n\n"
        yield _DONE
    except errors.SemcacheError as error:
        yield b"data: " + failures.envelope(error, request_id=call.request_id) + b"\n\n"
    finally:
        await reply.aclose()


async def _closing(reply: Reply) -> dict[str, Any]:
    """Write the last chunk: usage, and under `semcache` what is known only now."""
    answer = await reply.answer()
    whole = orjson.loads(answer.body)
    known = {k: v for k, v in whole.items() if k not in {"choices", "object", "usage"}}
    money = {_member(k): float(v) for k, v in _money(reply.head, answer).items()}
    entry = {_member(k): v for k, v in _entry(answer).items()}
    return {
        **known,
        "object": "chat.completion.chunk",
        "choices": [],
        "usage": whole.get("usage"),
        "semcache": {**entry, "stored": reply.stored, **money},
    }


def _member(header: str) -> str:
    return header.removeprefix("x-semcache-").replace("-", "_")


def _entry(answer: Answer) -> dict[str, str]:
    """Name the entry, where the answer was kept."""
    return {"x-semcache-entry": answer.handle} if answer.entry_id else {}


def _money(head: Head, answer: Answer) -> dict[str, str]:
    """Say what the answer cost, or saved; nothing where nobody knows its price."""
    if answer.cost_usd is None:
        return {}
    paid = head.source in {Source.MISS, Source.BYPASS}
    return {f"x-semcache-{'cost' if paid else 'saved'}-usd": f"{answer.cost_usd:.8f}"}
