from collections.abc import Callable

import psycopg_pool
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from semcache.metrics.calibrations import Calibrations, Interval
from semcache.metrics.counters import Counters

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """The registry of this process.

    Args:
        pool: connections to Postgres.
        interval: low and high end of a share, from (wrong, drawn).
        dropped: how many decisions the journal could not keep.
    """

    def __init__(
        self,
        *,
        pool: psycopg_pool.AsyncConnectionPool,
        interval: Interval,
        dropped: Callable[[], int],
    ) -> None:
        # When a counter began would be a series of its own, and of no use here.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self.counters = Counters(self._registry)
        self._calibrations = Calibrations(pool=pool, interval=interval)
        self._registry.register(self._calibrations)
        self._registry.register(_Dropped(dropped))

    async def text(self) -> bytes:
        """Write everything as Prometheus text."""
        await self._calibrations.refresh()
        return generate_latest(self._registry)


class _Dropped(Collector):
    def __init__(self, dropped: Callable[[], int]) -> None:
        self._dropped = dropped

    def collect(self) -> list[Metric]:
        words = "Decisions that were not kept for explain, for want of Postgres."
        return [CounterMetricFamily("semcache_decisions_dropped", words, value=self._dropped())]
