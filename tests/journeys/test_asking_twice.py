"""The main job: the second answer comes from the cache, and says so."""

import re
from typing import Any

import pytest

from benchmarks.upstream import good
from benchmarks.upstream.server import Upstream
from tests.callers import Caller, Said, unique

QUESTION = "What is the capital city of France?"
PARAPHRASE = "What's the capital city of France?"
ELSEWHERE = "How do I bake sourdough bread at home?"


def test_the_second_time_the_same_bytes_come_from_the_cache(
    alice: Caller, provider: Upstream
) -> None:
    first, second = alice.ask(QUESTION), alice.ask(QUESTION)
    assert (first.status, first.level) == (200, "miss")
    assert (second.status, second.level) == (200, "hit-exact")
    assert second.body == first.body
    assert provider.calls()["generations"] == 1
    assert re.fullmatch(
        r"semcache-exact; fwd=miss, semcache-semantic; fwd=miss; stored", first.cache_status
    )
    assert re.fullmatch(r"semcache-exact; hit; ttl=\d+", second.cache_status)
    assert first.headers["x-semcache-entry"] == second.headers["x-semcache-entry"]
    assert float(first.headers["x-semcache-cost-usd"]) > 0
    assert float(second.headers["x-semcache-saved-usd"]) > 0
    assert int(second.headers["age"]) >= 0
    assert "x-semcache-similarity" not in second.headers
    assert "upstream;dur=" in first.headers["server-timing"]
    assert "l1;dur=" in second.headers["server-timing"]


def test_a_paraphrase_is_answered_by_meaning_and_says_how_near_it_is(
    alice: Caller, provider: Upstream
) -> None:
    first = alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)
    assert near.level == "hit-semantic"
    assert near.body == first.body
    assert 0.9 <= float(near.headers["x-semcache-similarity"]) < 1.0
    assert near.headers["x-semcache-entry"] == first.headers["x-semcache-entry"]
    assert near.cache_status.startswith("semcache-exact; fwd=miss, semcache-semantic; hit; ttl=")
    assert alice.ask(ELSEWHERE).level == "miss"
    assert provider.calls()["generations"] == 2


def test_a_paraphrase_asked_again_comes_from_l1_and_still_says_how_near_it_is(
    alice: Caller,
) -> None:
    alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)
    again = alice.ask(PARAPHRASE)
    assert again.level == "hit-exact"
    assert again.headers["x-semcache-similarity"] == near.headers["x-semcache-similarity"]


@pytest.mark.parametrize(
    "model", ["fake", "fake-json", "fake-unicode", "fake-tools", "fake-reasoning"]
)
@pytest.mark.parametrize("again", [False, True], ids=["then whole", "then streamed"])
@pytest.mark.parametrize("first", [False, True], ids=["whole", "streamed"])
def test_an_answer_is_the_same_in_every_direction(
    alice: Caller, model: str, *, first: bool, again: bool
) -> None:
    asked = alice.ask(QUESTION, model=model, **_streamed(wanted=first))
    replayed = alice.ask(QUESTION, model=model, **_streamed(wanted=again))
    assert (asked.level, replayed.level) == ("miss", "hit-exact")
    assert _core(replayed) == _core(asked)
    assert replayed.completion["usage"] == asked.completion["usage"]


def test_a_paraphrase_can_be_streamed(alice: Caller) -> None:
    first = alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE, stream=True)
    assert near.level == "hit-semantic"
    assert near.headers["content-type"].startswith("text/event-stream")
    assert near.text == first.text


@pytest.mark.parametrize("hit", [False, True], ids=["miss", "hit"])
def test_usage_comes_in_a_last_chunk_only_where_it_was_asked_for(
    alice: Caller, *, hit: bool
) -> None:
    if hit:
        alice.ask(QUESTION)
    plain = alice.ask(QUESTION if hit else unique(), stream=True)
    assert not any(chunk.get("usage") for chunk in plain.chunks)
    assert not any("semcache" in chunk for chunk in plain.chunks)
    assert all(chunk["choices"] for chunk in plain.chunks)

    counted = alice.ask(QUESTION if hit else unique(), **_streamed(wanted=True))
    *chunks, last = counted.chunks
    assert all(chunk["choices"] and not chunk.get("usage") for chunk in chunks)
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0
    assert last["semcache"]["entry"].startswith("ent_")
    assert last["semcache"]["stored"] is not hit
    assert last["semcache"]["saved_usd" if hit else "cost_usd"] > 0


def test_tool_calls_are_intact_in_a_replay(alice: Caller) -> None:
    alice.ask(QUESTION, model="fake-tools", stream=True)
    whole = alice.ask(QUESTION, model="fake-tools")
    assert whole.level == "hit-exact"
    (choice,) = whole.json["choices"]
    assert choice["message"]["tool_calls"] == list(good.WEATHER)
    assert choice["finish_reason"] == "tool_calls"

    first, *_ = alice.ask(QUESTION, model="fake-tools", stream=True).chunks
    calls = first["choices"][0]["delta"]["tool_calls"]
    assert [call["index"] for call in calls] == [0, 1]


