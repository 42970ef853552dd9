"""Whatever comes in, it is read or refused by name; nothing else happens."""

import contextlib
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from semcache import keys
from semcache.api import parsing
from semcache.errors import InvalidRequestError
from semcache.types.chat import ChatRequest
from semcache.types.embedding import EmbeddingRequest
from tests import strategies
from tests.strategies import JSON, unhurried

FIELDS = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
    "n",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "stop",
    "tools",
    "response_format",
    "metadata",
    "user",
    "input",
    "encoding_format",
    "dimensions",
    "cache",
]
almost_json = st.lists(
    st.sampled_from(
        [
            b"{",
            b"}",
            b"[",
            b"]",
            b":",
            b",",
            b'"a"',
            b'"',
            b"\\",
            b"\\u0000",
            b"\\ud800",
            b"NaN",
            b"1",
            b"-",
            b"1e9",
            b"null",
            b"tru",
            b"\xff",
            b"\x00",
            b"\xef\xbb\xbf",
            b" ",
            b"-Infinity",
        ]
    ),
    max_size=14,
).map(b"".join)
message = st.dictionaries(
    st.sampled_from(["role", "content", "name", "type", "text", "tool_calls"]),
    strategies.values | st.sampled_from(["user", "assistant", [{"type": "text"}], [{}]]),
)
requests = st.dictionaries(
    st.sampled_from(FIELDS), strategies.values | st.lists(message, max_size=3)
)


def chat(said: dict[str, Any]) -> ChatRequest | InvalidRequestError:
    """Take a chat request as the doors do: its name is worked out before it is checked."""
    try:
        request = parsing.chat(said)
        keys.fingerprint(request, tenant_id=1, namespace="")
        parsing.check_chat(request)
    except InvalidRequestError as error:
        return error
    return request


def embeddings(said: dict[str, Any]) -> EmbeddingRequest | InvalidRequestError:
    try:
        return parsing.embeddings(said)
    except InvalidRequestError as error:
        return error


@unhurried
@given(raw=st.binary(max_size=60) | almost_json)
def test_any_bytes_are_an_object_or_an_invalid_request(raw: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        assert isinstance(parsing.body(raw), dict)


@unhurried
@given(raw=almost_json.map(lambda inner: b'{"model": "m", "x": ' + inner + b"}"))
def test_what_is_let_in_can_be_stored(raw: bytes) -> None:
    """Postgres takes neither null bytes nor lone surrogates; the key takes no NaN."""
    try:
        said = parsing.body(raw)
    except InvalidRequestError:
        return
    assert b"\\u0000" not in orjson.dumps(said)
    assert keys.canonical(said)


@unhurried
@given(data=st.data(), said=st.dictionaries(strategies.texts, strategies.values, max_size=4))
def test_what_is_json_is_read_as_it_was_meant(data: st.DataObject, said: JSON) -> None:
    assert parsing.body(data.draw(strategies.spellings(said))) == said


@unhurried
@given(said=requests)
def test_any_object_is_a_chat_request_or_an_invalid_one(said: dict[str, Any]) -> None:
    request = chat(said)

    if isinstance(request, InvalidRequestError):
        assert request.param is not None
    else:
        keys.subject(request, tenant_id=1, namespace="")


@unhurried
@given(said=requests.map(lambda said: {"model": "m", "messages": [{"role": "user"}]} | said))
def test_any_fields_beside_good_messages_are_taken_or_named(said: dict[str, Any]) -> None:
    request = chat(said)

    if isinstance(request, InvalidRequestError):
        assert request.param is not None
        assert request.param.startswith(tuple(FIELDS))


@unhurried
@given(said=requests.map(lambda said: {"model": "m", "input": "Hi"} | said))
def test_any_object_is_an_embeddings_request_or_an_invalid_one(said: dict[str, Any]) -> None:
    request = embeddings(said)

    if isinstance(request, InvalidRequestError):
        assert request.param is not None
    else:
        assert request.inputs
