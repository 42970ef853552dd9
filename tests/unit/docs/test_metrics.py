"""The reference of the metrics names what /metrics shows, with its labels."""

import re
from pathlib import Path

import psycopg_pool

from semcache.metrics.exposition import Metrics

REFERENCE = (Path(__file__).resolve().parents[3] / "docs/reference/http.md").read_text()


async def shown() -> set[str]:
    """Name the metrics of a process that has no Postgres."""
    pool = psycopg_pool.AsyncConnectionPool("", min_size=0, max_size=1, open=False)
    metrics = Metrics(pool=pool, interval=lambda *_: (0.0, 1.0), dropped=lambda: 0)
    return set(re.findall(r"^# TYPE (\w+)", (await metrics.text()).decode(), re.MULTILINE))


async def test_every_metric_is_documented_and_no_other() -> None:
    part = REFERENCE.split("\n## Metrics\n")[1].split("\n## ")[0]
    columns = re.findall(r"^\| (`semcache.*?) \|", part, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", "".join(columns))) == await shown()
