"""levels/labels.py and levels/calibrations.py on a real Postgres: what labels lead to."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import psycopg_pool
import pytest
from psycopg.rows import dict_row

from semcache.errors import CacheFaultError
from semcache.levels.calibrations import Calibrations
from semcache.levels.labels import Labels
from semcache.levels.verify import features, pairs, probability
from semcache.types.label import Label
from tests import servers

BOUND = 0.05
MEASURED = (0.5,) * len(features.NAMES)


@pytest.fixture
async def pool(product: servers.Product) -> AsyncIterator[psycopg_pool.AsyncConnectionPool]:
    """Connections to a database with the product's tables."""
    async with psycopg_pool.AsyncConnectionPool(
        product.stores.postgres.url, open=False, kwargs={"autocommit": True}, max_size=10
    ) as opened:
        yield opened


@pytest.fixture
def labels(pool: psycopg_pool.AsyncConnectionPool) -> Labels:
    return Labels(pool=pool)


@pytest.fixture
async def tenant(pool: psycopg_pool.AsyncConnectionPool) -> tuple[int, str]:
    """A tenant without labels: its id and its name."""
    name = f"labels-{secrets.token_hex(4)}"
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "INSERT INTO semcache_tenant (name, salt, is_active, created_at) "
            "VALUES (%s, '', true, now()) RETURNING id",
            (name,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return row[0], name


def label(tenant: tuple[int, str], *, correct: bool | None = True, **fields: Any) -> Label:
    said: dict[str, Any] = {
        "category": "factual",
        "witness": "audit",
        "request_id": "r",
        "served": True,
        "probability": 0.9,
        "max_error": BOUND,
        "threshold": 0.8,
        "features": MEASURED,
    }
    return Label(tenant_id=tenant[0], correct=correct, **(said | fields))


async def rows(
    pool: psycopg_pool.AsyncConnectionPool, tenant: tuple[int, str]
) -> dict[str, dict[str, Any]]:
    """Read a tenant's calibrations by category."""
    async with pool.connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        query = "SELECT * FROM semcache_calibration WHERE tenant_id = %s"
        found = await (await cursor.execute(query, (tenant[0],))).fetchall()
    return {row["category"]: row for row in found}


async def change(
    pool: psycopg_pool.AsyncConnectionPool, tenant: tuple[int, str], said: str
) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            f"UPDATE semcache_calibration SET {said} WHERE tenant_id = %s", (tenant[0],)
        )


