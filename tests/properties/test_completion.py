"""An answer is the same whole, however it was cut, streamed, stored and replayed."""

import contextlib
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semcache.types import completion
from semcache.types.completion import Assembler
from tests import strategies
from tests.strategies import JSON, unhurried


@unhurried
@given(whole=strategies.completions())
def test_a_replayed_completion_assembles_to_itself(whole: JSON) -> None:
    assert completion.assemble(completion.replay(whole)) == whole


@unhurried
@given(data=st.data(), whole=strategies.completions())
def test_a_stream_cut_anywhere_assembles_to_the_same_whole(
    data: st.DataObject, whole: JSON
) -> None:
    chunks = data.draw(strategies.streams(whole))

    assert completion.assemble(chunks) == whole


@unhurried
@given(data=st.data(), whole=strategies.completions())
def test_assembling_changes_no_chunk(data: st.DataObject, whole: JSON) -> None:
    """The worker sends on what it assembles; and a stored completion is replayed many times."""
    chunks = data.draw(strategies.streams(whole))
    sent, kept = deepcopy(chunks), deepcopy(whole)

    completion.assemble(chunks)
    completion.assemble(completion.replay(whole))

    assert chunks == sent
    assert whole == kept


@unhurried
@given(whole=strategies.completions())
def test_a_replay_has_openais_shape(whole: JSON) -> None:
    chunks = list(completion.replay(whole))

    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    assert all(chunk["id"] == whole["id"] for chunk in chunks)
    ended = [
        (choice["index"], choice["finish_reason"])
        for chunk in chunks
        for choice in chunk["choices"]
        if choice["finish_reason"]
    ]
    assert ended == [(choice["index"], choice["finish_reason"]) for choice in whole["choices"]]
    usage = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    assert usage == [whole["usage"]] if "usage" in whole else not usage
    assert not chunks[-1]["choices"] if usage else chunks[-1]["choices"]


@unhurried
@given(data=st.data(), whole=strategies.completions())
def test_a_stream_is_whole_only_when_every_choice_has_ended(
    data: st.DataObject, whole: JSON
) -> None:
    chunks = data.draw(strategies.streams(whole))
    # Every choice has begun by the first chunk, as a server that streams several at once does.
    head = chunks[0] | {
        "choices": [
            {"index": choice["index"], "delta": {}, "finish_reason": None}
            for choice in whole["choices"]
        ]
    }
    assembler, waited = Assembler(), len(whole["choices"])

    for chunk in [head, *chunks]:
        assembler.add(chunk)
        waited -= sum(bool(choice["finish_reason"]) for choice in chunk["choices"])
        assert assembler.whole == (waited == 0)


def test_nothing_is_not_a_whole_answer() -> None:
    assembler = Assembler()
    assert not assembler.begun
    assert not assembler.whole

    assembler.add({"id": "x", "choices": [], "usage": {"prompt_tokens": 3}})

    assert not assembler.begun
    assert not assembler.whole


@unhurried
@given(
    chunk=st.dictionaries(
        st.sampled_from(["id", "choices", "usage", "x"]),
        strategies.values
        | st.lists(
            st.dictionaries(
                st.sampled_from(["index", "delta", "logprobs", "finish_reason", "message"]),
                strategies.values,
            )
        ),
    )
)
def test_a_misshapen_chunk_raises_only_what_is_documented(chunk: JSON) -> None:
    assembler = Assembler()
    try:
        for _ in range(2):
            assembler.add(chunk)
    except (TypeError, ValueError, KeyError, AttributeError):
        return
    assembler.completion()


def test_a_chunk_nested_as_deep_as_json_may_be_is_put_up_with() -> None:
    """What the parser lets in, 1,024 levels, is assembled or refused as a misshapen chunk is."""
    deep: Any = 1
    for _ in range(1_000):
        deep = [deep]
    chunk = {"choices": [{"index": 0, "delta": {"x_vendor": deep}, "finish_reason": "stop"}]}
    assembler = Assembler()
    with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
        assembler.add(chunk)


def delta(**said: Any) -> JSON:
    return {"id": "x", "choices": [{"index": 0, "delta": said, "finish_reason": None}]}


def called(*, place: int | None, id_: str | None, name: str | None, arguments: str) -> JSON:
    call: JSON = {"function": {"arguments": arguments}}
    call |= {} if place is None else {"index": place}
    call |= {} if id_ is None else {"id": id_, "type": "function"}
    call["function"] |= {} if name is None else {"name": name}
    return call


def test_tool_calls_that_come_interleaved_are_put_together_each_by_itself() -> None:
    chunks = [
        delta(role="assistant", content=None),
        delta(tool_calls=[called(place=0, id_="a", name="f", arguments="")]),
        delta(tool_calls=[called(place=1, id_="b", name="g", arguments="")]),
        delta(tool_calls=[called(place=0, id_=None, name=None, arguments='{"x":')]),
        delta(
            tool_calls=[
                called(place=1, id_=None, name=None, arguments="{}"),
                called(place=0, id_=None, name=None, arguments="1}"),
            ]
        ),
    ]

    message = completion.assemble(chunks)["choices"][0]["message"]

    assert message["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_a_server_that_repeats_role_id_and_name_in_every_chunk_says_them_once() -> None:
    chunks = [
        delta(role="assistant", tool_calls=[called(place=0, id_="a", name="f", arguments=piece)])
        for piece in ("{", "}")
    ]

    message = completion.assemble(chunks)["choices"][0]["message"]

    assert message["role"] == "assistant"
    assert message["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]


def test_parallel_tool_calls_that_all_say_index_0_stay_two_calls() -> None:
    """Some compatibility layers number every call of an unstreamed answer 0."""
    calls = [
        called(place=0, id_="a", name="f", arguments="{}"),
        called(place=0, id_="b", name="g", arguments="[]"),
    ]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}

    replayed = completion.assemble(completion.replay(whole))["choices"][0]["message"]

    bare = [{k: v for k, v in call.items() if k != "index"} for call in calls]
    assert replayed["tool_calls"] == bare


def test_an_opening_chunk_of_the_content_filter_is_no_choice() -> None:
    """Azure begins with one that has no choices but results of its filter."""
    chunks = [
        {"id": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        {"id": "x", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]},
        {"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]

    whole = completion.assemble(chunks)

    assert whole["id"] == "x"
    assert whole["prompt_filter_results"] == [{"prompt_index": 0}]
    assert whole["choices"][0]["message"]["content"] == "Hi"


def test_a_stream_cut_before_its_second_choice_began_is_not_whole() -> None:
    assembler = Assembler(expected=2)
    ended = {"delta": {"content": "Hi"}, "finish_reason": "stop"}

    assembler.add({"choices": [{"index": 0, **ended}]})
    assert not assembler.whole

    assembler.add({"choices": [{"index": 1, **ended}]})
    assert assembler.whole


def test_streamed_tool_calls_that_all_say_index_0_are_told_apart_by_their_ids() -> None:
    chunks = [
        delta(tool_calls=[called(place=0, id_=id_, name="f", arguments=arguments)])
        for id_, arguments in (("a", "{}"), ("b", "[]"))
    ]

    message = completion.assemble(chunks)["choices"][0]["message"]

    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ["{}", "[]"]


@pytest.mark.parametrize("said", [None, "", "stop"])
def test_a_choice_that_names_no_reason_to_end_is_not_whole(said: str | None) -> None:
    assembler = Assembler()

    assembler.add({"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": said}]})

    assert assembler.whole is bool(said)
