"""Processes die and come back; answers do not get lost, and nobody waits for ever."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller, Said, unique
from tests.servers import eventually

QUESTION = "When does the library open on Sundays?"
PARAPHRASE = "When does the library open on a Sunday?"

Hire = Callable[..., Caller]


@pytest.fixture(scope="module")
def fragile(fake_provider: Upstream) -> Iterator[servers.Product]:
    """A product on servers of its own, to be broken."""
    with (
        servers.stores() as stores,
        servers.product(stores, provider_urls={"fake": fake_provider.base_url}) as made,
    ):
        yield made


@pytest.fixture
def ours(fragile: servers.Product) -> servers.Product:
    """The fragile product, with all its processes running."""
    if not fragile.workers:
        fragile.start_worker()
    if not fragile.webs:
        fragile.start_web()
    fragile.web.wait_until_ready()
    return fragile


def test_readiness_names_the_part_that_is_missing(fragile: servers.Product, hire: Hire) -> None:
    web = fragile.start_web()
    caller = hire(fragile, "alice")
    eventually(lambda: _answers(caller), within_s=30, what="the web process")
    said = caller.get("/readyz")
    assert said.status == 503
    assert said.json["status"] == "not ready"
    assert said.json["parts"]["workers"].startswith("away: no worker")
    assert said.json["parts"]["postgres"] == said.json["parts"]["redis"] == "ok"
    assert caller.get("/healthz").status == 200

    fragile.start_worker()
    web.wait_until_ready()
    parts = caller.get("/readyz").json["parts"]
    assert set(parts) == {"postgres", "redis", "workers", "encoder", "index"}
    assert all(part.startswith("ok") for part in parts.values())


def test_a_worker_killed_in_mid_answer_ends_a_stream_by_an_error_and_the_next_request_succeeds(
    ours: servers.Product, hire: Hire, provider: Upstream
) -> None:
    alice, prompt = hire(ours, "alice"), unique()
    with alice.streaming(prompt, model="fake-slow") as response:
        lines = response.iter_lines()
        assert next(lines).startswith("data: ")
        ours.kill_workers()
        rest = [line for line in lines if line]
    assert '"error"' in rest[-1]
    assert '"upstream_error"' in rest[-1]
    assert "[DONE]" not in rest[-1]
    ours.start_worker()
    again = alice.ask(prompt, model="fake-slow", stream=True)
    assert (again.status, again.level) == (200, "miss")
    assert prompt in again.text


@pytest.mark.parametrize("begun", [True, False], ids=["in mid-answer", "before the first token"])
def test_who_waits_through_the_death_of_the_worker_is_answered(
    ours: servers.Product, hire: Hire, provider: Upstream, *, begun: bool
) -> None:
    alice, bob, prompt = hire(ours, "alice"), hire(ours, "bob"), unique()
    if not begun:
        ours.kill_workers()
    with ThreadPoolExecutor(2) as threads:
        waiting = [
            threads.submit(caller.ask, prompt, model="fake-slow", stream=stream)
            for caller, stream in [(alice, False), (bob, not begun)]
        ]
        if begun:
            eventually(lambda: provider.calls()["open_requests"] == 1)
            ours.kill_workers()
        ours.start_worker()
        said: list[Said] = [future.result(timeout=40) for future in waiting]
    assert [answer.status for answer in said] == [200, 200]
    assert said[0].text == said[1].text
    assert prompt in said[0].text
    assert provider.calls()["generations"] == (2 if begun else 1)


def test_a_web_process_killed_in_mid_answer_comes_back_and_answers(
    ours: servers.Product, hire: Hire, provider: Upstream
) -> None:
    alice, prompt = hire(ours, "alice"), unique()
    with alice.streaming(prompt, model="fake-slow") as response:
        assert next(response.iter_lines()).startswith("data: ")
        ours.kill_webs()
    ours.start_web().wait_until_ready()
    said = hire(ours, "alice").ask(prompt, model="fake-slow")
    assert said.status == 200
    assert prompt in said.text
    with ours.stores.memory() as memory:
        eventually(lambda: not held(ours, memory), within_s=9, what="the end of all claims")
    assert provider.calls()["open_requests"] == 0


def test_a_killed_valkey_comes_back_empty_and_the_answers_come_from_postgres(
    ours: servers.Product, hire: Hire, provider: Upstream
) -> None:
    alice = hire(ours, "alice")
    first = alice.learn(QUESTION)
    vectors = alice.embed(["one", "two"]).json["data"]
    kill(ours.stores.valkey)
    without = alice.ask(QUESTION)
    assert (without.level, without.body) == ("hit-exact", first.body)
    assert alice.ask(PARAPHRASE).level == "hit-semantic"
    assert alice.get("/readyz").json["parts"]["redis"].startswith("away")
    assert alice.ask(unique()).status == 503

    ours.stores.valkey.start()
    ours.web.wait_until_ready()
    generations = provider.calls()["count"]
    again = alice.ask(QUESTION)
    assert (again.level, again.body) == ("hit-exact", first.body)
    assert alice.embed(["one", "two"]).json["data"] == vectors
    assert provider.calls()["count"] == generations
    assert alice.ask(unique()).level == "miss"


def test_a_valkey_killed_in_mid_answer_fails_the_request_and_not_the_next(
    ours: servers.Product, hire: Hire, provider: Upstream
) -> None:
    alice, prompt = hire(ours, "alice"), unique()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(alice.ask, prompt, model="fake-slow")
        eventually(lambda: provider.calls()["open_requests"] == 1)
        kill(ours.stores.valkey)
        ours.stores.valkey.start()
        said = waiting.result(timeout=30)
    assert said.status in {200, 502, 503}
    ours.web.wait_until_ready()
    assert alice.ask(prompt, model="fake-slow").status == 200


def test_while_postgres_is_away_answers_come_from_l1_and_from_the_provider(
    ours: servers.Product, hire: Hire
) -> None:
    alice = hire(ours, "alice")
    first = alice.ask(QUESTION)
    with ours.stores.book() as book:
        book.execute("CHECKPOINT")  # a crash may lose the last moment's entries
    kill(ours.stores.postgres)
    try:
        assert alice.ask(QUESTION).body == first.body
        fresh = alice.ask(unique())
        assert (fresh.status, fresh.level) == (200, "miss")
        assert "stored" not in fresh.cache_status
        assert alice.get("/readyz").json["parts"]["postgres"].startswith("away")
    finally:
        ours.stores.postgres.start()
    ours.web.wait_until_ready()
    prompt = unique()
    eventually(lambda: "stored" in alice.ask(prompt + unique()).cache_status, within_s=10)
    eventually(lambda: alice.get("/readyz").json["parts"]["index"] == "ok")
    assert alice.ask(PARAPHRASE).level == "hit-semantic"


def test_after_everything_was_stopped_and_started_the_cache_knows_its_answers(
    ours: servers.Product, hire: Hire, provider: Upstream
) -> None:
    alice = hire(ours, "alice")
    first = alice.learn(QUESTION)
    ours.stop()
    ours.stores.valkey.stop()
    ours.stores.postgres.stop()
    ours.stores.postgres.start()
    ours.stores.valkey.start()
    ours.start()

    alice = hire(ours, "alice")
    near = alice.ask(PARAPHRASE)
    assert (near.level, near.body) == ("hit-semantic", first.body)
    again = alice.ask(QUESTION)
    assert (again.level, again.body) == ("hit-exact", first.body)
    assert provider.calls()["generations"] == 1


def held(product: servers.Product, memory: "redis.Redis") -> list[str]:
    """Name claims and readers; what a killed worker had begun is remembered until its deadline."""
    return [name for name in product.flights(memory) if ":run:" not in name]


def kill(service: Any) -> None:
    """End an embedded server by SIGKILL."""
    service._child.kill()  # noqa: SLF001 - no operator's act, so the service does not offer it
    service.stop()


def _answers(caller: Caller) -> bool:
    import httpx  # noqa: PLC0415

    try:
        return caller.get("/healthz").status == 200
    except httpx.TransportError:
        return False
