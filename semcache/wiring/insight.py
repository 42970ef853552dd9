import functools

from semcache.gateway.explaining import Explaining
from semcache.gateway.verdicts import Verdicts
from semcache.ledger.decisions import Decisions
from semcache.ledger.journal import Journal
from semcache.levels.labels import Labels
from semcache.levels.verify import features, intervals
from semcache.metrics.exposition import Metrics
from semcache.policy import rules
from semcache.wiring.stores import Stores


class Insight:
    """What the product knows of its own decisions: noted, explained, judged, counted."""

    def __init__(self, stores: Stores, *, defaults: rules.Defaults) -> None:
        pool = stores.pool
        self.metrics = Metrics(pool=pool, interval=_interval, dropped=lambda: self.journal.dropped)
        self.journal = Journal(
            pool=pool, features=features.NAMES, observers=(self.metrics.counters.note,)
        )
        decisions = Decisions(pool=pool, features=features.NAMES)
        self.explaining = Explaining(decisions=decisions, defaults=defaults)
        self.verdicts = Verdicts(decisions=decisions, labels=Labels(pool=pool), exact=stores.exact)


@functools.lru_cache(maxsize=10_000)
def _interval(wrong: int, drawn: int) -> tuple[float, float]:
    found = intervals.clopper_pearson(wrong, drawn)
    return found.low, found.high
