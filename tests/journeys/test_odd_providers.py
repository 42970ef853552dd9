"""Providers with odd manners: what can be understood is an answer, and nothing else is."""

import psycopg
import pytest
import redis

from tests import servers
from tests.callers import Caller, unique
from tests.servers import eventually

BROKEN = {
    "odd-clean-cut": 502,
    "odd-cut-and-done": 502,
    "odd-redirect": 502,
    "odd-html-404": 502,
    "odd-html-403": 502,
    "odd-surrogate": 502,
    "odd-deep-error": 502,
    "odd-array": 502,
    "odd-no-choices": 502,
    "odd-misshapen": 502,
    "odd-choice": 502,
    "odd-endless-line": 502,
}
UNDERSTOOD = ["odd-no-done", "odd-crlf", "odd-gzip", "odd-usage", "odd-null-byte", "odd-null-delta"]


@pytest.mark.parametrize(("model", "status"), BROKEN.items())
def test_what_is_no_answer_is_an_error_and_is_not_kept(
    alice: Caller,
    product: servers.Product,
    memory: "redis.Redis",
    book: "psycopg.Connection[object]",
    namespace: str,
    *,
    model: str,
    status: int,
) -> None:
    before = product.log().count("Traceback")
    prompt = unique()
    for _ in range(2):
        said = alice.ask(prompt, model=model)
        assert said.status == status, said.body
        assert set(said.error) == {"message", "type", "param", "code"}
    streamed = alice.ask(prompt, model=model, stream=True)
    assert "[DONE]" not in streamed.body.decode()
    rows = book.execute("SELECT id FROM semcache_entry WHERE namespace = %s", (namespace,))
    assert rows.fetchall() == []
    eventually(lambda: product.flights(memory) == [], within_s=3, what="the end of the flight")
    assert product.log().count("Traceback") == before


def test_an_answer_with_fewer_choices_than_asked_is_none(alice: Caller) -> None:
    prompt = unique()
    assert alice.ask(prompt, model="odd-one-of-two", n=1).level == "miss"
    assert alice.ask(prompt, model="odd-one-of-two", n=2).status == 502


@pytest.mark.parametrize("model", UNDERSTOOD)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_what_can_be_understood_is_passed_on_and_kept(
    alice: Caller, model: str, *, stream: bool
) -> None:
    prompt = unique()
    said = alice.ask(prompt, model=model, stream=stream)
    assert (said.status, said.level) == (200, "miss")
    assert said.text.replace("\x00", " ") == "Hello you"
    for streamed in (stream, not stream):
        again = alice.ask(prompt, model=model, stream=streamed)
        assert (again.level, again.text) == ("hit-exact", said.text)
