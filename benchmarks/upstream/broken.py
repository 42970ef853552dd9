"""Behaviors of models that fail: garbage, silence, cut answers, error statuses."""

from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.upstream import answers, exchange
from benchmarks.upstream.pace import Pace

Behavior = Callable[[exchange.Exchange, answers.Answer, Pace], Awaitable[None]]

HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>"


async def html(request: exchange.Exchange, _answer: answers.Answer, pace: Pace) -> None:
    await request.pause(pace.delay_s)
    await request.whole(HTML, content_type="text/html")


async def garbage(request: exchange.Exchange, _answer: answers.Answer, pace: Pace) -> None:
    await request.pause(pace.delay_s)
    if not request.wants_stream:
        await request.whole(b'\x00\xff{"id": nope')
        return
    await request.start_events()
    await request.write(
        b'data: {"id": "chatcmpl-broken", "choices": [{"delta": {"content": "x"\n\n'
    )
    await request.done()


async def empty(request: exchange.Exchange, _answer: answers.Answer, pace: Pace) -> None:
    await request.pause(pace.delay_s)
    if request.wants_stream:
        await request.start_events()
        await request.finish()
        return
    await request.whole(b"")


async def done_only(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    await request.pause(pace.delay_s)
    if request.wants_stream:
        await request.start_events()
        await request.done()
        return
    await request.json({**answers.completion(answer), "choices": []})


async def first_tokens(
    request: exchange.Exchange, answer: answers.Answer, pace: Pace, *, count: int
) -> None:
    """Begin the answer: `count` chunks of a stream, or half of a JSON body."""
    await request.pause(pace.delay_s)
    if not request.wants_stream:
        body = exchange.json_bytes(answers.completion(answer))
        sized = {"content-length": str(len(body))}
        await request.start(200, content_type="application/json", headers=sized)
        await request.write(body[: len(body) // 2])
        return
    await request.start_events()
    rendered = answers.chunks(answer, include_usage=False)
    for _, chunk in zip(range(count), rendered, strict=False):
        await request.event(chunk)


async def cut(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    """Hang up after three tokens: returning without the last body message closes the socket."""
    await first_tokens(request, answer, pace, count=3)


async def stall_mid(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    await first_tokens(request, answer, pace, count=3)
    await request.pause(None)


async def stall(request: exchange.Exchange, _answer: answers.Answer, _pace: Pace) -> None:
    await request.pause(None)


async def instream_error(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    failure = answers.error("The server had an error.", kind="server_error", code="server_error")
    if not request.wants_stream:
        await request.pause(pace.delay_s)
        await request.json(failure)
        return
    await first_tokens(request, answer, pace, count=2)
    await request.event(failure)
    await request.done()


def failing(
    status: int,
    message: str,
    *,
    kind: str,
    code: str,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Behavior:
    """Make a behavior that answers with an error status and OpenAI's envelope."""
    envelope: dict[str, Any] = answers.error(message, kind=kind, code=code, param=param)

    async def fail(request: exchange.Exchange, _answer: answers.Answer, pace: Pace) -> None:
        await request.pause(pace.delay_s)
        await request.json(envelope, status=status, headers=headers)

    return fail
