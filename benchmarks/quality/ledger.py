"""Decisions and labels of the past, read from the product's database."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks import product
from benchmarks.errors import CannotRunError
from benchmarks.quality.past import Asked, Looked
from semcache.ledger import detail
from semcache.levels.labels import SAMPLED
from semcache.levels.verify import features
from semcache.types.outcome import Source
from semcache.types.standing import Standing

_SINCE = "at > now() - make_interval(hours => %(hours)s)"
_TENANT = "(%(tenant)s::text IS NULL OR t.name = %(tenant)s)"
# Near matches that were looked for, and repeats that a promoted copy answered.
_DECISIONS = f"""
    SELECT d.tenant_id, d.category, d.model, d.source, d.probability, d.saved_usd, d.detail
    FROM semcache_decision AS d JOIN semcache_tenant AS t ON t.id = d.tenant_id
    WHERE d.{_SINCE} AND {_TENANT} AND (d.detail <> '{{}}' OR d.probability IS NOT NULL)
"""
_LABELS = f"""
    SELECT l.tenant_id, l.category, l.served, l.correct, l.probability
    FROM semcache_label AS l JOIN semcache_tenant AS t ON t.id = l.tenant_id
    WHERE l.{_SINCE} AND {_TENANT} AND l.witness = ANY(%(witnesses)s)
"""
_STANDINGS = """
    SELECT tenant_id, category, version, drawn, model, weights, thresholds, floor, contextual
    FROM semcache_calibration
"""
_WORTH = """
    SELECT model, sum(cost_usd) / nullif(sum(requests), 0) AS usd
    FROM semcache_usagebucket
    WHERE source = 'miss' AND hour_at > now() - make_interval(hours => %(hours)s)
    GROUP BY model
"""
_TENANTS = "SELECT name FROM semcache_tenant ORDER BY name"
_ROWS = 2_000


@contextmanager
def opened(url: str, *, hours: int, tenant: str | None) -> Iterator["Ledger"]:
    """Open the product's database at the last hours, of all tenants or one.

    Raises:
        CannotRunError: Postgres is away or not the product's, or the tenant is not known.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            names = [name for (name,) in connection.execute(_TENANTS)]
            if tenant is not None and tenant not in names:
                raise CannotRunError(f"no tenant {tenant}: there are {', '.join(names) or 'none'}")
            yield Ledger(connection, hours=hours, tenant=tenant)
    except psycopg.Error as error:
        raise CannotRunError(f"the product's database cannot be read: {error}") from error


class Ledger:
    """Reads what the product wrote down."""

    def __init__(
        self, connection: psycopg.Connection[Any], *, hours: int, tenant: str | None
    ) -> None:
        self._connection = connection
        self._values = {"hours": hours, "tenant": tenant, "witnesses": list(SAMPLED)}

    def asked(self) -> Iterator[Asked]:
        """Yield the requests that came to the semantic level, or to a copy it had made."""
        for row in self._rows(_DECISIONS):
            said = row.pop("detail")
            yield Asked(
                **{**row, "source": Source(row["source"])},
                decision=detail.read(said, names=features.NAMES),
            )

    def looked(self) -> Iterator[Looked]:
        """Yield the labels of the audit's sample."""
        for row in self._rows(_LABELS):
            yield Looked(**row)

    def standings(self) -> dict[int, list[Standing]]:
        """Read what the labels have taught, by tenant."""
        found: dict[int, list[Standing]] = defaultdict(list)
        for row in self._rows(_STANDINGS):
            found[row["tenant_id"]].append(
                Standing(
                    category=row["category"],
                    version=row["version"],
                    labels=row["drawn"],
                    model=row["model"],
                    weights=tuple(row["weights"]),
                    thresholds=tuple((error, least) for error, least in row["thresholds"]),
                    floor=row["floor"],
                    contextual=row["contextual"],
                )
            )
        return found

    def worth_usd(self) -> dict[str, float]:
        """Read what a miss of each model cost on average."""
        return {row["model"]: float(row["usd"] or 0.0) for row in self._rows(_WORTH)}

    def _rows(self, query: str) -> Iterator[dict[str, Any]]:
        with self._connection.cursor("replay", row_factory=dict_row) as cursor:
            cursor.itersize = _ROWS
            yield from cursor.execute(query, self._values)


def url() -> str:
    """Find the database as the product does: DATABASE_URL, or what runs embedded in its home.

    Raises:
        CannotRunError: There is none.
    """
    given = os.environ.get("DATABASE_URL", "")
    path = os.environ.get("DATABASE_URL_FILE", "")
    if given or path:
        return given or Path(path).read_text(encoding="utf-8").strip()
    services = product.home() / "services.json"
    try:
        found = json.loads(services.read_text(encoding="utf-8")).get("database_url", "")
    except (OSError, ValueError):
        found = ""
    if not found:
        raise CannotRunError(
            f"no database: {services} names none; start the product with `make run`, or set "
            "DATABASE_URL or SEMCACHE_HOME"
        )
    return str(found)