async def test_a_label_counts_in_its_category_and_in_its_tenant(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    for said in (
        label(tenant),
        label(tenant, correct=False),
        label(tenant, category="code"),
        label(tenant, witness="miss", served=False, correct=False),
        label(tenant, witness="miss", served=False, correct=None, probability=None),
    ):
        await labels.add(said, now=time.time())
    counts = {
        category: (row["drawn"], row["hits"], row["wrong"])
        for category, row in (await rows(pool, tenant)).items()
    }
    assert counts == {"": (5, 3, 1), "factual": (4, 2, 1), "code": (1, 1, 0)}


@pytest.mark.parametrize("witness", ["feedback", "operator", "shadow", "contextual"])
async def test_what_is_no_fair_sample_is_kept_and_not_counted(
    pool: psycopg_pool.AsyncConnectionPool,
    labels: Labels,
    tenant: tuple[int, str],
    witness: Any,
) -> None:
    await labels.add(label(tenant, witness=witness, correct=False), now=time.time())
    assert await rows(pool, tenant) == {}
    assert await labels.recent(tenant_id=tenant[0], category="", limit=9) == []


async def sound(labels: Labels, tenant: tuple[int, str], **fields: Any) -> tuple[str, ...]:
    """Add wrong hits until the alarm sounds."""
    for _ in range(20):
        added = await labels.add(label(tenant, correct=False, **fields), now=time.time())
        if added.alarmed:
            return added.alarmed
    pytest.fail("the alarm did not sound")


async def test_an_alarm_raises_the_floor_and_begins_anew(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    await labels.add(label(tenant, correct=False, probability=0.97), now=time.time())
    assert "" in await sound(labels, tenant, probability=0.85)
    found = await rows(pool, tenant)
    for category in ("", "factual"):
        row = found[category]
        assert row["floor"] == pytest.approx(0.973), "above the likeliest of the wrong ones"
        assert row["alarm_at"] is not None
        assert row["version"] >= 1
    assert (found[""]["drawn"], found[""]["wrong"]) == (0, 0)
    await labels.add(label(tenant), now=time.time())
    again = (await rows(pool, tenant))[""]
    assert (again["drawn"], again["floor"]) == (1, found[""]["floor"])
    assert again["version"] == found[""]["version"], "no process need read it anew"


async def test_a_category_that_is_new_after_an_alarm_is_as_tight_as_its_tenant(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    await sound(labels, tenant)
    await change(pool, tenant, "thresholds = '[[0.05, 0.7]]'")
    await labels.add(label(tenant, category="code"), now=time.time())
    found = await rows(pool, tenant)
    assert found["code"]["floor"] == found[""]["floor"] > 0
    assert found["code"]["thresholds"] == [[0.05, 0.7]]


async def test_an_alarm_is_heard_by_those_who_listen_and_a_label_is_not(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    await labels.add(label(tenant), now=time.time())
    async with await psycopg.AsyncConnection.connect(
        str(pool.conninfo), autocommit=True
    ) as listener:
        await listener.execute("LISTEN semcache_identities")
        await labels.add(label(tenant), now=time.time())
        assert [n async for n in listener.notifies(timeout=0.2, stop_after=1)] == []
        await sound(labels, tenant)
        assert [n async for n in listener.notifies(timeout=5, stop_after=1)] != []


async def test_labels_that_come_together_are_all_counted(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    said = [label(tenant, category=name) for name in ("factual", "code", "creative") * 10]
    await asyncio.gather(*(labels.add(one, now=time.time()) for one in said))
    found = await rows(pool, tenant)
    drawn = {category: row["drawn"] for category, row in found.items()}
    assert drawn == {"": 30, "factual": 10, "code": 10, "creative": 10}


async def test_a_pair_is_parted_once_and_under_the_name_that_is_looked_up(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    for asked, stored in (("Ä?", "b"), ("b", "Ä?")):
        await labels.never(
            tenant_id=tenant[0], asked=asked, stored=stored, witness="audit", now=time.time()
        )
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT pair FROM semcache_nevermatch WHERE tenant_id = %s", (tenant[0],)
        )
        found = [bytes(row[0]) for row in await cursor.fetchall()]
    assert found == [pairs.name("Ä?", "b")]


async def test_the_sample_is_read_newest_first(labels: Labels, tenant: tuple[int, str]) -> None:
    for place in range(4):
        category = "code" if place % 2 else "factual"
        said = label(tenant, request_id=str(place), category=category, features=(1.0, 2.0))
        await labels.add(said, now=time.time())
    found = await labels.recent(tenant_id=tenant[0], category="", limit=3)
    assert [one.request_id for one in found] == ["3", "2", "1"]
    assert found[0].features == (1.0, 2.0)
    code = await labels.recent(tenant_id=tenant[0], category="code", limit=3)
    assert [one.request_id for one in code] == ["3", "1"]


async def test_a_postgres_that_is_away_is_a_fault_of_the_cache(tenant: tuple[int, str]) -> None:
    async with psycopg_pool.AsyncConnectionPool(
        "host=/nowhere", open=False, min_size=0, max_size=1, timeout=0.2, reconnect_timeout=0.1
    ) as pool:
        labels = Labels(pool=pool)
        with pytest.raises(CacheFaultError):
            await labels.add(label(tenant), now=time.time())
        with pytest.raises(CacheFaultError):
            await labels.recent(tenant_id=1, category="", limit=1)


async def test_new_labels_are_learned_from_once(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    calibrations = Calibrations(pool=pool, labels=labels)
    await labels.add(label(tenant), now=time.time())
    taught = await calibrations.refresh(tenant=tenant[1])
    assert [(place.category, place.labels) for place in taught] == [("", 1), ("factual", 1)]
    assert await calibrations.refresh(tenant=tenant[1]) == []
    await labels.add(label(tenant, witness="feedback"), now=time.time())
    assert await calibrations.refresh(tenant=tenant[1]) == []


async def test_a_floor_stays_until_there_are_labels_enough_since_the_alarm(
    pool: psycopg_pool.AsyncConnectionPool, labels: Labels, tenant: tuple[int, str]
) -> None:
    calibrations = Calibrations(pool=pool, labels=labels)
    await sound(labels, tenant)
    floor = (await rows(pool, tenant))[""]["floor"]
    few, needed = 30, 60
    for _ in range(few):
        await labels.add(label(tenant), now=time.time())
    taught = await calibrations.refresh(tenant=tenant[1])
    assert all(place.waits for place in taught)
    assert (await rows(pool, tenant))[""]["floor"] == floor
    for _ in range(needed - few):
        await labels.add(label(tenant), now=time.time())
    taught = await calibrations.refresh(tenant=tenant[1])
    assert {place.labels for place in taught} == {needed}, "those since the alarm, no others"
    assert not any(place.waits for place in taught)
    for row in (await rows(pool, tenant)).values():
        assert row["floor"] == 0
        assert min(bound for bound, _ in row["thresholds"]) <= BOUND


async def test_what_was_served_unmeasured_does_not_vouch_for_a_threshold(
    labels: Labels, pool: psycopg_pool.AsyncConnectionPool, tenant: tuple[int, str]
) -> None:
    """A promoted copy has no features: as a drawn request without a fault it would look safe."""
    await labels.add(label(tenant), now=time.time())
    await labels.add(label(tenant, features=(), correct=False), now=time.time())
    taught = await Calibrations(pool=pool, labels=labels).refresh(tenant=tenant[1])
    assert {place.labels for place in taught} == {1}


async def test_what_was_learned_for_a_model_of_another_version_is_learned_anew(
    labels: Labels, pool: psycopg_pool.AsyncConnectionPool, tenant: tuple[int, str]
) -> None:
    calibrations = Calibrations(pool=pool, labels=labels)
    await labels.add(label(tenant), now=time.time())
    await calibrations.refresh(tenant=tenant[1])
    await change(pool, tenant, "model = 'older', weights = '[1.0]'")
    taught = await calibrations.refresh(tenant=tenant[1])
    assert [place.changed for place in taught] == [True, True]
    for row in (await rows(pool, tenant)).values():
        assert row["model"] == probability.pooled().version
        assert row["weights"] != [1.0]
    assert await calibrations.refresh(tenant=tenant[1]) == []
