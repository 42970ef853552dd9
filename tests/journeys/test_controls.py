"""What a caller can ask of the cache, and what a malformed wish gets."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from benchmarks.upstream.server import Upstream
from tests.callers import Caller, Said, unique
from tests.servers import eventually

QUESTION = "Who painted the Mona Lisa?"
PARAPHRASE = "Who painted the Mona Lisa painting?"

Kept = Callable[[], int]


def cached(caller: Caller, prompt: str = QUESTION, **fields: Any) -> Said:
    """Ask without causing anything."""
    return caller.ask(prompt, headers={"Cache-Control": "only-if-cached"}, **fields)


def test_no_cache_asks_anew_and_keeps_the_new_answer(alice: Caller) -> None:
    first = alice.ask(QUESTION)
    anew = alice.ask(QUESTION, headers={"Cache-Control": "no-cache"})
    assert anew.level == "bypass"
    assert anew.cache_status == "semcache-exact; fwd=request; detail=no-cache; stored"
    assert anew.text != first.text
    assert alice.ask(QUESTION).text == anew.text


def test_no_store_neither_serves_nor_stores(alice: Caller, kept: Kept) -> None:
    prompt = unique()
    said = [alice.ask(prompt, headers={"Cache-Control": "no-store"}) for _ in range(2)]
    assert [answer.level for answer in said] == ["bypass", "bypass"]
    assert said[0].cache_status == "semcache-exact; fwd=request; detail=no-store"
    assert said[0].text != said[1].text
    assert kept() == 0
    assert cached(alice, prompt).status == 504


def test_only_if_cached_asks_nobody(alice: Caller, provider: Upstream) -> None:
    said = cached(alice)
    assert (said.status, said.error["code"]) == (504, "not_cached")
    assert provider.calls()["count"] == 0
    alice.learn(QUESTION)
    assert cached(alice).level == "hit-exact"
    assert cached(alice, PARAPHRASE).level == "hit-semantic"


def test_max_age_and_min_fresh_ask_for_a_young_answer(alice: Caller) -> None:
    alice.ask(QUESTION, headers={"x-semcache-ttl": "600"})
    for control, level in [
        ("max-age=60", "hit-exact"),
        ("min-fresh=500", "hit-exact"),
        ("min-fresh=700, only-if-cached", None),
        ("max-age=0, only-if-cached", None),
    ]:
        said = alice.ask(QUESTION, headers={"Cache-Control": control})
        assert said.headers.get("x-semcache") == level, control
    assert alice.ask(QUESTION, headers={"Cache-Control": "max-age=0"}).level == "miss"


def test_an_answer_past_its_time_is_asked_anew_unless_stale_is_welcome(alice: Caller) -> None:
    first = alice.ask(QUESTION, headers={"x-semcache-ttl": "1"})
    eventually(lambda: cached(alice).status == 504, what="the end of the ttl")
    stale = alice.ask(QUESTION, headers={"Cache-Control": "max-stale"})
    assert (stale.level, stale.body) == ("stale", first.body)
    assert "hit; ttl=-" in stale.cache_status
    bounded = alice.ask(QUESTION, headers={"Cache-Control": "max-stale=1000"})
    assert bounded.level == "stale"
    refused = alice.ask(QUESTION, headers={"Cache-Control": "max-stale=0, only-if-cached"})
    assert refused.status == 504
    near = alice.ask(PARAPHRASE, headers={"Cache-Control": "max-stale, only-if-cached"})
    assert near.level == "stale"
    anew = alice.ask(QUESTION)
    assert anew.level == "miss"
    assert anew.text != first.text
    assert alice.ask(QUESTION).body == anew.body


def test_mode_off_passes_the_cache_by(alice: Caller, kept: Kept) -> None:
    alice.ask(QUESTION)
    said = alice.ask(QUESTION, headers={"x-semcache-mode": "off"})
    assert said.level == "bypass"
    assert said.cache_status == "semcache-exact; fwd=bypass; detail=mode"
    alice.ask(unique(), headers={"x-semcache-mode": "off"})
    assert kept() == 1


def test_mode_exact_neither_finds_by_meaning_nor_is_found(alice: Caller) -> None:
    alice.learn(QUESTION)
    said = alice.ask(PARAPHRASE, headers={"x-semcache-mode": "exact"})
    assert said.level == "miss"
    assert said.cache_status == "semcache-exact; fwd=miss; stored"

    alice.ask("How tall is Mount Everest?", headers={"x-semcache-mode": "exact"})
    assert cached(alice, "How tall is Mount Everest?").level == "hit-exact"
    assert cached(alice, "How tall is the Mount Everest?").status == 504


@pytest.mark.parametrize("strict", [{"x-semcache-mode": "exact"}, {"x-semcache-max-error": "0"}])
def test_an_answer_promoted_from_a_paraphrase_is_not_served_to_one_who_wants_exact(
    alice: Caller, strict: dict[str, str]
) -> None:
    first = alice.learn(QUESTION)
    alice.ask(PARAPHRASE)
    assert alice.ask(PARAPHRASE).level == "hit-exact", "it was not promoted"
    said = alice.ask(PARAPHRASE, headers=strict)
    assert said.level == "miss"
    assert said.text != first.text


def test_an_exact_answer_replaces_the_promoted_one(alice: Caller) -> None:
    alice.learn(QUESTION)
    alice.ask(PARAPHRASE)
    own = alice.ask(PARAPHRASE, headers={"x-semcache-mode": "exact"})
    after = alice.ask(PARAPHRASE)
    assert after.body == own.body
    assert "x-semcache-similarity" not in after.headers


def test_a_caller_may_tighten_the_error_bound_but_not_loosen_it(alice: Caller) -> None:
    alice.learn(QUESTION)
    tight = {"x-semcache-max-error": "0.000001", "Cache-Control": "only-if-cached"}
    assert alice.ask(PARAPHRASE, headers=tight).status == 504
    alice.learn("Where can I buy a cheap bicycle in Berlin?")
    loose = {"x-semcache-max-error": "1", "Cache-Control": "only-if-cached"}
    assert alice.ask("Where can I rent a boat in Hamburg?", headers=loose).status == 504


def test_a_ttl_beyond_the_policy_is_clamped(alice: Caller) -> None:
    alice.ask(QUESTION, headers={"x-semcache-ttl": str(9 * 365 * 86_400)})
    ttl_s = int(alice.ask(QUESTION).cache_status.rpartition("ttl=")[2])
    assert 29 * 86_400 < ttl_s <= 30 * 86_400


def test_a_ttl_of_nothing_is_not_stored(alice: Caller, kept: Kept) -> None:
    assert alice.ask(unique(), headers={"x-semcache-ttl": "0"}).status == 200
    assert kept() == 0


def test_tags_are_kept_with_the_answer(
    alice: Caller, book: "psycopg.Connection[Any]", namespace: str
) -> None:
    alice.ask(unique(), headers={"x-semcache-tags": "product-7, fr,product-7"})
    query = "SELECT tags FROM semcache_entry WHERE namespace = %s"
    assert book.execute(query, (namespace,)).fetchall() == [(["product-7", "fr"],)]


@pytest.mark.parametrize("priority", ["interactive", "default", "batch"])
def test_every_priority_is_answered(alice: Caller, priority: str) -> None:
    assert alice.ask(unique(), headers={"x-semcache-priority": priority}).level == "miss"


def test_litellms_dialect_means_the_same(alice: Caller, provider: Upstream, kept: Kept) -> None:
    prompt = unique()
    assert alice.ask(prompt, cache={"no-store": True}).level == "bypass"
    assert kept() == 0
    assert alice.ask(prompt, cache={"ttl": 600}).level == "miss"
    again = alice.ask(prompt, cache={"s-maxage": 600, "no-cache": False})
    assert again.level == "hit-exact"
    assert int(again.cache_status.rpartition("ttl=")[2]) <= 600
    assert alice.ask(prompt, cache={"no-cache": True}).level == "bypass"
    assert alice.ask(prompt, cache={"namespace": "other"}).level == "hit-exact", "the header wins"
    assert not any("cache" in call["body"] for call in provider.calls()["calls"])


@pytest.mark.parametrize(
    ("headers", "param"),
    [
        ({"Cache-Control": "max-age=soon"}, "Cache-Control: max-age"),
        ({"Cache-Control": "max-age=-1"}, "Cache-Control: max-age"),
        ({"Cache-Control": "max-age"}, "Cache-Control: max-age"),
        ({"Cache-Control": "min-fresh=1.5"}, "Cache-Control: min-fresh"),
        ({"Cache-Control": "no-cahce"}, "Cache-Control"),
        ({"x-semcache-mode": "fuzzy"}, "x-semcache-mode"),
        ({"x-semcache-mode": ""}, "x-semcache-mode"),
        ({"x-semcache-max-error": "nan"}, "x-semcache-max-error"),
        ({"x-semcache-max-error": "1.1"}, "x-semcache-max-error"),
        ({"x-semcache-max-error": "0_1"}, "x-semcache-max-error"),
        ({"x-semcache-ttl": "1e3"}, "x-semcache-ttl"),
        ({"x-semcache-ttl": "99999999999999999999"}, "x-semcache-ttl"),
        ({"x-semcache-namespace": "a b"}, "x-semcache-namespace"),
        ({"x-semcache-namespace": "a" * 201}, "x-semcache-namespace"),
        ({"x-semcache-tags": "a,,b"}, "x-semcache-tags"),
        ({"x-semcache-tags": ",".join(map(str, range(33)))}, "x-semcache-tags"),
        ({"x-semcache-priority": "background"}, "x-semcache-priority"),
    ],
)
@pytest.mark.parametrize("endpoint", ["chat", "embeddings"])
def test_a_malformed_control_is_refused_by_name(
    alice: Caller, provider: Upstream, endpoint: str, headers: dict[str, str], param: str
) -> None:
    ask = alice.ask if endpoint == "chat" else alice.embed
    said = ask(unique(), headers=headers)
    assert (said.status, said.error["param"]) == (400, param)
    assert provider.calls()["count"] == 0


@pytest.mark.parametrize(
    ("cache", "param"),
    [
        ("no-cache", "cache"),
        ({"no-cache": "yes"}, "cache.no-cache"),
        ({"ttl": -1}, "cache.ttl"),
        ({"ttl": True}, "cache.ttl"),
        ({"ttl": 1.5}, "cache.ttl"),
        ({"s-maxage": []}, "cache.s-maxage"),
        ({"namespace": {"a": 1}}, "cache.namespace"),
        ({"use-cache": True}, "cache.use-cache"),
    ],
)
def test_a_malformed_control_in_the_body_is_refused_by_name(
    alice: Caller, cache: Any, param: str
) -> None:
    for said in (alice.ask(unique(), cache=cache), alice.embed(unique(), cache=cache)):
        assert (said.status, said.error["param"]) == (400, param)


def test_an_answer_kept_for_exact_use_can_be_replaced_by_one_found_by_meaning(
    alice: Caller,
) -> None:
    alice.ask(QUESTION, headers={"x-semcache-mode": "exact"})
    anew = alice.ask(QUESTION, headers={"Cache-Control": "no-cache"})
    assert anew.cache_status.endswith("stored")
    assert alice.ask(QUESTION).text == anew.text
    eventually(lambda: cached(alice, PARAPHRASE).status == 200, what="a hit by meaning")
