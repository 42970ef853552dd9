"""What the journal has kept, read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from semcache.errors import CacheFaultError
from semcache.ledger import detail
from semcache.resilience import deadline
from semcache.types.decision import Decision, Origin
from semcache.types.explanation import Known, Rescored, Shadowed

_PATIENCE_S = 5.0
_COLUMNS = """d.id, d.tenant_id, t.name AS tenant, d.request_id, d.at, d.model, d.namespace,
    d.source, d.category, d.asked, d.entry, d.handle, d.similarity, d.probability, d.saved_usd,
    d.drawn, d.detail, d.shadow, e.prompt, e.request_id AS made_by, e.model AS made_with,
    e.created_at AS made_at"""
_FROM = """FROM semcache_decision AS d JOIN semcache_tenant AS t ON t.id = d.tenant_id
    LEFT JOIN semcache_entry AS e ON e.id = d.entry AND e.tenant_id = d.tenant_id"""
_FIND = f"""
    SELECT {_COLUMNS}, count(*) OVER () AS rows {_FROM}
    WHERE d.request_id = %(request_id)s
      AND (%(tenant)s::text IS NULL OR t.name = %(tenant)s)
    ORDER BY d.at DESC, d.id DESC LIMIT 1
"""
_LOAD = f"SELECT {_COLUMNS}, 1 AS rows {_FROM} WHERE d.id = %(id)s"
_LABELS = """
    SELECT witness, at, served, correct, reason FROM semcache_label
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s ORDER BY id
"""
_AS_THEY_ARE = (
    *("id", "tenant_id", "tenant", "request_id", "rows", "at", "model", "namespace", "source"),
    *("category", "asked", "handle", "similarity", "probability", "saved_usd", "drawn"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A request as the journal keeps it. `rows`: how many have its id; this is the newest.

    `entry_id` to `probability`: of what was served. `stored` and `origin`: the question the served
    answer was given to and who made it, as Postgres has them now; None where it is no more.
    """

    id: int
    tenant_id: int
    tenant: str
    request_id: str
    rows: int
    at: datetime
    model: str
    namespace: str
    source: str
    category: str
    asked: str
    entry_id: int | None
    handle: str
    similarity: float | None
    probability: float | None
    saved_usd: float
    drawn: bool
    decision: Decision | None
    measured: tuple[dict[str, float], ...]
    shadow: Shadowed | None
    shadow_encoder: Rescored | None
    stored: str | None
    origin: Origin | None
    labels: tuple[Known, ...]


class Decisions:
    """Read what the journal has kept.

    Args:
        pool: connections to Postgres.
        features: names of a pair's features, in their order.

    Raises:
        CacheFaultError: from every method, when Postgres is away.
    """

    def __init__(self, *, pool: psycopg_pool.AsyncConnectionPool, features: Sequence[str]) -> None:
        self._pool = pool
        self._features = features

    async def find(self, request_id: str, *, tenant: str | None) -> Record | None:
        """Find the newest request of an id; `tenant` None looks among those of all."""
        if "\x00" in request_id:
            return None
        return await self._record(_FIND, {"request_id": request_id, "tenant": tenant})

    async def load(self, decision_id: int) -> Record | None:
        """Read one row by its number."""
        return await self._record(_LOAD, {"id": decision_id})

    async def _record(self, query: str, values: dict[str, Any]) -> Record | None:
        try:
            return await deadline.within(self._ask(query, values), seconds=_PATIENCE_S)
        except (psycopg.Error, psycopg_pool.PoolTimeout, OSError, TimeoutError) as error:
            raise CacheFaultError(f"Postgres: {error or type(error).__name__}") from error

    async def _ask(self, query: str, values: dict[str, Any]) -> Record | None:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            row = await (await cursor.execute(query, values)).fetchone()
            if row is None:
                return None
            labels = await (await cursor.execute(_LABELS, row)).fetchall()
        return _record(row, labels, names=self._features)


def _record(row: dict[str, Any], labels: list[dict[str, Any]], *, names: Sequence[str]) -> Record:
    return Record(
        **{name: row[name] for name in _AS_THEY_ARE},
        entry_id=row["entry"],
        decision=detail.read(row["detail"], names=names),
        measured=tuple(one["features"] for one in row["detail"].get("candidates", ())),
        shadow=_shadow(row["shadow"] or {}),
        shadow_encoder=_rescored(row["shadow"] or {}),
        stored=row["prompt"],
        origin=_origin(row),
        labels=tuple(Known(**label) for label in labels),
    )


def _shadow(said: dict[str, Any]) -> Shadowed | None:
    """Read the second policy's verdict; the second encoder's stands beside it."""
    if "decider" not in said:
        return None
    return Shadowed(decider=said["decider"], threshold=said["threshold"], served=said["served"])


def _rescored(said: dict[str, Any]) -> Rescored | None:
    if "encoder" not in said:
        return None
    other = said["encoder"]
    return Rescored(
        name=other["name"],
        threshold=other["threshold"],
        served=other["served"],
        probability=other["probability"],
        similarities=other["similarities"],
    )


def _origin(row: dict[str, Any]) -> Origin | None:
    if row["made_at"] is None:
        return None
    return Origin(
        request_id=row["made_by"], model=row["made_with"], created_at=row["made_at"].timestamp()
    )
