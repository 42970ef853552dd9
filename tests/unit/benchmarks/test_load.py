import json
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.errors import LoadError
from benchmarks.load import generator
from benchmarks.load.plan import Plan
from benchmarks.upstream import server


@pytest.fixture(scope="module")
def load() -> Iterator[generator.Generator]:
    with generator.running() as running:
        yield running


def plan(upstream: server.Upstream, *, bodies: list[str] | None = None, **rest: Any) -> Plan:
    port = int(upstream.root_url.rsplit(":", 1)[1])
    path = "/v1/chat/completions"
    return Plan(host="127.0.0.1", port=port, path=path, bodies=bodies or [body("hi")], **rest)


def body(text: str, *, model: str = "fake", **rest: Any) -> str:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": text}], **rest})


def test_each_body_is_sent_once_when_nothing_else_is_said(
    upstream: server.Upstream, load: generator.Generator
) -> None:
    upstream.reset()
    sample = load.send(plan(upstream, bodies=[body(f"q{n}") for n in range(50)], connections=7))

    asked = [call["body"]["messages"][0]["content"] for call in upstream.calls()["calls"]]
    assert sorted(asked) == sorted(f"q{n}" for n in range(50))
    assert (sample.good, sample.failed, len(sample.of(""))) == (50, 0, 50)


def test_bodies_are_sent_in_turn_until_the_number_is_reached(
    upstream: server.Upstream, load: generator.Generator
) -> None:
    upstream.reset()
    sample = load.send(plan(upstream, bodies=[body("a"), body("b")], requests=21))

    asked = [call["body"]["messages"][0]["content"] for call in upstream.calls()["calls"]]
    assert (asked.count("a"), asked.count("b")) == (11, 10)
    assert sample.good == 21


def test_an_open_loop_keeps_its_rate(upstream: server.Upstream, load: generator.Generator) -> None:
    sample = load.send(plan(upstream, rate_per_s=200, duration_s=0.5, connections=4))

    assert sample.good == pytest.approx(100, abs=2)


def test_an_open_loop_counts_the_wait_of_requests_that_were_due(
    load: generator.Generator,
) -> None:
    with server.running(delay_ms=100) as slow:
        sample = load.send(plan(slow, rate_per_s=100, requests=10, connections=1))

    # One connection serves ten a second; the tenth was due after 90 ms and ends after 1,000.
    assert max(sample.of("")) > 800


def test_the_first_token_of_a_stream_comes_before_its_end(load: generator.Generator) -> None:
    with server.running(delay_ms=0, token_interval_ms=20, tokens=8) as slow:
        sample = load.send(plan(slow, bodies=[body("hi", stream=True)]))

    assert sample.first_token_ms[""][0] < sample.of("")[0] - 50


def test_cut_answers_are_counted_and_the_connection_is_opened_again(
    upstream: server.Upstream, load: generator.Generator
) -> None:
    bodies = [body("hi", model="fake-cut"), body("hi")]
    sample = load.send(plan(upstream, bodies=bodies, requests=10))

    assert (sample.good, sample.unanswered) == (5, 5)


def test_what_is_not_answered_in_time_is_counted(
    upstream: server.Upstream, load: generator.Generator
) -> None:
    bodies = [body("hi", model="fake-stall")]
    sample = load.send(plan(upstream, bodies=bodies, requests=5, connections=2, timeout_s=0.2))

    assert (sample.good, sample.unanswered) == (0, 2)


def test_failures_are_counted_by_status_and_have_no_latency(
    upstream: server.Upstream, load: generator.Generator
) -> None:
    sample = load.send(plan(upstream, bodies=[body("hi", model="fake-500")], requests=3))

    assert (sample.statuses, sample.failed, sample.latencies_ms) == ({500: 3}, 3, {})


def test_a_port_where_nobody_listens_is_an_error_and_the_generator_lives_on(
    upstream: server.Upstream, load: generator.Generator
) -> None:
    with pytest.raises(LoadError, match=r"127\.0\.0\.1:1"):
        load.send(Plan(host="127.0.0.1", port=1, path="/", bodies=["{}"]))
    assert load.send(plan(upstream)).good == 1
