"""What must not be cached is not; an operator's policy decides where it may."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests import servers
from tests.callers import Caller, unique
from tests.servers import eventually

Kept = Callable[[], int]


@pytest.fixture
def policy(book: "psycopg.Connection[Any]") -> Iterator[Callable[..., None]]:
    """Set a tenant's policy, as an operator does; it is gone at the end."""

    def set_(tenant: str | None, model: str = "*", **values: Any) -> None:
        empty = ("category", "mode", "decider", "caution", "conversations", "shadow_decider")
        values = {**dict.fromkeys(empty, ""), **values}
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        book.execute(
            f"INSERT INTO semcache_policy (tenant_id, model, {names}) VALUES "
            f"((SELECT id FROM semcache_tenant WHERE name = %s), %s, {places})",
            (tenant, model, *values.values()),
        )

    yield set_
    book.execute("DELETE FROM semcache_policy")


def test_a_temperature_above_the_bound_passes_the_cache_by(alice: Caller, kept: Kept) -> None:
    prompt = unique()
    assert alice.ask(prompt, temperature=1.0).level == "miss"
    assert alice.ask(prompt, temperature=1.0).level == "hit-exact"
    for _ in range(2):
        said = alice.ask(prompt, temperature=1.01)
        assert said.level == "bypass"
        assert said.cache_status == "semcache-exact; fwd=bypass; detail=temperature"
    assert kept() == 1


@pytest.mark.parametrize("model", ["fake-refusal", "fake-filter", "fake-length"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_none_is_passed_on_and_not_kept(
    alice: Caller, kept: Kept, model: str, *, stream: bool
) -> None:
    prompt = unique()
    first = alice.ask(prompt, model=model, stream=stream)
    second = alice.ask(prompt, model=model, stream=stream)
    assert (first.status, second.status) == (200, 200)
    assert (first.level, second.level) == ("miss", "miss")
    assert first.completion["id"] != second.completion["id"]
    assert "stored" not in first.cache_status
    assert kept() == 0


def test_a_truncated_answer_is_kept_where_the_policy_says_so(
    alice: Caller, charlie: Caller, policy: Callable[..., None]
) -> None:
    policy("a", "fake-length", keep_truncated=True)

    def is_kept() -> bool:
        prompt = unique()
        alice.ask(prompt, model="fake-length")
        return alice.ask(prompt, model="fake-length").level == "hit-exact"

    eventually(is_kept, within_s=5)
    prompt = unique()
    charlie.ask(prompt, model="fake-length")
    assert charlie.ask(prompt, model="fake-length").level == "miss"


def test_a_policy_bounds_the_temperature_of_one_model(
    alice: Caller, policy: Callable[..., None]
) -> None:
    policy("a", "fake-json", max_temperature=0.2)
    policy(None, "*", max_temperature=1.5)

    def level(model: str, temperature: float) -> str:
        return alice.ask(unique(), model=model, temperature=temperature).level

    eventually(lambda: level("fake-json", 0.5) == "bypass", within_s=5)
    assert level("fake-json", 0.2) == "miss"
    eventually(lambda: level("fake", 1.4) == "miss", within_s=5)


def test_a_policy_turns_levels_off_and_on_again(
    alice: Caller, charlie: Caller, policy: Callable[..., None], book: "psycopg.Connection[Any]"
) -> None:
    question, paraphrase = "Who wrote the novel Don Quixote?", "Who wrote the novel “Don Quixote”?"
    for caller in (alice, charlie):
        caller.learn(question)
    only_cached = {"Cache-Control": "only-if-cached"}
    assert alice.ask(paraphrase, headers=only_cached).level == "hit-semantic"

    policy("a", mode="exact")
    strict = {**only_cached, "x-semcache-mode": "semantic"}
    eventually(lambda: alice.ask(paraphrase, headers=strict).status == 504, within_s=5)
    assert alice.ask(question).level == "hit-exact"
    assert charlie.ask(paraphrase, headers=only_cached).level == "hit-semantic"

    book.execute("UPDATE semcache_policy SET mode = 'off'")
    eventually(lambda: alice.ask(question).level == "bypass", within_s=5)
    book.execute("DELETE FROM semcache_policy")
    eventually(lambda: alice.ask(question).level == "hit-exact", within_s=5)


def test_a_policy_clamps_the_time_to_keep(alice: Caller, policy: Callable[..., None]) -> None:
    policy("a", max_ttl_s=60)

    def clamped() -> bool:
        prompt = unique()
        alice.ask(prompt)
        return int(alice.ask(prompt).cache_status.rpartition("ttl=")[2]) <= 60

    eventually(clamped, within_s=5)


def test_a_revoked_key_stops_working_at_once(
    alice: Caller,
    product: servers.Product,
    hire: Callable[..., Caller],
    book: "psycopg.Connection[Any]",
) -> None:
    key = product.manage("issue_key", "--tenant", "a", "--label", "to be revoked").stdout.strip()
    product.keys["dave"] = key
    dave = hire(product, "dave")
    prompt = unique()
    alice.ask(prompt)
    assert dave.ask(prompt).level == "hit-exact"
    book.execute("UPDATE semcache_apikey SET revoked_at = now() WHERE label = 'to be revoked'")
    eventually(lambda: dave.ask(prompt).status == 401, within_s=2, what="the end of the key")
    assert alice.ask(prompt).level == "hit-exact"


def test_a_suspended_tenant_is_shut_out_and_let_in_again(
    alice: Caller, charlie: Caller, book: "psycopg.Connection[Any]"
) -> None:
    prompt = unique()
    charlie.ask(prompt)
    book.execute("UPDATE semcache_tenant SET is_active = false WHERE name = 'c'")
    eventually(lambda: charlie.ask(prompt).status == 401, within_s=2)
    assert alice.ask(prompt).status == 200
    book.execute("UPDATE semcache_tenant SET is_active = true WHERE name = 'c'")
    eventually(lambda: charlie.ask(prompt).status == 200, within_s=2)
