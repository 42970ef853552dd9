"""What the labels say of the error. Every process says the same: do not add them up."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
import psycopg_pool
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg.rows import class_row

from semcache.resilience import deadline

_FRESH_S, _PATIENCE_S = 5.0, 2.0
_CALIBRATIONS = """
    SELECT t.name AS tenant, coalesce(nullif(c.category, ''), 'all') AS category, c.drawn, c.wrong,
           c.dropped, c.floor > 0 AS alarm
    FROM semcache_calibration AS c JOIN semcache_tenant AS t ON t.id = c.tenant_id
    ORDER BY t.name, c.category
"""
# Only what came since the last look is counted: the table grows for ever.
_LABELS = """
    SELECT witness, correct, count(*), max(id) FROM semcache_label WHERE id > %s
    GROUP BY witness, correct
"""
_VERDICTS = {True: "right", False: "wrong", None: "nothing-to-compare"}

Interval = Callable[[int, int], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A row of it; `category` "all" speaks for the tenant."""

    tenant: str
    category: str
    drawn: int
    wrong: int
    dropped: int
    alarm: bool


@dataclass(slots=True)
class _Known:
    rows: list[Calibration] = field(default_factory=list)
    labels: dict[tuple[str, str], int] = field(default_factory=dict)
    through: int = 0
    until: float = 0.0


class Calibrations(Collector):
    """Give what Postgres knows of the error; nothing of it while Postgres is away.

    Args:
        pool: connections to Postgres.
        interval: low and high end of a share, from (wrong, drawn).
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool, interval: Interval) -> None:
        self._pool = pool
        self._interval = interval
        self._known = _Known()

    async def refresh(self) -> None:
        """Read Postgres, unless that was done a moment ago."""
        if self._known.until > time.monotonic():
            return
        try:
            await deadline.within(self._read(), seconds=_PATIENCE_S)
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError, TimeoutError):
            self._known.rows = []
        self._known.until = time.monotonic() + _FRESH_S

    async def _read(self) -> None:
        known = self._known
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Calibration))
            known.rows = await (await cursor.execute(_CALIBRATIONS)).fetchall()
            found = await (await connection.execute(_LABELS, (known.through,))).fetchall()
        for witness, correct, count, last in found:
            place = witness, _VERDICTS[correct]
            known.labels[place] = known.labels.get(place, 0) + count
            known.through = max(known.through, last)

    def collect(self) -> Iterable[Metric]:
        """Give the figures as they were when last read."""
        yield from self._gauges()
        labels = CounterMetricFamily(
            "semcache_labels",
            "Labels in Postgres; right or wrong: the served answer, or what would have been.",
            labels=["witness", "verdict"],
        )
        for place, count in sorted(self._known.labels.items()):
            labels.add_metric(place, count)
        yield labels

    def _gauges(self) -> Iterable[Metric]:
        said = {
            "semcache_error_rate": "Share of the drawn requests that got a wrong semantic hit.",
            "semcache_error_rate_low": "Lower end of its 95 % Clopper-Pearson interval.",
            "semcache_error_rate_high": "Upper end of its 95 % Clopper-Pearson interval.",
            "semcache_alarm": "1 while the threshold is tightened by an alarm.",
            "semcache_drawn": "Drawn requests whose outcome is known, since the last alarm.",
            "semcache_drawn_dropped": "Drawn requests that were not audited, for want of means.",
        }
        gauges = {
            name: GaugeMetricFamily(name, words, labels=["tenant", "category"])
            for name, words in said.items()
        }
        for row in self._known.rows:
            rate = row.wrong / row.drawn if row.drawn else 0.0
            ends = self._interval(row.wrong, row.drawn)
            values = (rate, *ends, row.alarm, row.drawn, row.dropped)
            for gauge, value in zip(gauges.values(), values, strict=True):
                gauge.add_metric((row.tenant, row.category), float(value))
        yield from gauges.values()
