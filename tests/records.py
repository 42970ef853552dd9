"""What the book holds of one tenant: its policy, its labels, what they have taught."""

import json
from typing import Any

import psycopg

from tests.servers import eventually

Label = dict[str, Any]


class Records:
    """The rows of one tenant."""

    def __init__(self, book: "psycopg.Connection[Any]", tenant: str) -> None:
        self._book = book
        self.tenant = tenant

    def decree(self, **fields: Any) -> None:
        """Set the policy anew: a fixed threshold, and all requests drawn."""
        said = {"decider": "static", "threshold": 0.9, "audit_share": 1.0, **fields}
        texts = ("category", "mode", "decider", "caution", "conversations", "shadow_decider")
        said = dict.fromkeys(texts, "") | {"model": "*"} | said
        names, marks = ", ".join(said), ", ".join(["%s"] * len(said))
        where = "(SELECT id FROM semcache_tenant WHERE name = %s)"
        with self._book.transaction():
            self.run(f"DELETE FROM semcache_policy WHERE tenant_id = {where}", self.tenant)
            self.run(
                f"INSERT INTO semcache_policy (tenant_id, {names}) VALUES ({where}, {marks})",
                self.tenant,
                *said.values(),
            )

    def admit_all(self, *, max_error: float) -> None:
        """Let the labels have taught that everything fits."""
        self.run(
            """
            INSERT INTO semcache_calibration (tenant_id, category, version, drawn, hits, wrong,
                dropped, evidence, floor, model, weights, thresholds, contextual, fitted_through,
                updated_at)
            SELECT id, '', 1, 0, 0, 0, 0, '{}', 0, '', '[]', %s, false, 0, now()
            FROM semcache_tenant WHERE name = %s
            """,
            json.dumps([[max_error, 0.0]]),
            self.tenant,
        )

    def labels(self, **wanted: Any) -> list[Label]:
        """Read labels, oldest first."""
        query = """
            SELECT witness, served, correct, asked, stored, reason, probability, cost_usd
            FROM semcache_label JOIN semcache_tenant AS t ON t.id = tenant_id
            WHERE t.name = %s ORDER BY semcache_label.id
        """
        cursor = self.run(query, self.tenant)
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [row for row in rows if wanted.items() <= row.items()]

    def label(self, **wanted: Any) -> Label:
        """Wait for a label, and give the first one."""
        found = eventually(lambda: self.labels(**wanted), what=self.labels)
        return dict(found[0])

    def calibration(self, field: str) -> Any:
        """Read a field of the row that speaks for the whole tenant; None without a row."""
        query = f"""
            SELECT {field} FROM semcache_calibration
            JOIN semcache_tenant AS t ON t.id = tenant_id WHERE t.name = %s AND category = ''
        """
        row = self.run(query, self.tenant).fetchone()
        return row and row[0]

    def run(self, query: str, *values: Any) -> "psycopg.Cursor[Any]":
        return self._book.execute(query, values)
