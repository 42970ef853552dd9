"""What is known of drawn requests: the labels, and what follows from each at once.

A label of the audit counts in the calibration of its category and of its tenant (category ""). If
their alarm sounds, the floor rises within the same transaction, and every process hears of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from semcache.errors import CacheFaultError
from semcache.levels.verify import alarm, pairs
from semcache.types.label import Label, Witness

SAMPLED: tuple[Witness, ...] = ("audit", "miss")
"""The witnesses whose labels are a uniform sample of the requests; only these are counted."""

_RECENT = 500
"""How many labels back the wrong answers are looked for that a new floor must refuse."""

Connection = psycopg.AsyncConnection[Any]

_ADD = """
    INSERT INTO semcache_label (tenant_id, at, category, witness, request_id, served, correct,
        asked, stored, entry, similarity, probability, features, reason, cost_usd)
    VALUES (%(tenant_id)s, %(at)s, %(category)s, %(witness)s, %(request_id)s, %(served)s,
        %(correct)s, %(asked)s, %(stored)s, %(entry_id)s, %(similarity)s, %(probability)s,
        %(features)s, %(reason)s, %(cost_usd)s)
    RETURNING id
"""
# A category begins with what its tenant has learned, tightened or not. Not by ON CONFLICT DO
# UPDATE: an INSERT tells every process to read its identities anew.
_MAKE = """
    INSERT INTO semcache_calibration (tenant_id, category, version, drawn, hits, wrong, dropped,
        evidence, alarm_at, floor, model, weights, thresholds, contextual, fitted_through,
        updated_at)
    SELECT %(tenant_id)s, %(category)s, 0, 0, 0, 0, 0, '{}', known.alarm_at,
        coalesce(known.floor, 0), coalesce(known.model, ''), coalesce(known.weights, '[]'),
        coalesce(known.thresholds, '[]'),
        coalesce(known.contextual, false), 0, now()
    FROM (SELECT 1) AS one LEFT JOIN semcache_calibration AS known
        ON known.tenant_id = %(tenant_id)s AND known.category = ''
    ON CONFLICT (tenant_id, category) DO NOTHING
"""
_LOCK = """
    SELECT id, evidence, floor FROM semcache_calibration
    WHERE tenant_id = %(tenant_id)s AND category = %(category)s FOR UPDATE
"""
_COUNT = """
    UPDATE semcache_calibration SET drawn = drawn + 1, hits = hits + %(hit)s,
        wrong = wrong + %(wrong)s, evidence = %(evidence)s, updated_at = now()
    WHERE id = %(id)s
"""
# An alarm of the tenant as a whole tightens all of its categories.
_TIGHTEN = """
    UPDATE semcache_calibration SET drawn = 0, hits = 0, wrong = 0, evidence = '{}',
        floor = greatest(floor, %(floor)s), alarm_at = %(at)s, contextual = false,
        version = version + 1, updated_at = now()
    WHERE tenant_id = %(tenant_id)s AND %(category)s IN ('', category)
"""
_DROPPED = """
    UPDATE semcache_calibration SET dropped = dropped + 1, updated_at = now()
    WHERE tenant_id = %s AND category IN ('', %s)
"""
_WRONG = """
    SELECT probability FROM (
        SELECT probability, served, correct FROM semcache_label
        WHERE tenant_id = %(tenant_id)s AND %(category)s IN ('', category)
          AND witness = ANY(%(witnesses)s) AND at > (
            SELECT coalesce(max(alarm_at), '-infinity') FROM semcache_calibration WHERE id = %(id)s
          )
        ORDER BY id DESC LIMIT %(limit)s
    ) AS recent
    WHERE served AND correct IS FALSE AND probability IS NOT NULL
"""
_RECENT_OF_PLACE = """
    SELECT tenant_id, category, witness, request_id, served, correct, asked, stored,
           entry AS entry_id, similarity, probability, features, reason, cost_usd
    FROM semcache_label
    WHERE tenant_id = %(tenant_id)s AND %(category)s IN ('', category)
      AND witness = ANY(%(witnesses)s) AND at > %(since)s AND id <= %(through)s
    ORDER BY id DESC LIMIT %(limit)s
