import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from semcache import errors
from semcache.api import rendering
from semcache.gateway.call import Call
from semcache.gateway.reply import HitReply
from semcache.policy import rules
from semcache.types.answer import Answer
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.identity import Identity
from semcache.types.outcome import Source
from semcache.types.reply import Head
from semcache.types.timings import Timings
from semcache.types.usage import Usage

NOW = 1_000_000.0
WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 5,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi\n\n\u2028there"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}

NEAR = Head(
    source=Source.SEMANTIC,
    level="semantic",
    passed=("exact",),
    similarity=0.91239,
    probability=0.99612,
)


def answer(*, ttl_s: float = 3_412.0, age_s: float = 8.0, cost_usd: float | None = 0.25) -> Answer:
    return Answer(
        entry_id=7,
        handle="ent_0123456789abcdef0123",
        body=orjson.dumps(WHOLE),
        created_at=NOW - age_s,
        expires_at=NOW + ttl_s,
        cost_usd=cost_usd,
        usage=Usage(prompt_tokens=3, completion_tokens=2),
    )


def status(head: Head, found: Answer | None = None, *, stored: bool = False) -> str:
    written = rendering.cache_status(head, answer=found, stored=stored, now=NOW)
    assert members(written)
    return written


def members(written: str) -> list[tuple[str, dict[str, Any]]]:
    """Read a list of tokens with parameters (RFC 8941, as far as Cache-Status needs it)."""
    token = r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*"
    text = r'"(?:[^"\\\x00-\x1f\x7f-\uffff]|\\["\\])*"'
    parameter = rf"; *(?P<name>[a-z*][a-z0-9_.*-]*)(?:=(?P<value>{text}|-?\d{{1,15}}|{token}))?"
    found = []
    for member in re.findall(rf"(?:{token})(?:; *[^,\"]*(?:{text})?)*(?:, |$)", written):
        bare = member.removesuffix(", ")
        name = re.match(token, bare)
        assert name is not None
        rest, parameters = bare[name.end() :], {}
        while rest:
            read = re.match(parameter, rest)
            assert read is not None, f"no parameter: {rest!r}"
            value: Any = True if read["value"] is None else read["value"]
            parameters[read["name"]] = int(value) if re.fullmatch(r"-?\d+", str(value)) else value
            rest = rest[read.end() :]
        found.append((name.group(0), parameters))
    assert ", ".join(rebuilt(*member) for member in found) == written
    return found


def rebuilt(name: str, parameters: dict[str, Any]) -> str:
    said = (key if value is True else f"{key}={value}" for key, value in parameters.items())
    return "; ".join([name, *said])


# ------------------------------------------------------------------ Cache-Status
def test_an_exact_hit_says_how_long_it_stays_fresh() -> None:
    head = Head(source=Source.EXACT, level="exact")

    assert status(head, answer()) == "semcache-exact; hit; ttl=3412"


def test_a_semantic_hit_says_that_the_exact_level_missed_and_how_sure_it_is() -> None:
    assert status(NEAR, answer()) == (
        'semcache-exact; fwd=miss, semcache-semantic; hit; ttl=3412; detail="p=0.9961"'
    )


@pytest.mark.parametrize(
    ("source", "stored", "end"),
    [
        (Source.MISS, True, "fwd=miss; stored"),
        (Source.MISS, False, "fwd=miss"),
        (Source.COLLAPSED, False, "fwd=miss; collapsed"),
    ],
)
def test_a_miss_names_each_level_that_was_asked(source: Source, end: str, *, stored: bool) -> None:
    head = Head(source=source, passed=("exact", "semantic"))

    written = status(head, answer(), stored=stored)

    assert written == f"semcache-exact; fwd=miss, semcache-semantic; {end}"


def test_a_stream_that_has_just_begun_is_a_miss_too() -> None:
    assert status(Head(source=Source.MISS, passed=("exact",))) == "semcache-exact; fwd=miss"


def test_a_caller_who_said_no_cache_reads_that_it_was_the_request() -> None:
    head = Head(source=Source.BYPASS, detail="no-cache", asked=True)

    ((name, parameters),) = members(status(head, answer(), stored=True))

    assert name == "semcache-exact"
    assert parameters["fwd"] == "request"
    assert parameters["stored"] is True


def test_a_request_that_is_not_cacheable_says_why() -> None:
    head = Head(source=Source.BYPASS, detail="temperature")

    assert status(head, answer()) == "semcache-exact; fwd=bypass; detail=temperature"


def test_an_answer_served_stale_has_a_negative_ttl() -> None:
    head = Head(source=Source.STALE, level="exact")

    assert status(head, answer(ttl_s=-12.0)) == "semcache-exact; hit; ttl=-12"
    assert members(status(head, answer(ttl_s=-0.5)))[0][1]["ttl"] < 0


# ------------------------------------------------------------------ the other headers
def said(head: Head, found: Answer | None, *, stored: bool = False) -> dict[str, str]:
    timings = Timings()
    timings.add("auth", 0.1)
    timings.add("l1", 0.312)
    return rendering.headers(
        head, answer=found, stored=stored, request_id="req_1", timings=timings, now=NOW
    )


