import asyncio
import base64
import json
import struct
from typing import Any

import httpx
import pytest

from benchmarks.upstream import server


def ask(upstream: server.Upstream, **body: Any) -> httpx.Response:
    asked = {"model": "fake", "messages": [{"role": "user", "content": "hello there"}], **body}
    return httpx.post(f"{upstream.base_url}/chat/completions", json=asked, timeout=10)


def chunks(answer: httpx.Response) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def text(answer: httpx.Response, *, name: str = "content", index: int = 0) -> str:
    deltas = [
        choice["delta"]
        for chunk in chunks(answer)
        for choice in chunk["choices"]
        if choice["index"] == index
    ]
    return "".join(delta.get(name) or "" for delta in deltas)


def test_two_generations_of_the_same_prompt_differ(upstream: server.Upstream) -> None:
    first, second = (ask(upstream).json()["choices"][0]["message"]["content"] for _ in range(2))

    assert first != second
    assert first.startswith("Answer ")
    assert first.endswith(" to: hello there")


def test_it_says_what_it_was_told_until_it_is_reset(upstream: server.Upstream) -> None:
    upstream.say("Hi.", to="hello")
    upstream.say("Howdy.", to="hello there")
    assert ask(upstream).json()["choices"][0]["message"]["content"] == "Howdy."
    assert text(ask(upstream, stream=True)) == "Howdy."
    upstream.say(None, to="there")
    assert ask(upstream).status_code == 500
    upstream.reset()
    assert ask(upstream).json()["choices"][0]["message"]["content"].startswith("Answer 1 to")


def test_a_stream_sends_one_chunk_a_token_then_the_finish_reason(upstream: server.Upstream) -> None:
    sent = chunks(ask(upstream, stream=True))

    assert len(sent) == 8 + 1
    assert sent[0]["choices"][0]["delta"]["role"] == "assistant"
    assert sent[-1]["choices"][0]["finish_reason"] == "stop"
    assert all("usage" not in chunk for chunk in sent)


def test_usage_comes_last_in_a_stream_when_it_is_asked_for(upstream: server.Upstream) -> None:
    sent = chunks(ask(upstream, stream=True, stream_options={"include_usage": True}))

    assert sent[-1]["choices"] == []
    assert sent[-1]["usage"] == {"prompt_tokens": 2, "completion_tokens": 8, "total_tokens": 10}
    assert all(chunk["usage"] is None for chunk in sent[:-1])


@pytest.mark.parametrize("stream", [False, True])
def test_n_choices_are_answered_and_differ(upstream: server.Upstream, *, stream: bool) -> None:
    answer = ask(upstream, n=2, stream=stream)

    if stream:
        first, second = text(answer), text(answer, index=1)
    else:
        first, second = (choice["message"]["content"] for choice in answer.json()["choices"])
    assert second == f"[1] {first}"


def test_tool_calls_split_over_chunks_join_to_valid_arguments(upstream: server.Upstream) -> None:
    answer = ask(upstream, model="fake-tools", stream=True)

    arguments = ["", ""]
    for chunk in chunks(answer):
        for call in chunk["choices"][0]["delta"].get("tool_calls", []):
            arguments[call["index"]] += call["function"]["arguments"]
    assert json.loads(arguments[0]) == {"city": "Zürich", "unit": "celsius"}
    assert json.loads(arguments[1]) == {"zone": "Europe/Zurich", "seconds": False}
    assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_tool_calls_come_whole_when_no_stream_is_asked_for(upstream: server.Upstream) -> None:
    choice = ask(upstream, model="fake-tools").json()["choices"][0]

    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert [call["id"] for call in choice["message"]["tool_calls"]] == [
        "call_fake_1",
        "call_fake_2",
    ]


