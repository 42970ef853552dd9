"""Behaviors of models that answer well: text, tools, refusals, unusual fields and characters."""

from dataclasses import replace

from benchmarks.upstream import answers, exchange
from benchmarks.upstream.pace import Pace

FAMILY = ("👩‍👩‍👧‍👦 家族は 日本語と한국어、العربية и русский 🎉🇯🇵 naïve café " * 2).strip()
WEATHER = (
    {
        "id": "call_fake_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Zürich","unit":"celsius"}'},
    },
    {
        "id": "call_fake_2",
        "type": "function",
        "function": {"name": "get_time", "arguments": '{"zone":"Europe/Zurich","seconds":false}'},
    },
)


async def plain(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    """Answer as asked: whole, or one chunk a token."""
    if not request.wants_stream:
        await whole(request, answer, pace)
        return
    await request.pause(pace.delay_s)
    await request.start_events()
    rendered = answers.chunks(answer, include_usage=request.wants_usage)
    for position, chunk in enumerate(rendered):
        if 0 < position < len(answer.pieces):
            await request.pause(pace.token_interval_s)
        await request.event(chunk)
    await request.done()


async def whole(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    """Answer in one JSON body, whatever was asked."""
    await request.pause(pace.delay_s + pace.token_interval_s * (len(answer.pieces) - 1))
    await request.json(answers.completion(answer))


async def slow(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    text = "".join(answer.pieces).ljust(20, ".")
    paced = replace(pace, token_interval_s=0.2)
    await plain(request, replace(answer, pieces=answers.slices(text, count=20)), paced)


async def truncated(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    await plain(request, replace(answer, finish_reason="length"), pace)


async def refusal(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    await plain(request, replace(answer, refusal=True), pace)


async def filtered(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    await plain(request, replace(answer, finish_reason="content_filter"), pace)


async def tools(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    called = replace(answer, pieces=(), tool_calls=WEATHER, finish_reason="tool_calls")
    await plain(request, called, pace)


async def reasoning(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    unknown = replace(
        answer,
        extra={"reasoning_content": "Let me think. ", "annotations": []},
        envelope={"system_fingerprint": "fp_fake", "x_vendor": {"region": "eu", "weights": [1, 2]}},
    )
    await plain(request, unknown, pace)


async def unicode(request: exchange.Exchange, answer: answers.Answer, pace: Pace) -> None:
    """Answer with emoji and CJK; a stream is written seven bytes at a time, through characters."""
    text = "".join(answer.pieces)
    pieces = answers.slices(f"{text} {FAMILY}", count=3 * pace.tokens)
    answer = replace(answer, pieces=pieces)
    if not request.wants_stream:
        await whole(request, answer, pace)
        return
    await request.pause(pace.delay_s)
    await request.start_events()
    rendered = answers.chunks(answer, include_usage=request.wants_usage)
    raw = b"".join(exchange.event_bytes(chunk) for chunk in rendered)
    for start in range(0, len(raw), 7):
        await request.write(raw[start : start + 7])
    await request.done()
