"""A provider that misbehaves: the right status and envelope, nothing kept, and life goes on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from tests import servers
from tests.callers import Caller, Said, unique
from tests.servers import eventually

GARBAGE = ["fake-html", "fake-garbage", "fake-empty", "fake-done-only"]

Kept = Callable[[], int]


@pytest.fixture(autouse=True)
def nothing_is_kept(
    alice: Caller, kept: Kept, product: servers.Product, memory: "redis.Redis"
) -> Iterator[None]:
    """Whatever the provider did: no row, no answer in L1, no flight; the next request works."""
    before = answers(product, memory)
    yield
    assert kept() == 0
    eventually(lambda: product.flights(memory) == [], within_s=5, what="the end of all flights")
    assert answers(product, memory) == before
    assert alice.ask(unique()).level == "miss"


def answers(product: servers.Product, memory: "redis.Redis") -> set[bytes]:
    return set(memory.scan_iter(f"{product.prefix}:*:x", count=1000))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        *((model, 502, "upstream_error") for model in GARBAGE),
        ("fake-500", 502, "upstream_error"),
        ("fake-401", 502, "upstream_error"),
        ("fake-429", 429, "rate_limited"),
        ("fake-400", 400, "context_length_exceeded"),
        ("fake-stall", 504, "upstream_timeout"),
    ],
)
def test_an_answer_that_cannot_be_given_has_its_status(
    alice: Caller, model: str, status: int, code: str, *, stream: bool
) -> None:
    said = alice.ask(unique(), model=model, stream=stream)
    assert (said.status, said.error["code"]) == (status, code)
    assert_envelope(said)
    assert "nginx" not in said.error["message"]
    assert said.headers.get("retry-after") == ("2" if status == 429 else None)
    assert said.error["param"] == ("messages" if status == 400 else None)


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("fake-cut", 502, "upstream_error"),
        ("fake-instream-error", 502, "upstream_error"),
        ("fake-stall-mid", 504, "upstream_timeout"),
    ],
)
def test_an_answer_that_breaks_off_is_an_error_or_ends_its_stream_by_one(
    alice: Caller, model: str, status: int, code: str
) -> None:
    whole = alice.ask(unique(), model=model)
    assert (whole.status, whole.error["code"]) == (status, code)
    assert_envelope(whole)

    streamed = alice.ask(unique(), model=model, stream=True)
    assert streamed.status == 200
    assert len(streamed.events) > 1
    assert streamed.last_error["code"] == code


def test_the_openai_client_raises_what_it_should(alice: Caller) -> None:
    import openai  # noqa: PLC0415

    client = alice.openai.chat.completions
    message: Any = {"role": "user", "content": unique()}
    for model, kind in [
        ("fake-429", openai.RateLimitError),
        ("fake-400", openai.BadRequestError),
        ("fake-500", openai.InternalServerError),
        ("fake-nothing", openai.NotFoundError),
    ]:
        with pytest.raises(kind):
            client.create(model=model, messages=[message])
    stream = client.create(model="fake-cut", messages=[message], stream=True)
    with pytest.raises(openai.APIError):
        list(stream)


def test_an_embeddings_provider_is_asked_for_embeddings_only(alice: Caller) -> None:
    said = alice.embed(unique(), model="fake")
    assert (said.status, said.error["code"]) == (404, "model_not_found")
    said = alice.ask(unique(), model="fake-embedding")
    assert (said.status, said.error["code"]) == (404, "model_not_found")


def assert_envelope(said: Said) -> None:
    assert said.headers["content-type"] == "application/json"
    assert set(said.error) == {"message", "type", "param", "code"}
    assert said.json["request_id"] == said.headers["x-request-id"]
    assert "Traceback" not in said.body.decode()
