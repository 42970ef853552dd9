from prometheus_client import CollectorRegistry, Counter

from semcache.types.decision import Decision
from semcache.types.explained import Explained


class Counters:
    """Count requests, decisions and vetoes of this process; an observer of the journal."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "semcache_requests", "Chat requests by what answered.", ["source"], registry=registry
        )
        self._decisions = Counter(
            "semcache_decisions",
            "Requests that came to the semantic level, by what became of them there.",
            ["category", "outcome"],
            registry=registry,
        )
        self._vetoes = Counter(
            "semcache_vetoes",
            "Vetoes that spoke against the nearest candidate; any: at least one did.",
            ["veto"],
            registry=registry,
        )

    def note(self, explained: Explained) -> None:
        """Count one request."""
        self._requests.labels(explained.source.value).inc()
        decision = explained.decision
        if decision is None:
            return
        self._decisions.labels(explained.category, outcome(decision)).inc()
        nearest = decision.weighed[0].objections if decision.weighed else ()
        for veto in {objection.veto for objection in nearest}:
            self._vetoes.labels(veto).inc()
        if nearest:
            self._vetoes.labels("any").inc()


def outcome(decision: Decision) -> str:
    """Say what became of a decision: served, no candidate, all vetoed, or none likely enough."""
    if decision.chosen is not None:
        return "served"
    if not decision.weighed:
        return "none-near"
    return "unlikely" if decision.best else "vetoed"
