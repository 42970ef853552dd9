"""What shadows would have served, beside what was served; and how often either was wrong."""

from dataclasses import dataclass
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from semcache.errors import CacheFaultError

_PUT = """
    UPDATE semcache_decision
    SET shadow = coalesce(shadow, '{}') || jsonb_build_object('encoder', %s::jsonb)
    WHERE tenant_id = %s AND request_id = %s AND drawn AND detail <> '{}'
"""
# A label of a request speaks of one entry; a candidate's handle says which. Each way of deciding
# names by handle what it served, or would have. A hit without a label among drawn ones is unknown,
# so that the shares are taken over the drawn requests whose fate is known in full.
_REPORT = """
    WITH ways AS (
        SELECT d.id, d.tenant_id, d.request_id, d.detail, d.drawn, way.name, way.served
        FROM semcache_decision AS d CROSS JOIN LATERAL (VALUES
            ('live', d.detail -> 'candidates' -> (d.detail ->> 'chosen')::int ->> 'handle'),
            ('policy', CASE WHEN d.shadow ? 'decider' THEN d.shadow ->> 'served' END),
            ('encoder', CASE WHEN d.shadow ? 'encoder' THEN d.shadow -> 'encoder' ->> 'served' END)
        ) AS way (name, served)
        WHERE d.at >= now() - make_interval(hours => %(hours)s) AND d.detail <> '{}'
          AND d.shadow IS NOT NULL
          AND (way.name <> 'policy' OR d.shadow ? 'decider')
          AND (way.name <> 'encoder' OR d.shadow ? 'encoder')
          AND (%(tenant)s::text IS NULL OR d.tenant_id IN (
                SELECT id FROM semcache_tenant WHERE name = %(tenant)s))
    ), judged AS (
        SELECT ways.name, ways.served, (
            SELECT l.correct FROM semcache_label AS l
            JOIN jsonb_array_elements(ways.detail -> 'candidates') AS c
              ON (c ->> 'entry')::bigint = l.entry
            WHERE ways.drawn AND l.tenant_id = ways.tenant_id AND l.request_id = ways.request_id
              AND c ->> 'handle' = ways.served AND l.correct IS NOT NULL
              AND l.witness IN ('audit', 'miss', 'shadow')
            ORDER BY l.id DESC LIMIT 1
        ) AS correct, ways.drawn
        FROM ways
    )
    SELECT name, count(*)::int AS requests, count(served)::int AS hits,
        count(*) FILTER (WHERE drawn AND (served IS NULL OR correct IS NOT NULL))::int AS known,
        count(correct)::int AS labelled, count(*) FILTER (WHERE NOT correct)::int AS wrong
    FROM judged GROUP BY name ORDER BY name = 'live' DESC, name DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one way of deciding did. `name`: live, policy or encoder.

    `requests` it decided, `hits` among them. `known`: drawn requests of which it is known whether
    it would have been wrong; `labelled`: hits among those; `wrong`: wrong ones.
    """

    name: str
    requests: int
    hits: int
    known: int
    labelled: int
    wrong: int


class Shadows:
    """Keep and count what shadows would have done.

    Raises:
        CacheFaultError: from every method, when Postgres is away.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool) -> None:
        self._pool = pool

    async def put(self, verdict: dict[str, Any], *, tenant_id: int, request_id: str) -> bool:
        """Keep a second encoder's verdict; False where the journal does not hold the request."""
        try:
            async with self._pool.connection() as connection:
                done = await connection.execute(_PUT, (Jsonb(verdict), tenant_id, request_id))
                return done.rowcount > 0
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error

    async def report(self, *, hours: int, tenant: str | None = None) -> list[Way]:
        """Count the last hours, the live way first."""
        try:
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=class_row(Way))
                values = {"hours": hours, "tenant": tenant}
                return await (await cursor.execute(_REPORT, values)).fetchall()
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error
