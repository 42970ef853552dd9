"""levels/entries.py on a real Postgres: what it was told is kept, and found by whom it may be."""

import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import psycopg
import psycopg_pool
import pytest
from pgvector.psycopg import register_vector_async

from semcache.errors import CacheFaultError
from semcache.invalidation import Invalidation
from semcache.levels.entries import Draft, Entries
from semcache.levels.exact import ExactLevel
from semcache.levels.pipe import Pipe
from semcache.levels.verify import pairs
from semcache.types.flight import Job
from semcache.types.outcome import Source
from semcache.types.usage import Usage
from tests import servers

DIMENSION = 384


@pytest.fixture
async def pool(product: servers.Product) -> AsyncIterator[psycopg_pool.AsyncConnectionPool]:
    """Connections to a database with the product's tables."""
    async with psycopg_pool.AsyncConnectionPool(
        product.stores.postgres.url, open=False, configure=register_vector_async
    ) as opened:
        yield opened
        async with opened.connection() as connection:
            await connection.execute("DELETE FROM semcache_entry WHERE namespace = 'entries'")


@pytest.fixture
def entries(pool: psycopg_pool.AsyncConnectionPool) -> Entries:
    return Entries(pool=pool)


@pytest.fixture
async def tenants(pool: psycopg_pool.AsyncConnectionPool) -> dict[str, int]:
    async with pool.connection() as connection:
        rows = await connection.execute("SELECT name, id FROM semcache_tenant")
        ids: dict[str, int] = dict(await rows.fetchall())
    return {"alice": ids["a"], "charlie": ids["c"]}


def vector(seed: int) -> np.ndarray:
    """Make a vector near to those of neighbouring seeds."""
    made = np.zeros(DIMENSION, dtype=np.float32)
    made[0], made[1] = np.cos(seed / 10), np.sin(seed / 10)
    return made


def job(tenant_id: int, *, seed: int | None = 0, scope: bytes = b"s" * 32, ttl_s: int = 60) -> Job:
    return Job(
        endpoint="chat",
        tenant_id=tenant_id,
        salt=b"",
        namespace="entries",
        model="fake",
        body={},
        fingerprints=[],
        request_id="r",
        source=Source.MISS,
        priority="interactive",
        enqueued_at=0.0,
        deadline_at=0.0,
        store=True,
        ttl_s=ttl_s,
        keep_stale_s=0,
        keep_truncated=False,
        tags=["t"],
        scope=b"" if seed is None else scope,
        text="" if seed is None else f"text {seed}",
        vector=b"" if seed is None else vector(seed).tobytes(),
        encoder="" if seed is None else "test",
    )


async def keep(entries: Entries, kept: Draft, *, job: Job, fence: int = 1) -> int:
    """Keep an answer, by meaning too where the job says so; give the number of its row."""
    place = await entries.put(kept, job=job, fence=fence)
    assert place is not None
    if job.vector:
        vector = np.frombuffer(job.vector, dtype=np.float32)
        await entries.index(place.entry_id, vector=vector, encoder=job.encoder)
    return place.entry_id


def draft(body: bytes, *, name: bytes | None = None, scope: bytes | None = b"s" * 32) -> Draft:
    return Draft(
        model="fake",
        fingerprint=name or secrets.token_bytes(32),
        handle="ent_" + secrets.token_hex(10),
        body=body,
        usage=Usage(prompt_tokens=3, completion_tokens=4),
        cost_usd=0.5,
        created_at=time.time(),
        scope=scope,
    )


async def test_an_answer_is_found_as_it_was_kept(entries: Entries, tenants: dict[str, int]) -> None:
    kept = draft('{"é": "👩‍👩‍👧‍👦"}'.encode() * 1000)
    entry_id = await keep(entries, kept, job=job(tenants["alice"]))
    found = (await entries.find([kept.fingerprint], tenant_id=tenants["alice"]))[kept.fingerprint]
    assert found.entry_id == entry_id
    assert (found.body, found.handle) == (kept.body, kept.handle)
    assert (found.usage, found.cost_usd) == (kept.usage, kept.cost_usd)
    assert found.created_at == pytest.approx(kept.created_at, abs=1e-5)
    assert found.expires_at == pytest.approx(kept.created_at + 60, abs=1e-5)


