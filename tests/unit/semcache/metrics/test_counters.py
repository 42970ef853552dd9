import pytest
from prometheus_client import CollectorRegistry

from semcache.metrics.counters import Counters
from semcache.types.decision import Candidate, Decision, Objection, Weighed
from semcache.types.explained import Explained
from semcache.types.outcome import Source


def weighed(*vetoes: str) -> Weighed:
    return Weighed(
        candidate=Candidate(entry_id=1, text="", similarity=0.9),
        features=(),
        objections=tuple(Objection(veto=veto, reason="no") for veto in vetoes),
        probability=0.5,
    )


def explained(
    *looks: Weighed, source: Source = Source.MISS, chosen: int | None = None
) -> Explained:
    decision = Decision(
        decider="conformal",
        category="code",
        max_error=0.01,
        threshold=0.9,
        basis="",
        version="",
        weighed=looks,
        chosen=chosen,
    )
    return Explained(
        tenant_id=1,
        request_id="r",
        at=0.0,
        model="m",
        namespace="",
        source=source,
        category="code",
        decision=None if source is Source.EXACT else decision,
    )


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_every_request_counts_by_its_source(registry: CollectorRegistry) -> None:
    counters = Counters(registry)
    for source in (Source.EXACT, Source.EXACT, Source.MISS):
        counters.note(explained(source=source))

    total = "semcache_requests_total"
    assert registry.get_sample_value(total, {"source": "hit-exact"}) == 2
    assert registry.get_sample_value(total, {"source": "miss"}) == 1


@pytest.mark.parametrize(
    ("noted", "outcome"),
    [
        (explained(weighed(), chosen=0, source=Source.SEMANTIC), "served"),
        (explained(), "none-near"),
        (explained(weighed("numbers"), weighed("names")), "vetoed"),
        (explained(weighed("numbers"), weighed()), "unlikely"),
    ],
)
def test_a_decision_counts_by_what_became_of_it(
    registry: CollectorRegistry, noted: Explained, outcome: str
) -> None:
    Counters(registry).note(noted)

    labels = {"category": "code", "outcome": outcome}
    assert registry.get_sample_value("semcache_decisions_total", labels) == 1


def test_every_veto_against_the_nearest_counts_and_one_for_all(
    registry: CollectorRegistry,
) -> None:
    counters = Counters(registry)
    counters.note(explained(weighed("numbers", "names", "names"), weighed("negation")))
    counters.note(explained(weighed(), weighed("numbers")))

    def count(veto: str) -> float | None:
        return registry.get_sample_value("semcache_vetoes_total", {"veto": veto})

    assert (count("numbers"), count("names"), count("any")) == (1, 1, 1)
    assert count("negation") is None
