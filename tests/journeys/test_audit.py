"""A served hit is asked again in the background, and what is found out takes effect at once."""

import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller
from tests.records import Label, Records
from tests.servers import eventually

QUESTION = "Why is the sky blue during the day?"
PARAPHRASE = "Why is the sky blue in the daytime?"
SCATTERING = "Air scatters blue light more than red light, so blue reaches us from everywhere."
SODIUM = "Street lamps are yellow because of the sodium vapor that glows in them at night."
Book = psycopg.Connection[Any]
TOPICS = ("lemons", "bridges", "violins", "glaciers", "camels", "pianos", "deserts", "comets")


@pytest.fixture
def records(book: Book) -> Records:
    return Records(book, f"audited-{secrets.token_hex(4)}")


@pytest.fixture
def ivan(
    product: servers.Product, hire: Callable[..., Caller], records: Records
) -> Iterator[Caller]:
    """Owns a tenant that nobody else asks for."""
    product.keys["ivan"] = product.manage("issue_key", "--tenant", records.tenant).stdout.strip()
    yield hire(product, "ivan")
    del product.keys["ivan"]


def test_a_wrong_hit_is_found_out_and_not_served_again(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(SCATTERING, to=QUESTION)
    provider.say(SODIUM, to=PARAPHRASE)
    records.decree()
    ivan.learn(QUESTION)
    hit = ivan.ask(PARAPHRASE)
    assert (hit.level, hit.text) == ("hit-semantic", SCATTERING)
    label = records.label(asked=PARAPHRASE)
    assert (label["witness"], label["served"], label["correct"]) == ("audit", True, False)
    assert label["stored"] == QUESTION
    assert label["cost_usd"] > 0
    assert "not alike" in label["reason"]
    again = ivan.ask(PARAPHRASE)
    assert (again.level, again.text) == ("miss", SODIUM)
    assert ivan.ask(QUESTION).text == SCATTERING, "the entry itself stays"


def test_a_right_hit_goes_on_being_served(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(SCATTERING, to="Why is the sky blue")
    records.decree()
    ivan.learn(QUESTION)
    ivan.ask(PARAPHRASE)
    label = records.label(asked=PARAPHRASE)
    assert (label["correct"], label["reason"]) == (True, "the answers are the same, word for word")
    assert ivan.ask(PARAPHRASE).level == "hit-exact"
    eventually(lambda: records.calibration("drawn") == 3, what="a miss and two hits")
    assert records.calibration("hits") == 2
    assert records.calibration("wrong") == 0


def test_what_the_labels_teach_is_taken_up_once(
    ivan: Caller, records: Records, provider: Upstream, product: servers.Product
) -> None:
    provider.say(SCATTERING, to="Why is the sky blue")
    records.decree()
    ivan.learn(QUESTION)
    ivan.ask(PARAPHRASE)
    eventually(lambda: len(records.labels(served=True)) == 2, what=records.labels)
    assert records.calibration("fitted_through") == 0
    assert records.tenant in product.manage("calibrate", "--tenant", records.tenant).stdout
    assert records.calibration("fitted_through") > 0
    again = product.manage("calibrate", "--tenant", records.tenant).stdout
    assert again == "There are no new labels.\n"


def test_a_provider_that_does_not_repeat_itself_is_not_held_against_the_cache(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    """The fake counts its answers: no two are the same."""
    records.decree()
    ivan.learn(QUESTION)
    ivan.ask(PARAPHRASE)
    eventually(lambda: (records.calibration("dropped") or 0) >= 2, what="the count")
    assert records.labels(witness="audit") == []
    assert ivan.ask(PARAPHRASE).level == "hit-exact"


def test_a_promoted_copy_is_audited_as_the_hit_that_it_is(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(SCATTERING, to=QUESTION)
    provider.say(SODIUM, to=PARAPHRASE)
    records.decree(audit_share=0.0)
    ivan.learn(QUESTION)
    assert ivan.ask(PARAPHRASE).level == "hit-semantic"
    eventually(lambda: ivan.ask(PARAPHRASE).level == "hit-exact", what="the promoted copy")
    assert records.labels() == []
    records.decree()
    eventually(lambda: ivan.ask(PARAPHRASE) and records.labels(asked=PARAPHRASE), what="the label")
    label = records.label(asked=PARAPHRASE)
    assert (label["stored"], label["correct"]) == (QUESTION, False)
    eventually(lambda: ivan.ask(PARAPHRASE).text == SODIUM, what="the end of the copy")


def test_a_drawn_miss_is_compared_for_nothing(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(SCATTERING, to="Why is the sky blue")
    records.decree(threshold=1.0)
    ivan.ask(QUESTION)
    first = records.label(asked=QUESTION)
    assert (first["witness"], first["correct"]) == ("miss", None), "there was nothing near it"

    def finds_the_first() -> list[Label]:
        asked = PARAPHRASE + " " * len(records.labels())
        ivan.ask(asked)
        records.label(asked=asked)
        return records.labels(stored=QUESTION)

    (second,) = eventually(finds_the_first, what="the index")
    assert (second["witness"], second["served"], second["correct"]) == ("miss", False, True)
    assert second["cost_usd"] == 0
    generations = provider.calls()["generations"]
    assert generations == len(records.labels()), "each answer was asked for once"


def test_where_the_budget_is_spent_nobody_is_asked(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    records.decree(audit_usd_per_day=1e-6)
    ivan.learn(QUESTION)
    ivan.ask(PARAPHRASE)
    eventually(lambda: (records.calibration("dropped") or 0) >= 2, what="the count")
    assert records.labels(witness="audit") == []
    assert provider.calls()["generations"] == 1


def test_with_a_budget_of_nothing_nobody_is_drawn(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    records.decree(audit_usd_per_day=0.0)
    ivan.learn(QUESTION)
    request_id = ivan.ask(PARAPHRASE).headers["x-request-id"]
    query = "SELECT source, drawn FROM semcache_decision WHERE request_id = %s"
    row = eventually(lambda: records.run(query, request_id).fetchone(), what="the decision")
    assert row == ("hit-semantic", False)
    assert provider.calls()["generations"] == 1


def test_what_an_audit_costs_is_in_the_books_and_is_no_request(
    ivan: Caller, records: Records, product: servers.Product
) -> None:
    records.decree()
    ivan.learn(QUESTION)
    ivan.ask(PARAPHRASE)
    query = """
        SELECT coalesce(sum(cost_usd), 0) FROM semcache_usagebucket
        JOIN semcache_tenant AS t ON t.id = tenant_id WHERE t.name = %s AND source = 'audit'
    """
    eventually(lambda: records.run(query, records.tenant).fetchone() != (0,), what="the bill")
    shown = product.manage("cache_stats", "--tenant", records.tenant).stdout
    assert "Hit rate: 66.7% of 3 requests." in shown


def test_a_provider_that_fails_writes_no_label(
    ivan: Caller, records: Records, provider: Upstream
) -> None:
    ivan.learn(QUESTION)
    provider.say(None, to=PARAPHRASE)
    records.decree()
    eventually(lambda: ivan.ask(PARAPHRASE) and records.calibration("dropped"), what="the count")
    assert records.calibration("drawn") == 0
    assert records.labels() == []
    assert ivan.ask(PARAPHRASE).level == "hit-exact", "it goes on being served"


@pytest.fixture
def there(ivan: Caller, product: servers.Product, hire: Callable[..., Caller]) -> Iterator[Caller]:
    """Ivan again, at another process."""
    web = product.start_web()
    web.wait_until_ready()
    yield hire(product, "ivan", root_url=web.root_url)
    web.child.stop(patience_s=5.0)
    product.webs.remove(web)


def test_the_alarm_tightens_every_process_at_once(
    ivan: Caller, there: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(SCATTERING, to="Why is the sky blue")
    records.decree(decider="conformal", max_error=0.05)
    records.admit_all(max_error=0.05)
    ivan.learn(QUESTION)
    asked = {ivan: PARAPHRASE, there: f"{PARAPHRASE} "}
    for caller, paraphrase in asked.items():
        eventually(partial(is_served, caller, paraphrase), what="the other index")
    probability = records.label(asked=PARAPHRASE, witness="audit")["probability"]
    for topic in TOPICS:
        question = f"What can you tell me about {topic}?"
        provider.say("Yes, there are 12 of them.", to=question)
        ivan.ask(question)
        provider.say("No, there are 40 of them.", to=f"{question} ")
        eventually(partial(is_served, ivan, f"{question} "), what="the index")
        records.label(asked=f"{question} ", correct=False)
        if records.calibration("alarm_at"):
            break
    assert records.calibration("alarm_at") is not None
    assert records.calibration("floor") > probability
    for caller, paraphrase in asked.items():
        eventually(partial(is_refused, caller, paraphrase), what="the refusal")


def is_served(caller: Caller, prompt: str) -> bool:
    """Say whether a caller gets an answer from the cache, without asking the provider."""
    said = caller.ask(prompt, headers={"Cache-Control": "only-if-cached"})
    return said.status == 200


def is_refused(caller: Caller, prompt: str) -> bool:
    return not is_served(caller, prompt)