async def test_nothing_is_found_for_another_tenant(
    entries: Entries, tenants: dict[str, int]
) -> None:
    kept, scope = draft(b"{}"), b"s" * 32
    entry_id = await keep(entries, kept, job=job(tenants["alice"]))
    charlie = tenants["charlie"]
    assert await entries.find([kept.fingerprint], tenant_id=charlie) == {}
    assert await entries.load([entry_id], tenant_id=charlie, scope=scope, asked="") == {}
    near = await entries.nearest(vector(0), tenant_id=charlie, scope=scope, encoder="test", k=9)
    assert near == []
    other = b"x" * 32
    assert await entries.load([entry_id], tenant_id=tenants["alice"], scope=other, asked="") == {}


async def test_a_late_answer_never_replaces_a_later_one(
    entries: Entries, tenants: dict[str, int]
) -> None:
    alice, name = tenants["alice"], secrets.token_bytes(32)
    second = await entries.put(draft(b"second", name=name), job=job(alice), fence=2)
    assert second is not None
    assert not second.replaced
    assert await entries.put(draft(b"first", name=name), job=job(alice), fence=1) is None
    assert (await entries.find([name], tenant_id=alice))[name].body == b"second"
    third = await entries.put(draft(b"third", name=name), job=job(alice), fence=3)
    assert third == replace(second, replaced=True)
    assert (await entries.find([name], tenant_id=alice))[name].body == b"third"


@pytest.mark.parametrize(("before", "after"), [(None, 1), (1, None), (1, 1)])
async def test_an_answer_that_was_found_by_meaning_once_is_found_when_it_was_replaced(
    entries: Entries, tenants: dict[str, int], before: int | None, after: int | None
) -> None:
    """Equal requests have equal texts, however their answers were kept."""
    alice, name, scope = tenants["alice"], secrets.token_bytes(32), secrets.token_bytes(32)
    for fence, seed in enumerate((before, after), start=1):
        body = b"answer %d" % fence
        written = draft(body, name=name, scope=None if seed is None else scope)
        entry_id = await keep(entries, written, job=job(alice, seed=seed, scope=scope), fence=fence)
    near = await entries.nearest(vector(1), tenant_id=alice, scope=scope, encoder="test", k=9)
    assert [key for key, _ in near] == [entry_id]
    loaded = await entries.load([entry_id], tenant_id=alice, scope=scope, asked="text 2")
    assert (loaded[entry_id].text, loaded[entry_id].answer.body) == ("text 1", b"answer 2")


async def test_a_neighbor_says_which_request_made_it_by_which_model_and_when(
    entries: Entries, tenants: dict[str, int]
) -> None:
    alice, scope = tenants["alice"], secrets.token_bytes(32)
    written = replace(draft(b"{}", scope=scope), signature=b"what it says")
    entry_id = await keep(entries, written, job=job(alice, scope=scope))
    loaded = await entries.load([entry_id], tenant_id=alice, scope=scope, asked="else")
    found = loaded[entry_id]
    assert (found.origin.request_id, found.origin.model) == ("r", "fake")
    assert found.origin.created_at == pytest.approx(written.created_at, abs=1e-5)
    assert found.signature == b"what it says"


async def test_a_never_match_pair_is_barred_in_either_order_and_for_its_tenant_only(
    entries: Entries, tenants: dict[str, int], pool: psycopg_pool.AsyncConnectionPool
) -> None:
    scope, marker = secrets.token_bytes(32), "Ünïcode 👩‍👩‍👧‍👦 \N{LINE SEPARATOR}"
    ids = {
        name: await keep(entries, draft(b"{}", scope=scope), job=job(tenant, scope=scope))
        for name, tenant in tenants.items()
    }
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO semcache_nevermatch (tenant_id, pair, asked, stored, witness, at) "
            "VALUES (%s, %s, %s, 'text 0', 'feedback', now())",
            (tenants["alice"], pairs.name("text 0", marker), marker),
        )

    async def barred(name: str, asked: str) -> bool:
        loaded = await entries.load([ids[name]], tenant_id=tenants[name], scope=scope, asked=asked)
        return loaded[ids[name]].barred

    assert await barred("alice", marker)
    assert not await barred("alice", marker + " ")
    assert not await barred("charlie", marker)


