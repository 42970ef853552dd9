"""What decides without serving is written down beside what was served, and reported."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller
from tests.records import Records
from tests.servers import eventually

QUESTION = "Why is the sky blue during the day?"
PARAPHRASE = "Why is the sky blue in the daytime?"
SCATTERING = "Air scatters blue light more than red light, so blue reaches us from everywhere."
SODIUM = "Street lamps are yellow because of the sodium vapor that glows in them at night."


@pytest.fixture(scope="module")
def watched(stores: servers.Stores, fake_provider: Upstream) -> Iterator[servers.Product]:
    """The product with a second encoder, and a judge model that repeats what it is told."""
    with servers.product(
        stores,
        provider_urls={"fake": fake_provider.base_url},
        SEMCACHE_SHADOW_ENCODER="hashing",
        SEMCACHE_JUDGE_MODEL="fake",
    ) as made:
        made.start()
        yield made


@pytest.fixture
def records(book: "psycopg.Connection[Any]") -> Records:
    return Records(book, f"watched-{secrets.token_hex(4)}")


@pytest.fixture
def judy(
    watched: servers.Product, hire: Callable[..., Caller], records: Records
) -> Iterator[Caller]:
    """Owns a tenant that nobody else asks for."""
    watched.keys["judy"] = watched.manage("issue_key", "--tenant", records.tenant).stdout.strip()
    yield hire(watched, "judy", root_url=watched.web.root_url)
    del watched.keys["judy"]


def learn(caller: Caller, records: Records) -> None:
    """Ask the first question, and wait until it is found by meaning, before all is drawn."""
    records.decree(audit_share=0.0)
    caller.learn(QUESTION)


def shadow(records: Records, request_id: str) -> dict[str, Any]:
    query = "SELECT shadow FROM semcache_decision WHERE request_id = %s AND shadow IS NOT NULL"
    row = eventually(lambda: records.run(query, request_id).fetchone(), what="the shadow")
    return dict(row[0])


def report(watched: servers.Product, records: Records) -> list[list[str]]:
    """Read the report, cell by cell."""
    shown = watched.manage("shadow_report", "--tenant", records.tenant).stdout
    rows = [line for line in shown.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]


def test_what_a_laxer_policy_would_have_served_wrongly_is_found_out_for_nothing(
    judy: Caller, records: Records, provider: Upstream, watched: servers.Product
) -> None:
    provider.say(SCATTERING, to=QUESTION)
    provider.say(SODIUM, to=PARAPHRASE)
    learn(judy, records)
    records.decree(
        threshold=1.0, shadow_decider="static", shadow_threshold=0.9, shadow_max_error=0.01
    )
    said = eventually(
        lambda: (one := judy.ask(PARAPHRASE)).level == "miss" and one, what="the stricter policy"
    )
    told = shadow(records, said.headers["x-request-id"])
    assert (told["decider"], told["threshold"]) == ("static", 0.9)
    assert told["served"] is not None
    assert records.label(asked=PARAPHRASE)["correct"] is False
    live, aside, _ = report(watched, records)
    assert live[:7] == ["live", "1", "0", "0.0%", "1", "0", "0.00%"]
    assert aside[:7] == ["shadow policy", "1", "1", "100.0%", "1", "1", "100.00%"]


def test_a_second_encoder_looks_at_the_candidates_of_drawn_requests(
    judy: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(SCATTERING, to="Why is the sky blue")
    learn(judy, records)
    records.decree()
    query = """
        SELECT shadow -> 'encoder', similarity FROM semcache_decision
        JOIN semcache_tenant AS t ON t.id = tenant_id WHERE t.name = %s AND shadow ? 'encoder'
    """
    spaces = itertools.count()

    def second_look() -> tuple[Any, ...] | None:
        judy.ask(PARAPHRASE + " " * next(spaces))
        return records.run(query, records.tenant).fetchone()

    told, similarity = eventually(second_look, what="the second look")
    assert told["name"] == "hashing"
    (other,) = told["similarities"].values()
    assert 0 < other < 1
    assert other != pytest.approx(similarity, abs=1e-3)


def test_what_is_unclear_goes_to_the_judge_model(
    judy: Caller, records: Records, provider: Upstream
) -> None:
    provider.say("The sky is blue and you can look at it.", to=QUESTION)
    provider.say("You should not look at the blue sky.", to=PARAPHRASE)
    learn(judy, records)
    records.decree()
    eventually(lambda: judy.ask(PARAPHRASE) and records.labels(asked=PARAPHRASE), what="the label")
    label = records.label(asked=PARAPHRASE)
    assert label["correct"] is False
    assert label["reason"].startswith("the judge gave no clean yes")
    asked = [call["body"] for call in provider.calls()["calls"]]
    (system, data), *_ = [body["messages"] for body in asked if "response_format" in body]
    assert PARAPHRASE not in system["content"]
    assert PARAPHRASE in data["content"]