def test_several_choices_are_intact_in_a_replay(alice: Caller) -> None:
    alice.ask(QUESTION, n=2, stream=True)
    whole = alice.ask(QUESTION, n=2)
    assert whole.level == "hit-exact"
    texts = [choice["message"]["content"] for choice in whole.json["choices"]]
    assert texts == [texts[0], f"[1] {texts[0]}"]
    assert alice.ask(QUESTION).level == "miss"


def test_unknown_fields_pass_both_ways(alice: Caller, provider: Upstream) -> None:
    alice.ask(QUESTION, model="fake-reasoning", x_mood={"calm": [1, 2]}, user="u-1")
    replayed = alice.ask(QUESTION, model="fake-reasoning", x_mood={"calm": [1, 2]}, user="u-2")
    assert replayed.level == "hit-exact"
    assert replayed.json["x_vendor"] == {"region": "eu", "weights": [1, 2]}
    assert "Let me think" in replayed.json["choices"][0]["message"]["reasoning_content"]
    (call,) = provider.calls()["calls"]
    assert call["body"]["x_mood"] == {"calm": [1, 2]}
    assert alice.ask(QUESTION, model="fake-reasoning", x_mood={"calm": [2]}).level == "miss"


def test_every_letter_survives(alice: Caller) -> None:
    asked = unique("Wie heißt 家族 auf 한국어 👩‍👩‍👧‍👦 \u2028 \u0085 naïve?")
    streamed = alice.ask(asked, model="fake-unicode", stream=True)
    whole = alice.ask(asked, model="fake-unicode")
    assert whole.level == "hit-exact"
    assert streamed.text == whole.text
    assert good.FAMILY in whole.text
    assert asked in whole.text


def test_the_spelling_of_the_json_does_not_matter(alice: Caller) -> None:
    alice.ask(QUESTION, temperature=1.0, max_tokens=100)
    spelled = (
        b'{ "max_tokens" : 1e2,\n"temperature":1, "messages":[{"content":'
        b'"What is the capital city of Fr\\u0061nce?", "role":"user"}],"model":"fake"}'
    )
    respelled = alice.post("/v1/chat/completions", spelled.replace(b"1e2", b"100"))
    assert respelled.level == "hit-exact"


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.5},
        {"seed": 7},
        {"max_tokens": 5},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"response_format": {"type": "json_object"}},
        {"model": "fake-json"},
        {"x_unknown": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_answer_is_another_request(
    alice: Caller, change: dict[str, Any]
) -> None:
    alice.ask(QUESTION)
    assert alice.ask(QUESTION, **change).level == "miss"


def test_another_system_prompt_or_history_is_another_request(alice: Caller) -> None:
    def turns(system: str, *earlier: str) -> list[dict[str, Any]]:
        said = [{"role": "system", "content": system}]
        for text in earlier:
            said += [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]
        return [*said, {"role": "user", "content": QUESTION}]

    assert alice.ask(turns("Be brief.", "Hello")).level == "miss"
    assert alice.ask(turns("Be brief.", "Hello")).level == "hit-exact"
    assert alice.ask(turns("Be verbose.", "Hello")).level == "miss"
    assert alice.ask(turns("Be brief.", "Good-bye")).level == "miss"


def test_numbers_and_negation_are_not_near(alice: Caller) -> None:
    alice.learn("How do I cancel 2 of my subscriptions?")
    assert alice.ask("How do I cancel 3 of my subscriptions?").level == "miss"
    alice.learn("Which foods should I eat before a marathon?")
    assert alice.ask("Which foods should I not eat before a marathon?").level == "miss"


def test_the_openai_client_works_by_changing_its_base_url(alice: Caller) -> None:
    message: Any = {"role": "user", "content": QUESTION}
    first = alice.openai.chat.completions.create(model="fake", messages=[message])
    raw = alice.openai.chat.completions.with_raw_response.create(model="fake", messages=[message])
    assert raw.headers["x-semcache"] == "hit-exact"
    assert raw.parse() == first

    stream = alice.openai.chat.completions.create(
        model="fake", messages=[message], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == first.choices[0].message.content
    assert chunks[-1].usage == first.usage


def _streamed(*, wanted: bool) -> dict[str, Any]:
    return {"stream": True, "stream_options": {"include_usage": True}} if wanted else {}


def _core(said: Said) -> dict[str, Any]:
    """The answer without what only one of the two wire forms spells out."""
    whole = said.completion
    for choice in whole["choices"]:
        choice["message"] = {k: v for k, v in choice["message"].items() if v not in (None, [])}
        choice.pop("logprobs", None)
    return whole
