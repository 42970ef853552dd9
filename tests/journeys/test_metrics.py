"""/metrics: what the process did, and what the labels say."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests import servers
from tests.callers import Caller
from tests.servers import eventually

FOODS, NO_FOODS = (
    "Which foods should I eat before a marathon?",
    "Which foods should I not eat before a marathon?",
)


def scrape(product: servers.Product) -> dict[tuple[str, ...], float]:
    """Read the samples: (name, label values…) to value."""
    answer = httpx.get(f"{product.web.root_url}/metrics", trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_decisions_and_vetoes_are_counted(product: servers.Product, alice: Caller) -> None:
    alice.learn(FOODS)
    before = scrape(product)
    assert [alice.ask(prompt).level for prompt in (FOODS, NO_FOODS)] == ["hit-exact", "miss"]
    after = scrape(product)

    def grown(*place: str) -> float:
        return after.get(place, 0) - before.get(place, 0)

    assert grown("semcache_requests_total", "hit-exact") == 1
    assert grown("semcache_requests_total", "miss") == 1
    assert grown("semcache_decisions_total", "factual", "vetoed") == 1
    assert grown("semcache_vetoes_total", "negation") == 1
    assert grown("semcache_vetoes_total", "any") == 1
    assert after["semcache_decisions_dropped_total",] == 0
    assert not [place for place in after if place[0].endswith("_created")]


@pytest.fixture
def _calibrated(book: "psycopg.Connection[Any]") -> Iterator[None]:
    """One wrong answer among 200 drawn requests of Charlie's, and an alarm."""
    book.execute(
        "INSERT INTO semcache_calibration (tenant_id, category, version, drawn, hits, wrong, "
        "dropped, evidence, alarm_at, floor, model, weights, thresholds, contextual, "
        "fitted_through, updated_at) "
        "SELECT id, 'metrics', 1, 200, 50, 1, 3, '{}', now(), 0.99, '', '[]', '[]', false, 0, "
        "now() FROM semcache_tenant WHERE name = 'c'"
    )
    book.execute(
        "INSERT INTO semcache_label (tenant_id, at, category, witness, request_id, served, correct,"
        " asked, stored, features, reason, cost_usd) SELECT id, now(), 'metrics', 'audit', 'r', "
        "true, false, '', '', '{}', '', 0 FROM semcache_tenant WHERE name = 'c'"
    )
    yield
    book.execute("DELETE FROM semcache_calibration WHERE category = 'metrics'")
    book.execute("DELETE FROM semcache_label WHERE category = 'metrics'")


@pytest.mark.usefixtures("_calibrated")
def test_the_error_rate_is_shown_with_its_interval_and_alarm(product: servers.Product) -> None:
    place = ("metrics", "c")

    def found() -> dict[tuple[str, ...], float]:
        samples = scrape(product)
        return samples if ("semcache_drawn", *place) in samples else {}

    said = eventually(found, what="the gauges")
    assert (said["semcache_drawn", *place], said["semcache_drawn_dropped", *place]) == (200, 3)
    assert said["semcache_error_rate", *place] == 0.005
    assert 0.0001 < said["semcache_error_rate_low", *place] < 0.005
    assert 0.02 < said["semcache_error_rate_high", *place] < 0.03
    assert said["semcache_alarm", *place] == 1
    assert said["semcache_labels_total", "wrong", "audit"] >= 1


@pytest.mark.usefixtures("_calibrated")
def test_statistics_say_how_well_the_error_is_known(product: servers.Product) -> None:
    said = product.manage("cache_stats", "--tenant", "c")

    assert said.returncode == 0, said.stderr
    (row,) = [line for line in said.stdout.splitlines() if "metrics" in line]
    for word in ("200", "0.50%", "0.01% to 2.75%", "floor 0.9900"):
        assert word in row
