"""Bad input: the right status, an envelope that names the field, nothing kept, no harm done."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import servers
from tests.callers import CHAT, Caller, body, unique
from tests.raw import Wire
from tests.servers import eventually

GOOD: dict[str, Any] = {"model": "fake", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def wire(alice: Caller) -> Iterator[Wire]:
    """One connection, to send what no client would."""
    with Wire(alice) as made:
        yield made


@pytest.fixture(autouse=True)
def no_harm_is_done(
    product: servers.Product, book: "psycopg.Connection[Any]", namespace: str
) -> Iterator[None]:
    """Nothing was kept but what the test asked for in earnest, and nothing crashed."""
    query = "SELECT prompt FROM semcache_entry WHERE namespace = %s AND prompt LIKE '%%Hello%%'"
    before = product.log().count("Traceback")
    yield
    assert book.execute(query, (namespace,)).fetchall() == []
    assert product.log().count("Traceback") == before


def message(**fields: Any) -> dict[str, Any]:
    return {**GOOD, "messages": [{"role": "user", "content": "Hello", **fields}]}


def nested(depth: int) -> bytes:
    inner = b"[" * depth + b"]" * depth
    return json.dumps(GOOD).encode()[:-1] + b',"x":' + inner + b"}"


def with_field(text: bytes) -> bytes:
    return json.dumps(GOOD).encode()[:-1] + b"," + text + b"}"


BAD: list[tuple[str, Any, str | None]] = [
    ("empty", b"", None),
    ("malformed", b'{"model": "fake"', None),
    ("not an object", b"[1, 2]", None),
    ("a number", b"7", None),
    ("form data", b"model=fake&messages=hello", None),
    ("trailing garbage", json.dumps(GOOD).encode() + b"}", None),
    ("a byte order mark", b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), None),
    (
        "invalid UTF-8",
        b'{"model": "fake", "messages": [{"role": "user", "content": "\xff"}]}',
        None,
    ),
    ("UTF-16", json.dumps(GOOD).encode("utf-16"), None),
    ("NaN", with_field(b'"temperature": NaN'), "temperature"),
    ("infinity", with_field(b'"temperature": -Infinity'), "temperature"),
    ("a number beyond all", with_field(b'"temperature": 1e999'), None),
    ("an unknown number beyond all", with_field(b'"x": 1e999'), None),
    ("a deep nest", nested(100), "x"),
    ("a deeper nest", nested(100_000), None),
    ("no model", {"messages": GOOD["messages"]}, "model"),
    ("a model of the wrong type", {**GOOD, "model": 7}, "model"),
    ("no messages", {"model": "fake"}, "messages"),
    ("empty messages", {**GOOD, "messages": []}, "messages"),
    ("messages of the wrong type", {**GOOD, "messages": "Hello"}, "messages"),
    ("a message of the wrong type", {**GOOD, "messages": ["Hello"]}, "messages[0]"),
    ("an unknown role", message(role="wizard"), "messages[0].role"),
    ("a role of the wrong type", message(role={"a": 1}), "messages[0].role"),
    ("no content", message(content=None), "messages[0].content"),
    ("content of the wrong type", message(content=7), "messages[0].content"),
    ("no parts", message(content=[]), "messages[0].content"),
    ("a part of the wrong type", message(content=["Hello"]), "messages[0].content[0]"),
    (
        "a text of the wrong type",
        message(content=[{"type": "text", "text": 7}]),
        "messages[0].content[0].text",
    ),
    ("a stream of the wrong type", {**GOOD, "stream": "yes"}, "stream"),
    ("stream options of the wrong type", {**GOOD, "stream_options": []}, "stream_options"),
    (
        "include_usage of the wrong type",
        {**GOOD, "stream_options": {"include_usage": 1}},
        "stream_options.include_usage",
    ),
    ("a temperature of the wrong type", {**GOOD, "temperature": "hot"}, "temperature"),
    ("a temperature out of range", {**GOOD, "temperature": 2.1}, "temperature"),
    ("a boolean temperature", {**GOOD, "temperature": True}, "temperature"),
    ("top_p out of range", {**GOOD, "top_p": -0.1}, "top_p"),
    ("no choices", {**GOOD, "n": 0}, "n"),
    ("half a choice", {**GOOD, "n": 1.5}, "n"),
    ("tools of the wrong type", {**GOOD, "tools": {}}, "tools"),
    ("max_tokens of the wrong type", {**GOOD, "max_tokens": "many"}, "max_tokens"),
    ("a null byte", message(content="a\x00b"), "messages[0].content"),
    ("a null byte in a name", {**GOOD, "x\x00": 1}, "body"),
    ("a null byte in the model", {**GOOD, "model": "fa\x00ke"}, "model"),
    ("a lone surrogate", message(content="a\ud800b"), "messages[0].content"),
]


@pytest.mark.parametrize(("said", "param"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_cannot_be_meant_is_refused_and_the_connection_lives(
    wire: Wire, said: Any, param: str | None
) -> None:
    content = said if isinstance(said, bytes) else json.dumps(said).encode()
    refused = wire.post(CHAT, content)
    assert refused.status == 400, refused.body
    assert refused.error["code"] == "invalid_request"
    assert refused.error["type"] == "invalid_request_error"
    assert refused.error["param"] == param
    assert refused.json["request_id"] == refused.headers["x-request-id"]
    assert "Traceback" not in refused.body.decode()
    assert wire.post(CHAT, json.dumps(body(unique())).encode()).level == "miss"


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"model": "fake-embedding"}, "input"),
        ({"model": "fake-embedding", "input": ""}, "input[0]"),
        ({"model": "fake-embedding", "input": []}, "input"),
        ({"model": "fake-embedding", "input": {"a": 1}}, "input"),
        ({"model": "fake-embedding", "input": ["a", 1]}, "input[1]"),
        ({"model": "fake-embedding", "input": ["a", ""]}, "input[1]"),
        ({"model": "fake-embedding", "input": [[1], [1.5]]}, "input[1]"),
        ({"model": "fake-embedding", "input": [True]}, "input[0]"),
        ({"model": "fake-embedding", "input": ["a"] * 2049}, "input"),
        ({"model": "fake-embedding", "input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"model": "fake-embedding", "input": "a", "encoding_format": []}, "encoding_format"),
        ({"input": "a"}, "model"),
        ({"model": "fake-embedding", "input": "a\x00"}, "input"),
        ({"model": "fake-embedding", "input": "a\ud800"}, "input"),
    ],
    ids=str,
)
def test_an_embeddings_request_that_cannot_be_meant_is_refused(
    wire: Wire, said: Any, param: str
) -> None:
    refused = wire.post("/v1/embeddings", json.dumps(said).encode())
    assert (refused.status, refused.error["param"]) == (400, param), refused.body
    good = {"model": "fake-embedding", "input": "a"}
    assert wire.post("/v1/embeddings", json.dumps(good).encode()).status == 200


@pytest.mark.parametrize("model", ["gpt-nothing", "Fake", "fake ", "x" * 10_000, "🦄"])
@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings"])
def test_an_unknown_model_is_not_found(wire: Wire, path: str, model: str) -> None:
    said = wire.post(path, json.dumps({**GOOD, "model": model, "input": "a"}).encode())
    assert (said.status, said.error["code"]) == (404, "model_not_found")
    assert said.error["param"] == "model"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer sk-wrong",
        "Bearer sk-sc-",
        "Bearer sk-sc-000000000000" + "A" * 43,
        "Bearer sk-sc-🦄",
        "Bearer " + "A" * 10_000,
    ],
)
@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings", "/v1/models"])
def test_no_key_no_answer(wire: Wire, path: str, authorization: str | None) -> None:
    method = "GET" if path == "/v1/models" else "POST"
    headers = {"Authorization": authorization} if authorization is not None else {}
    said = wire.ask(method, path, json.dumps(GOOD).encode(), headers, authorized=False)
    assert (said.status, said.error["code"]) == (401, "invalid_api_key")
    assert "sk-sc-0" not in said.body.decode()


def test_a_key_with_the_right_id_and_a_wrong_secret_is_refused(wire: Wire, alice: Caller) -> None:
    forged = alice.key[:-1] + ("a" if alice.key[-1] != "a" else "b")
    headers = {"Authorization": f"Bearer {forged}"}
    assert wire.ask("POST", CHAT, b"{}", headers, authorized=False).status == 401
    assert wire.post(CHAT, json.dumps(body(unique())).encode()).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/nothing", 404),
        ("POST", "/v1/chat/completions/", 404),
        ("DELETE", "/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("POST", "/chat/completions", 404),
        ("GET", "/v1/chat/completions", 405),
        ("PUT", "/v1/chat/completions", 405),
        ("GET", "/v1/embeddings", 405),
        ("POST", "/v1/models", 405),
        ("DELETE", "/v1/models/fake", 405),
        ("POST", "/healthz", 405),
    ],
)
def test_a_path_or_method_that_is_not_there_says_so(
    wire: Wire, method: str, path: str, status: int
) -> None:
    said = wire.ask(method, path, b"{}")
    assert said.status == status
    code = {404: "not_found", 405: "method_not_allowed"}[status]
    assert said.error["code"] == code
    if status == 405:
        assert "allow" in said.headers
    assert wire.post(CHAT, json.dumps(body(unique())).encode()).level == "miss"


def test_a_body_over_the_limit_is_refused_and_the_connection_lives(wire: Wire) -> None:
    huge = json.dumps(body("x" * (50 * 2**20))).encode()
    said = wire.post(CHAT, huge)
    assert (said.status, said.error["code"]) == (413, "request_too_large")
    assert wire.post(CHAT, json.dumps(body(unique())).encode()).level == "miss"


def test_a_body_over_the_limit_in_chunks_is_refused_and_the_connection_lives(wire: Wire) -> None:
    said = wire.post_in_chunks(CHAT, [b"x" * 2**20] * 25)
    assert (said.status, said.error["code"]) == (413, "request_too_large")
    assert wire.post(CHAT, json.dumps(body(unique())).encode()).level == "miss"


def test_a_body_in_chunks_is_read(wire: Wire) -> None:
    raw = json.dumps(body(unique())).encode()
    said = wire.post_in_chunks(CHAT, [raw[i : i + 7] for i in range(0, len(raw), 7)])
    assert said.level == "miss"


def test_a_body_that_comes_slowly_is_read(wire: Wire) -> None:
    raw = json.dumps(body(unique())).encode()
    wire.send(wire.head("POST", CHAT, len(raw)))
    for start in range(0, len(raw), 30):
        time.sleep(0.1)
        wire.send(raw[start : start + 30])
    assert wire.read().level == "miss"


def test_half_a_body_and_a_hang_up_does_no_harm(alice: Caller) -> None:
    for _ in range(20):
        with Wire(alice) as wire:
            wire.send(wire.head("POST", CHAT, 1000) + b'{"model": "fake", ')
    assert alice.ask(unique()).level == "miss"


def test_requests_sent_together_are_answered_in_order(wire: Wire) -> None:
    prompts = [unique() for _ in range(5)]
    wire.send(b"".join(wire.request("POST", CHAT, json.dumps(body(p)).encode()) for p in prompts))
    for prompt in prompts:
        assert prompt in wire.read().text


def test_a_request_id_is_taken_from_the_caller_or_made(wire: Wire) -> None:
    for given, taken in [("my-id", True), ("a" * 200, True), ("a" * 201, False), ("ä", False)]:
        headers = {"x-request-id": given}
        said = wire.ask("POST", CHAT, json.dumps(body(unique())).encode(), headers)
        assert (said.headers["x-request-id"] == given) is taken


def test_a_header_that_is_too_long_does_no_harm(alice: Caller) -> None:
    with Wire(alice) as wire:
        try:
            wire.send(wire.request("POST", CHAT, b"{}", {"x-long": "a" * 10_000_000}))
            assert wire.read().status in {400, 431}
        except OSError:
            pass  # it hung up, which is an answer, too
    assert alice.ask(unique()).level == "miss"


def test_garbage_instead_of_http_does_no_harm(alice: Caller) -> None:
    for garbage in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"\x00" * 1000,
        b"PRI * HTTP/2.0\r\n\r\n",
    ):
        with Wire(alice) as wire:
            wire.send(garbage)
            wire.shutdown(socket.SHUT_WR)
            eventually(wire.at_end, within_s=5, what="the end of the connection")
    assert alice.ask(unique()).level == "miss"