"""
_NEVER = """
    INSERT INTO semcache_nevermatch (tenant_id, pair, asked, stored, witness, at)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (tenant_id, pair) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A label that was written. `alarmed`: places ("" for the tenant) whose alarm it made sound."""

    label_id: int
    alarmed: tuple[str, ...] = ()


class Labels:
    """Write labels and never-match pairs, and read labels back.

    Raises:
        CacheFaultError: from every method, when Postgres is away.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool) -> None:
        self._pool = pool

    async def add(self, label: Label, *, now: float) -> Added:
        """Write a label; one of the sample is counted, and the alarm hears of it at once."""
        places = ("", label.category) if label.witness in SAMPLED else ()
        try:
            async with self._pool.connection() as connection, connection.transaction():
                label_id = await _write(connection, label, now=now)
                alarmed = [
                    place
                    for place in places
                    if await _count(connection, label, place=place, now=now)
                ]
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error
        return Added(label_id=label_id, alarmed=tuple(alarmed))

    async def dropped(self, *, tenant_id: int, category: str) -> None:
        """Count a drawn request that was not audited."""
        for place in ("", category):
            await self._run(_MAKE, {"tenant_id": tenant_id, "category": place})
        await self._run(_DROPPED, (tenant_id, category))

    async def never(
        self, *, tenant_id: int, asked: str, stored: str, witness: Witness, now: float
    ) -> None:
        """Remember that the answer to `stored` does not fit `asked`, for good."""
        name = pairs.name(asked, stored)
        await self._run(_NEVER, (tenant_id, name, asked, stored, witness, _moment(now)))

    async def recent(
        self,
        *,
        tenant_id: int,
        category: str,
        limit: int,
        since: datetime | None = None,
        through: int = 2**62,
    ) -> list[Label]:
        """Read the sample of a place, newest first; category "" is all of them.

        Args:
            since: only labels younger than that.
            through: only labels up to this id.
        """
        values = {
            "tenant_id": tenant_id,
            "category": category,
            "witnesses": list(SAMPLED),
            "since": since or datetime.min.replace(tzinfo=UTC),
            "through": through,
            "limit": limit,
        }
        rows = await self._run(_RECENT_OF_PLACE, values)
        return [Label(**{**row, "features": tuple(row["features"])}) for row in rows]

    async def _run(self, query: str, values: Any) -> list[dict[str, Any]]:
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.cursor(row_factory=dict_row).execute(query, values)
                return await cursor.fetchall() if cursor.description else []
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error


async def _write(connection: Connection, label: Label, *, now: float) -> int:
    values = {name: getattr(label, name) for name in Label.__dataclass_fields__}
    values |= {"at": _moment(now), "features": list(label.features)}
    row = await (await connection.execute(_ADD, values)).fetchone()
    assert row is not None
    return int(row[0])


async def _count(connection: Connection, label: Label, *, place: str, now: float) -> bool:
    """Count a label in one place; answers whether the alarm sounds, and has been heeded."""
    row_id, said, floor = await _locked(connection, label.tenant_id, place)
    wrong = label.served and label.correct is False
    evidence = alarm.read(said)
    if label.max_error > 0:
        evidence = evidence.after(wrong=wrong, max_error=label.max_error)
    counts = {"id": row_id, "hit": int(label.served), "wrong": int(wrong)}
    await connection.execute(_COUNT, {**counts, "evidence": Jsonb(evidence.said())})
    if not evidence.sounds:
        return False
    found = {"tenant_id": label.tenant_id, "category": place, "id": row_id}
    recent = {**found, "witnesses": list(SAMPLED), "limit": _RECENT}
    rows = await (await connection.execute(_WRONG, recent)).fetchall()
    raised = alarm.floor(max(floor, label.threshold or 0.0), (row[0] for row in rows))
    await connection.execute(_TIGHTEN, {**found, "floor": raised, "at": _moment(now)})
    return True


async def _locked(
    connection: Connection, tenant_id: int, category: str
) -> tuple[int, dict[str, Any], float]:
    """Lock a place's row, which is made where there is none: the tenant's always comes first."""
    values = {"tenant_id": tenant_id, "category": category}
    while True:
        row = await (await connection.execute(_LOCK, values)).fetchone()
        if row is not None:
            return row[0], row[1], row[2]
        await connection.execute(_MAKE, values)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
