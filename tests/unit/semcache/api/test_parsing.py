from typing import Any

import pytest

from semcache import keys
from semcache.api import parsing
from semcache.errors import InvalidRequestError

HI = {"role": "user", "content": "Hi"}


def chat(**fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [HI], **fields}


def refusal(said: dict[str, Any]) -> InvalidRequestError:
    """Take a chat request as the doors do, and give the error."""
    with pytest.raises(InvalidRequestError) as caught:
        parsing.check_chat(parsing.chat(said))
    return caught.value


# ------------------------------------------------------------------ the body
@pytest.mark.parametrize("raw", [b"{}", b' {"model": "m"} \n', '{"é": "\U0001f389"}'.encode()])
def test_an_object_is_read(raw: bytes) -> None:
    assert isinstance(parsing.body(raw), dict)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not valid JSON"),
        (b"   ", "not valid JSON"),
        (b'{"model": "m"', "not valid JSON"),
        (b'{"model": "m",}', "not valid JSON"),
        (b"{'model': 'm'}", "not valid JSON"),
        (b'{"model": "m"} x', "not valid JSON"),
        (b'{"model": "a\x00b"}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON"),
        (b'{"model": "\xff"}', "UTF-8"),
        (b'{"model": "\xed\xa0\x80"}', "UTF-8"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'"hi"', "object"),
        (b"3", "object"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        parsing.body(raw)


@pytest.mark.parametrize(
    ("raw", "param"),
    [
        (b'{"temperature": NaN}', "temperature"),
        (b'{"temperature": Infinity}', "temperature"),
        (b'{"logit_bias": {"50256": -Infinity}}', "logit_bias.50256"),
        (b'{"messages": [{"content": "a\\u0000b"}]}', "messages[0].content"),
        (b'{"metadata": {"a": {"b": ["x", "\\u0000"]}}}', "metadata.a.b[1]"),
        (b'{"metadata": {"a\\u0000": 1}}', "metadata"),
        (b'{"messages": [{"content": "\\ud83d"}]}', "messages[0].content"),
        (b'{"messages": [{}, {"content": [{"text": "\\udc00"}]}]}', "messages[1].content[0].text"),
        (b'{"user": "\\ud83d\\u0041"}', "user"),
        (b'{"messages": [{"content": ' + b"[" * 70 + b"]" * 70 + b"}]}", "messages"),
        (b'{"tools": ' + b'{"a":' * 70 + b"1" + b"}" * 71, "tools"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_value_that_cannot_be_kept_is_named(raw: bytes, param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parsing.body(raw)

    assert caught.value.param is not None
    assert caught.value.param.startswith(param)


def nested(depth: int, opening: bytes, closing: bytes) -> bytes:
    """Write a body of so many levels in all."""
    return b'{"a": ' + opening * (depth - 1) + b"1" + closing * (depth - 1) + b"}"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_64_levels_are_read_and_65_are_not(opening: bytes, closing: bytes) -> None:
    assert parsing.body(nested(64, opening, closing))
    with pytest.raises(InvalidRequestError, match="64 levels"):
        parsing.body(nested(65, opening, closing))


def test_many_shallow_values_are_not_deep() -> None:
    assert parsing.body(b'{"a": [' + b"[],{}," * 5_000 + b"1]}")


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"[" * 1_010 + b"]" * 1_010 + b"}",
        b'{"a": "\\ud800", "b": ' + b"[" * 600 + b"]" * 600 + b"}",
        b'{"a": "\\u0000", "b": ' + b"[" * 600 + b"]" * 600 + b"}",
    ],
    ids=lambda raw: f"{raw[:12]!r} {len(raw)}",
)
def test_a_recursion_bomb_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        parsing.body(raw)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_recursion_bomb_is_told_what_it_is(opening: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="64 levels"):
        parsing.body(b'{"a":' + opening * 100_000)


# ------------------------------------------------------------------ chat
@pytest.mark.parametrize(
    "said",
    [
        chat(),
        chat(stream=None, stream_options=None, temperature=None, stop=None, n=None),
        chat(stream=True, stream_options={"include_usage": True}),
        chat(temperature=0, top_p=1, n=1, max_tokens=1, seed=-5, stop="\n"),
        chat(temperature=2.0, stop=["a", "b"], tools=[], response_format={"type": "text"}),
        chat(x_vendor={"anything": [1]}, logit_bias={"50256": -100}),
        {"model": "m", "messages": [{"role": "assistant", "content": None}, HI]},
        {"model": "m", "messages": [{"role": "developer", "content": ""}, HI]},
        {"model": "m", "messages": [{"role": "tool", "content": "1", "tool_call_id": "a"}]},
        {"model": "m", "messages": [{"role": "user", "content": [{"type": "x_new", "x": 1}]}]},
    ],
    ids=str,
)
def test_what_a_provider_would_take_is_taken(said: dict[str, Any]) -> None:
    request = parsing.chat(said)

    parsing.check_chat(request)
    assert request.body == said


def test_streaming_and_its_usage_are_read() -> None:
    asked = parsing.chat(chat(stream=True, stream_options={"include_usage": True}))
    plain = parsing.chat(chat())

    assert (asked.stream, asked.include_usage) == (True, True)
    assert (plain.stream, plain.include_usage) == (False, False)


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"messages": [HI]}, "model"),
        (chat(model=""), "model"),
        (chat(model=5), "model"),
        (chat(model=["m"]), "model"),
        ({"model": "m"}, "messages"),
        (chat(messages=[]), "messages"),
        (chat(messages={}), "messages"),
        (chat(messages="Hi"), "messages"),
        (chat(messages=["Hi"]), "messages[0]"),
        (chat(messages=[HI, None]), "messages[1]"),
        (chat(messages=[{"content": "Hi"}]), "messages[0].role"),
        (chat(messages=[HI, {"role": "robot", "content": "Hi"}]), "messages[1].role"),
        (chat(messages=[{"role": "User", "content": "Hi"}]), "messages[0].role"),
        (chat(messages=[{"role": 1, "content": "Hi"}]), "messages[0].role"),
        (chat(messages=[{"role": ["user"], "content": "Hi"}]), "messages[0].role"),
        (chat(messages=[{"role": "user"}]), "messages[0].content"),
        (chat(messages=[{"role": "user", "content": None}]), "messages[0].content"),
        (chat(messages=[{"role": "user", "content": 5}]), "messages[0].content"),
        (chat(messages=[{"role": "user", "content": {}}]), "messages[0].content"),
        (chat(messages=[{"role": "user", "content": []}]), "messages[0].content"),
        (chat(messages=[{"role": "user", "content": ["Hi"]}]), "messages[0].content[0]"),
        (chat(messages=[{"role": "user", "content": [{"text": "Hi"}]}]), "messages[0].content[0]"),
        (
            chat(messages=[{"role": "user", "content": [{"type": "text"}]}]),
            "messages[0].content[0].text",
        ),
        (
            chat(messages=[{"role": "user", "content": [{"type": "text", "text": 5}]}]),
            "messages[0].content[0].text",
        ),
        (chat(stream=1), "stream"),
        (chat(stream="true"), "stream"),
        (chat(stream=[]), "stream"),
        (chat(stream_options=True), "stream_options"),
        (chat(stream_options={"include_usage": 1}), "stream_options.include_usage"),
        (chat(temperature="0.5"), "temperature"),
        (chat(temperature=True), "temperature"),
        (chat(temperature=-0.1), "temperature"),
        (chat(temperature=2.1), "temperature"),
        (chat(top_p=1.1), "top_p"),
        (chat(top_p=[]), "top_p"),
        (chat(n=0), "n"),
        (chat(n=1.5), "n"),
        (chat(n=129), "n"),
        (chat(n=True), "n"),
        (chat(max_tokens=0), "max_tokens"),
        (chat(max_tokens="5"), "max_tokens"),
        (chat(max_completion_tokens=-1), "max_completion_tokens"),
        (chat(seed="x"), "seed"),
        (chat(seed=1.5), "seed"),
        (chat(stop=5), "stop"),
        (chat(stop={}), "stop"),
        (chat(tools={}), "tools"),
        (chat(response_format="json"), "response_format"),
        (chat(presence_penalty="x"), "presence_penalty"),
        (chat(frequency_penalty=False), "frequency_penalty"),
        (chat(user=5), "user"),
        (chat(metadata=[]), "metadata"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(said: dict[str, Any], param: str) -> None:
    error = refusal(said)

    assert error.param == param
    assert param.rpartition(".")[2] in error.message


@pytest.mark.parametrize(
    ("field", "good", "other"),
    [
        ("user", "u", 5),
        ("metadata", {}, "x"),
        ("n", 1, 1.0),
        ("max_tokens", 100, 100.0),
        ("seed", 7, 7.0),
    ],
)
def test_a_request_is_not_refused_on_a_miss_and_answered_on_a_hit(
    field: str, good: object, other: object
) -> None:
    """The fast lane looks an exact hit up before `check_chat` has seen the request."""
    known = parsing.chat(chat(**{field: good}))
    parsing.check_chat(known)
    try:
        request = parsing.chat(chat(**{field: other}))
    except InvalidRequestError:
        return  # refused before anything is looked up
    named = [keys.fingerprint(r, tenant_id=1, namespace="") for r in (known, request)]
    assert named[0] == named[1]

    parsing.check_chat(request)


# ------------------------------------------------------------------ embeddings
@pytest.mark.parametrize(
    ("given", "inputs"),
    [
        ("Hi", ("Hi",)),
        (["Hi", "you"], ("Hi", "you")),
        ([1, 2, 3], ([1, 2, 3],)),
        ([[1, 2], [3]], ([1, 2], [3])),
        (["Hi", [1]], ("Hi", [1])),
    ],
    ids=str,
)
def test_an_embeddings_input_has_four_shapes(given: object, inputs: object) -> None:
    request = parsing.embeddings({"model": "e", "input": given, "dimensions": 8})

    assert request.inputs == inputs
    assert request.body == {"model": "e", "dimensions": 8}


@pytest.mark.parametrize(("said", "base64"), [(None, False), ("float", False), ("base64", True)])
def test_a_vector_is_written_as_asked(said: str | None, *, base64: bool) -> None:
    asked = {"model": "e", "input": "Hi", "encoding_format": said}

    assert parsing.embeddings(asked).base64 is base64


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"input": "Hi"}, "model"),
        ({"model": None, "input": "Hi"}, "model"),
        ({"model": "e"}, "input"),
        ({"model": "e", "input": ""}, "input"),
        ({"model": "e", "input": []}, "input"),
        ({"model": "e", "input": 5}, "input"),
        ({"model": "e", "input": {"a": "b"}}, "input"),
        ({"model": "e", "input": ["Hi", ""]}, "input[1]"),
        ({"model": "e", "input": ["Hi", None]}, "input[1]"),
        ({"model": "e", "input": ["Hi", 5]}, "input[1]"),
        ({"model": "e", "input": [1, True]}, "input[0]"),
        ({"model": "e", "input": [[1], []]}, "input[1]"),
        ({"model": "e", "input": [["Hi"]]}, "input[0]"),
        ({"model": "e", "input": ["x"] * 2_049}, "input"),
        ({"model": "e", "input": "Hi", "encoding_format": "hex"}, "encoding_format"),
        ({"model": "e", "input": "Hi", "encoding_format": []}, "encoding_format"),
        ({"model": "e", "input": "Hi", "encoding_format": {}}, "encoding_format"),
        ({"model": "e", "input": "Hi", "dimensions": []}, "dimensions"),
        ({"model": "e", "input": "Hi", "dimensions": "8"}, "dimensions"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_field_of_an_embeddings_request_is_named(said: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parsing.embeddings(said)

    assert (caught.value.param or "").startswith(param)