@pytest.mark.parametrize(
    ("model", "reason"), [("fake-length", "length"), ("fake-filter", "content_filter")]
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_incomplete_answer_says_why_it_ended(
    upstream: server.Upstream, model: str, reason: str, *, stream: bool
) -> None:
    answer = ask(upstream, model=model, stream=stream)

    last = chunks(answer)[-1] if stream else answer.json()
    assert last["choices"][0]["finish_reason"] == reason


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_stands_in_its_own_field(upstream: server.Upstream, *, stream: bool) -> None:
    answer = ask(upstream, model="fake-refusal", stream=stream)

    if stream:
        assert text(answer) == ""
        assert text(answer, name="refusal").startswith("Answer ")
    else:
        message = answer.json()["choices"][0]["message"]
        assert message["content"] is None
        assert message["refusal"].startswith("Answer ")


def test_reasoning_carries_fields_that_no_client_knows(upstream: server.Upstream) -> None:
    answer = ask(upstream, model="fake-reasoning").json()

    assert answer["choices"][0]["message"]["reasoning_content"] == "Let me think. "
    assert answer["x_vendor"] == {"region": "eu", "weights": [1, 2]}


def test_unicode_is_the_same_text_streamed_and_not(upstream: server.Upstream) -> None:
    streamed = text(ask(upstream, model="fake-unicode", stream=True))
    whole = ask(upstream, model="fake-unicode").json()["choices"][0]["message"]["content"]

    assert streamed.split("there", 1)[1] == whole.split("there", 1)[1]
    assert "👩‍👩‍👧‍👦" in whole


def test_json_is_answered_although_a_stream_was_asked_for(upstream: server.Upstream) -> None:
    answer = ask(upstream, model="fake-json", stream=True)

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["object"] == "chat.completion"


@pytest.mark.parametrize("stream", [False, True])
def test_html_comes_with_status_200(upstream: server.Upstream, *, stream: bool) -> None:
    answer = ask(upstream, model="fake-html", stream=stream)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


@pytest.mark.parametrize("stream", [False, True])
def test_garbage_is_no_json(upstream: server.Upstream, *, stream: bool) -> None:
    answer = ask(upstream, model="fake-garbage", stream=stream)

    assert answer.status_code == 200
    broken = answer.content.split(b"\n\n")[0].removeprefix(b"data: ")
    with pytest.raises(ValueError, match=r".*"):
        json.loads(broken)


@pytest.mark.parametrize(("model", "body"), [("fake-empty", ""), ("fake-done-only", "[DONE]")])
def test_a_stream_without_tokens_is_a_success_by_status(
    upstream: server.Upstream, model: str, body: str
) -> None:
    answer = ask(upstream, model=model, stream=True)

    assert answer.status_code == 200
    assert answer.text.removeprefix("data: ").strip() == body


def test_a_cut_stream_ends_without_its_end_after_three_tokens(upstream: server.Upstream) -> None:
    received: list[str] = []
    body = {"model": "fake-cut", "stream": True, "messages": []}

    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream("POST", f"{upstream.base_url}/chat/completions", json=body) as answer,
    ):
        received.extend(line for line in answer.iter_lines() if line)
    assert len(received) == 3


def test_a_cut_body_ends_before_its_length(upstream: server.Upstream) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(upstream, model="fake-cut")


def test_an_error_in_the_stream_comes_after_two_tokens(upstream: server.Upstream) -> None:
    sent = chunks(ask(upstream, model="fake-instream-error", stream=True))

    assert [("error" in chunk) for chunk in sent] == [False, False, True]


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("fake-500", 500, "server_error"),
        ("fake-429", 429, "rate_limit_exceeded"),
        ("fake-401", 401, "invalid_api_key"),
        ("fake-400", 400, "context_length_exceeded"),
    ],
)
def test_failures_come_in_the_envelope_of_openai(
    upstream: server.Upstream, model: str, status: int, code: str
) -> None:
    answer = ask(upstream, model=model)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 429)


def test_a_model_that_nobody_scripted_is_unknown(upstream: server.Upstream) -> None:
    assert ask(upstream, model="fake-nonsense").status_code == 404
    assert ask(upstream, model="some-other-name").status_code == 200


def test_embeddings_are_unit_vectors_and_equal_for_equal_input(upstream: server.Upstream) -> None:
    asked = {"model": "fake-embedding", "input": ["one", "two", "one"]}
    answer = httpx.post(f"{upstream.base_url}/embeddings", json=asked).json()

    one, two, again = (row["embedding"] for row in answer["data"])
    assert one == again != two
    assert sum(value * value for value in one) == pytest.approx(1, abs=1e-4)
    assert answer["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


def test_embeddings_come_as_base64_when_asked_for(upstream: server.Upstream) -> None:
    asked = {"model": "fake-embedding", "input": "one", "dimensions": 16}
    plain = httpx.post(f"{upstream.base_url}/embeddings", json=asked).json()
    coded = httpx.post(
        f"{upstream.base_url}/embeddings", json={**asked, "encoding_format": "base64"}
    ).json()

    raw = base64.b64decode(coded["data"][0]["embedding"])
    assert list(struct.unpack("<16f", raw)) == plain["data"][0]["embedding"]


def test_calls_are_counted_with_their_bodies_until_reset(upstream: server.Upstream) -> None:
    upstream.reset()
    ask(upstream, model="fake-500", user="alice")

    calls = upstream.calls()
    assert (calls["count"], calls["open_requests"]) == (1, 0)
    assert calls["calls"][0]["body"]["user"] == "alice"
    upstream.reset()
    assert upstream.calls()["calls"] == []


async def test_a_hundred_streams_are_held_and_a_client_that_leaves_is_counted(
    upstream: server.Upstream,
) -> None:
    upstream.reset()
    begun: asyncio.Queue[None] = asyncio.Queue()

    async def follow(client: httpx.AsyncClient) -> None:
        body = {"model": "fake-stall-mid", "stream": True, "messages": []}
        url = f"{upstream.base_url}/chat/completions"
        async with client.stream("POST", url, json=body) as answer:
            async for _ in answer.aiter_lines():
                begun.put_nowait(None)

    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits()) as client:
        streams = [asyncio.create_task(follow(client)) for _ in range(120)]
        for _ in range(120 * 3):
            await begun.get()
        assert upstream.calls()["open_streams"] == 120
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)

    for _ in range(100):
        calls = upstream.calls()
        if calls["cut_by_client"] == 120:
            break
        await asyncio.sleep(0.05)
    assert (calls["cut_by_client"], calls["open_streams"]) == (120, 0)


def test_a_taken_port_is_an_error_that_names_it(upstream: server.Upstream) -> None:
    port = int(upstream.root_url.rsplit(":", 1)[1])

    with pytest.raises(RuntimeError, match=str(port)), server.running(port=port):
        pass
