"""Whether the labels support comparing whole conversations, written where every process reads it.

A drawn request with earlier turns has a label of the witness `contextual`: what comparing whole
conversations would have served, and whether that was wrong. It is switched off where they stop
supporting it; an alarm does so at once (`levels/labels.py`).
"""

from dataclasses import dataclass
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from semcache.errors import CacheFaultError
from semcache.levels.verify import alarm, turns

_PLACES = """
    SELECT c.id, c.tenant_id, c.category, c.contextual, c.evidence, count(l.id) AS drawn,
        count(l.id) FILTER (WHERE l.correct IS FALSE) AS wrong
    FROM semcache_calibration AS c
    JOIN semcache_tenant AS t ON t.id = c.tenant_id
    LEFT JOIN semcache_label AS l ON l.tenant_id = c.tenant_id AND l.witness = 'contextual'
        AND c.category IN ('', l.category) AND l.at > coalesce(c.alarm_at, '-infinity')
    WHERE %(tenant)s::text IS NULL OR t.name = %(tenant)s
    GROUP BY c.id
    ORDER BY c.tenant_id, c.category
"""
_SET = """
    UPDATE semcache_calibration SET contextual = %(contextual)s, version = version + 1,
        updated_at = now()
    WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of whole conversations in one place; `bound`: its `max_error`, 0 if unknown."""

    drawn: int
    wrong: int
    bound: float


def supports(own: Seen, *, whole: Seen | None) -> bool:
    """Say whether whole conversations may be compared in a place.

    Args:
        whole: of the place's tenant, which speaks for a category that has too few labels itself,
            as long as these do not speak against it.
    """
    if own.bound <= 0:
        return False
    if turns.supported(own.wrong, own.drawn, max_error=own.bound):
        return True
    refuted = own.wrong > own.bound * own.drawn
    fallback = whole is not None and turns.supported(whole.wrong, whole.drawn, max_error=own.bound)
    return fallback and not refuted


class Support:
    """Looks the labels up, and switches.

    Raises:
        CacheFaultError: from every method, when Postgres is away.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool) -> None:
        self._pool = pool

    async def refresh(self, *, tenant: str | None = None) -> None:
        """Switch on where the labels support it, and off where not; of all tenants or one."""
        try:
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                places = await (await cursor.execute(_PLACES, {"tenant": tenant})).fetchall()
                for values in _changes(places):
                    await connection.execute(_SET, values)
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
            raise CacheFaultError(f"Postgres: {error}") from error


def _changes(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the places that change. A tenant as a whole comes before its categories."""
    whole: dict[int, Seen] = {}
    changes = []
    for place in places:
        bound = alarm.read(place["evidence"]).bound
        seen = Seen(drawn=place["drawn"], wrong=place["wrong"], bound=bound)
        if not place["category"]:
            whole[place["tenant_id"]] = seen
        contextual = supports(seen, whole=whole.get(place["tenant_id"]))
        if contextual != place["contextual"]:
            changes.append({"id": place["id"], "contextual": contextual})
    return changes
