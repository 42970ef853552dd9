"""What the labels have taught, written where every process reads it: one row a place.

A place is a category of a tenant, or the tenant as a whole (""). After an alarm only labels since
then speak: what was before it was another traffic. The floor that the alarm raised stays until
these are enough for a bound of their own.
"""

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from semcache.errors import CacheFaultError
from semcache.levels.labels import SAMPLED, Labels
from semcache.levels.support import Support
from semcache.levels.verify import alarm, features, learning, probability
from semcache.types.label import Label

LABELS_LIMIT = 5_000
"""How many of a place's latest labels are learned from."""

ENOUGH = 3.0
"""Labels that a bound needs, times that bound."""

Thresholds = tuple[tuple[float, float], ...]

_DUE = """
    SELECT * FROM (
        SELECT c.id, c.tenant_id, t.name AS tenant, c.category, c.alarm_at, c.floor, c.drawn,
            c.evidence, c.model, c.weights, c.thresholds, c.fitted_through, (
                SELECT max(l.id) FROM semcache_label AS l
                WHERE l.tenant_id = c.tenant_id AND c.category IN ('', l.category)
                  AND l.witness = ANY(%(witnesses)s)
            ) AS through
        FROM semcache_calibration AS c JOIN semcache_tenant AS t ON t.id = c.tenant_id
        WHERE %(tenant)s::text IS NULL OR t.name = %(tenant)s
    ) AS place
    WHERE through > fitted_through OR model NOT IN ('', %(model)s)
    ORDER BY tenant_id, category
"""
_SEEN = "UPDATE semcache_calibration SET fitted_through = %(through)s WHERE id = %(id)s"
# An alarm that sounds meanwhile wins: the labels before it do not speak any more.
_TEACH = """
    UPDATE semcache_calibration SET model = %(model)s, weights = %(weights)s,
        thresholds = %(thresholds)s, floor = %(floor)s, fitted_through = %(through)s,
        version = version + 1, updated_at = now()
    WHERE id = %(id)s AND alarm_at IS NOT DISTINCT FROM %(alarm_at)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What became of one place. `waits`: its alarm has sounded, and labels are few since then."""

    tenant: str
    category: str
    labels: int
    model: str
    weights: tuple[float, ...]
    thresholds: Thresholds
    floor: float
    changed: bool = False
    waits: bool = False


class Calibrations:
    """Calibrate the places that have new labels.

    Raises:
        CacheFaultError: from every method, when Postgres is away.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool, labels: Labels) -> None:
        self._pool = pool
        self._labels = labels
        self._support = Support(pool=pool)

    async def refresh(self, *, tenant: str | None = None) -> list[Taught]:
        """Learn from new labels, of all tenants or one; tenants as a whole come first."""
        taught = []
        whole: dict[int, Taught] = {}
        now = probability.pooled().version
        due = {"tenant": tenant, "witnesses": list(SAMPLED), "model": now}
        for place in await self._run(_DUE, due):
            done = await self._teach(place, whole=whole.get(place["tenant_id"]))
            if not place["category"]:
                whole[place["tenant_id"]] = done
            taught.append(done)
        await self._support.refresh(tenant=tenant)
        return taught

    async def _teach(self, place: dict[str, Any], *, whole: Taught | None) -> Taught:
        """Learn in one place, from where its tenant as a whole stands."""
        before = _before(place)
        if before.waits:
            return before
        examples = await self._examples(place, since=place["alarm_at"])
        pooled = probability.pooled()
        known = whole if whole and whole.model in {"", pooled.version} else None
        prior = pooled.moved(known.weights if known else ())
        learned = await asyncio.to_thread(learning.fit, examples, prior=prior)
        thresholds = _over(known.thresholds if known else (), learned.thresholds)
        supported = not before.floor or _supports(learned.thresholds, place)
        after = replace(
            before,
            labels=len(examples),
            model=pooled.version,
            weights=() if learned.weights == pooled.weights else learned.weights,
            thresholds=thresholds,
            floor=0.0 if supported else before.floor,
        )
        changed = replace(after, labels=before.labels) != before
        values = {
            "id": place["id"],
            "through": place["through"],
            "alarm_at": place["alarm_at"],
            "model": after.model,
            "weights": Jsonb(after.weights),
            "thresholds": Jsonb(after.thresholds),
            "floor": after.floor,
        }
        await self._run(_TEACH if changed else _SEEN, values)
        return replace(after, changed=changed)

    async def _examples(
        self, place: dict[str, Any], *, since: datetime | None
    ) -> list[learning.Example]:
        """Read a place's labels, oldest first."""
        labels = await self._labels.recent(
            tenant_id=place["tenant_id"],
            category=place["category"],
            limit=LABELS_LIMIT,
            since=since,
            through=place["through"],
        )
        return [_example(label) for label in reversed(labels) if _is_measured(label)]

    async def _run(self, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.cursor(row_factory=dict_row).execute(query, values)
                return await cursor.fetchall() if cursor.description else []
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error


def _example(label: Label) -> learning.Example:
    return learning.Example(
        features=label.features,
        correct=label.correct,
    )


def _is_measured(label: Label) -> bool:
    """Say whether a label can be learned from.

    A promoted copy is served without being measured, and an older version measured otherwise;
    counted as drawn, but not as what they were, they would make the error look smaller.
    """
    return label.correct is None or len(label.features) == len(features.NAMES)


def _waits(place: dict[str, Any]) -> bool:
    """Say whether an alarm has sounded, and too little is known since then."""
    if not place["floor"]:
        return False
    bound = alarm.read(place["evidence"]).bound
    return not bound or place["drawn"] < math.ceil(ENOUGH / bound)


def _supports(thresholds: Thresholds, place: dict[str, Any]) -> bool:
    """Say whether the labels since the alarm support the bound that was broken."""
    bound = alarm.read(place["evidence"]).bound
    return any(max_error <= bound for max_error, _ in thresholds)


def _over(fallback: Thresholds, own: Thresholds) -> Thresholds:
    """Take the tenant's threshold for a bound that the category's own labels do not support."""
    return tuple(sorted((dict(fallback) | dict(own)).items()))


def _before(place: dict[str, Any]) -> Taught:
    return Taught(
        tenant=place["tenant"],
        category=place["category"],
        labels=place["drawn"],
        model=place["model"],
        weights=tuple(place["weights"]),
        thresholds=tuple((max_error, least) for max_error, least in place["thresholds"]),
        floor=place["floor"],
        waits=_waits(place),
    )