def test_a_hit_tells_its_age_entry_and_what_it_saved() -> None:
    headers = said(Head(source=Source.EXACT, level="exact"), answer(age_s=8.9))

    assert headers["x-semcache"] == "hit-exact"
    assert headers["Age"] == "8"
    assert headers["x-semcache-entry"] == "ent_0123456789abcdef0123"
    assert headers["x-semcache-saved-usd"] == "0.25000000"
    assert headers["x-request-id"] == "req_1"
    assert headers["Server-Timing"] == "auth;dur=0.10, l1;dur=0.31"
    assert "x-semcache-cost-usd" not in headers
    assert "x-semcache-similarity" not in headers
    assert "x-semcache-confidence" not in headers


def test_a_miss_tells_what_it_cost() -> None:
    headers = said(Head(source=Source.MISS, passed=("exact",)), answer(), stored=True)

    assert headers["x-semcache"] == "miss"
    assert headers["x-semcache-cost-usd"] == "0.25000000"
    assert "x-semcache-saved-usd" not in headers


def test_a_semantic_hit_tells_how_near_and_how_sure_it_was() -> None:
    headers = said(NEAR, answer())

    assert headers["x-semcache-similarity"] == "0.9124"
    assert headers["x-semcache-confidence"] == "0.9961"


def test_a_promoted_copy_still_tells_how_near_and_how_sure_it_was() -> None:
    head = replace(NEAR, source=Source.EXACT, level="exact", passed=())

    assert status(head, answer()) == 'semcache-exact; hit; ttl=3412; detail="p=0.9961"'
    assert said(head, answer())["x-semcache-confidence"] == "0.9961"


def test_a_price_that_nobody_knows_is_not_called_nothing() -> None:
    headers = said(Head(source=Source.MISS), answer(cost_usd=None))

    assert not [name for name in headers if name.endswith("-usd")]


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (Source.EXACT, "hit-exact"),
        (Source.SEMANTIC, "hit-semantic"),
        (Source.MISS, "miss"),
        (Source.COLLAPSED, "collapsed"),
        (Source.STALE, "stale"),
        (Source.BYPASS, "bypass"),
    ],
)
def test_x_semcache_says_it_in_one_word(source: Source, word: str) -> None:
    assert said(Head(source=source, level="exact"), None)["x-semcache"] == word


# ------------------------------------------------------------------ streams
def call(*, include_usage: bool = False) -> Call:
    request = ChatRequest(model="m", body={}, stream=True, include_usage=include_usage)
    alice = Identity(tenant_id=1, tenant="a", key_id="k", salt=b"")
    return Call(
        identity=alice,
        request=request,
        controls=PLAIN,
        rule=rules.resolve(request, controls=PLAIN, identity=alice, defaults=rules.Defaults()),
        fingerprint=b"",
        request_id="req_1",
    )


async def written(reply: Any, asked: Call) -> list[bytes]:
    """Give the data of each event."""
    whole = b"".join([event async for event in rendering.events(reply, call=asked)])
    *said_events, rest = whole.split(b"\n\n")
    assert not rest
    assert all(event.startswith(b"data: ") for event in said_events)
    return [event.removeprefix(b"data: ") for event in said_events]


def hit() -> HitReply:
    return HitReply(head=Head(source=Source.EXACT, level="exact"), answer=answer())


async def test_a_hit_is_replayed_as_chunks_and_done() -> None:
    *chunks, done = await written(hit(), call())

    read = [orjson.loads(chunk) for chunk in chunks]
    assert done == b"[DONE]"
    assert read[0]["choices"][0]["delta"]["content"] == "Hi\n\n\u2028there"
    assert read[-1]["choices"][0]["finish_reason"] == "stop"
    assert all(chunk["choices"] for chunk in read)
    assert not any(chunk.get("usage") for chunk in read)


async def test_who_asks_for_usage_gets_it_in_a_last_chunk_with_what_the_cache_knows() -> None:
    *_, last, done = await written(hit(), call(include_usage=True))

    closing = orjson.loads(last)
    assert done == b"[DONE]"
    assert closing["choices"] == []
    assert closing["id"] == WHOLE["id"]
    assert closing["usage"] == WHOLE["usage"]
    assert closing["semcache"]["entry"] == "ent_0123456789abcdef0123"
    assert closing["semcache"]["saved_usd"] == 0.25


class CutReply:
    """Breaks off after its first chunk."""

    def __init__(self) -> None:
        self.head = Head(source=Source.MISS)
        self.known: Answer | None = None
        self.stored = False
        self.closed = False

    async def answer(self) -> Answer:
        raise errors.UpstreamError("It broke off.")

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b'{"choices": [{"index": 0, "delta": {"content": "Hi"}}]}'
        raise errors.UpstreamError("It broke off.")

    async def aclose(self) -> None:
        self.closed = True


async def test_an_error_in_mid_stream_is_the_last_event_and_no_done_follows() -> None:
    reply = CutReply()

    first, last = await written(reply, call(include_usage=True))

    assert b"Hi" in first
    said = orjson.loads(last)
    assert said["error"]["code"] == "upstream_error"
    assert said["request_id"] == "req_1"
    assert reply.closed


async def test_who_hangs_up_in_mid_stream_leaves_nothing_behind() -> None:
    reply = CutReply()
    events = rendering.events(reply, call=call())

    await anext(events)
    await events.aclose()

    assert reply.closed