async def test_the_nearest_come_best_first_and_within_their_scope_and_encoder(
    entries: Entries, tenants: dict[str, int]
) -> None:
    alice, scope = tenants["alice"], secrets.token_bytes(32)
    ids = [
        await keep(entries, draft(b"{}", scope=scope), job=job(alice, seed=seed, scope=scope))
        for seed in (3, 1, 2, 0)
    ]
    near = await entries.nearest(vector(0), tenant_id=alice, scope=scope, encoder="test", k=3)
    assert [key for key, _ in near] == [ids[3], ids[1], ids[2]]
    scores = [score for _, score in near]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(1.0, abs=1e-3)
    other = await entries.nearest(vector(0), tenant_id=alice, scope=scope, encoder="else", k=3)
    assert other == []


async def test_what_is_past_its_time_is_not_found_and_is_retired(
    entries: Entries,
    tenants: dict[str, int],
    pool: psycopg_pool.AsyncConnectionPool,
    stores: servers.Stores,
    namespace: str,
) -> None:
    alice = tenants["alice"]
    fresh, past = draft(b"{}"), draft(b"{}")
    await entries.put(fresh, job=job(alice), fence=1)
    await entries.put(past, job=job(alice, ttl_s=0), fence=1)
    found = await entries.find([fresh.fingerprint, past.fingerprint], tenant_id=alice)
    assert set(found) == {fresh.fingerprint}

    pipe = Pipe(url=stores.valkey.url)
    await Invalidation(pool=pool, exact=ExactLevel(pipe=pipe, prefix=namespace)).retire(
        keep_decisions_s=60
    )
    pipe.close()
    async with pool.connection() as connection:
        rows = await connection.execute(
            "SELECT fingerprint FROM semcache_entry WHERE fingerprint = ANY(%s)",
            ([fresh.fingerprint, past.fingerprint],),
        )
        assert [bytes(row[0]) for row in await rows.fetchall()] == [fresh.fingerprint]


async def test_a_damaged_row_is_a_miss_and_is_replaced(
    entries: Entries, tenants: dict[str, int], pool: psycopg_pool.AsyncConnectionPool
) -> None:
    kept = draft(b"{}")
    await entries.put(kept, job=job(tenants["alice"]), fence=1)
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE semcache_entry SET body = 'damaged' WHERE fingerprint = %s",
            (kept.fingerprint,),
        )
    name, alice = kept.fingerprint, tenants["alice"]
    assert await entries.find([name], tenant_id=alice) == {}
    await entries.put(draft(b"whole", name=name), job=job(alice), fence=2)
    assert (await entries.find([name], tenant_id=alice))[name].body == b"whole"


async def test_a_postgres_that_is_away_is_a_fault_of_the_cache() -> None:
    async with psycopg_pool.AsyncConnectionPool(
        "host=/nowhere", open=False, min_size=0, max_size=1, timeout=0.2, reconnect_timeout=0.1
    ) as pool:
        entries = Entries(pool=pool)
        with pytest.raises(CacheFaultError):
            await entries.find([b"x"], tenant_id=1)
        with pytest.raises(CacheFaultError):
            await entries.put(draft(b"{}"), job=job(1), fence=1)


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE semcache_entry SET encoder = ''",
        "UPDATE semcache_entry SET scope = NULL",
        "UPDATE semcache_entry SET dimension = NULL",
        "UPDATE semcache_entry SET expires_at = created_at - interval '1 s'",
        "UPDATE semcache_entry SET stale_until = expires_at - interval '1 s'",
        "UPDATE semcache_entry SET tenant_id = -1",
    ],
)
async def test_the_database_itself_refuses_what_makes_no_sense(
    entries: Entries,
    tenants: dict[str, int],
    pool: psycopg_pool.AsyncConnectionPool,
    broken: str,
) -> None:
    kept = draft(b"{}")
    await keep(entries, kept, job=job(tenants["alice"]))

    async def break_it() -> None:
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(f"{broken} WHERE fingerprint = %s", (kept.fingerprint,))
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(psycopg.IntegrityError):
        await break_it()
