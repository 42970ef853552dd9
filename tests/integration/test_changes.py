"""levels/changes.py on a real Postgres: an index loses nothing, whoever is slow to commit."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Self

import numpy as np
import psycopg
import pytest
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from embeddings.indexes.partitioned import PartitionedIndex
from semcache.levels.changes import Changes
from semcache.levels.semantic import Ready
from tests import servers

DIMENSION = 384
SCOPE = b"s" * 32
INSERT = """
    INSERT INTO semcache_entry (tenant_id, namespace, endpoint, model, fingerprint, handle, scope,
        prompt, embedding, encoder, dimension, body, signature, answers, prompt_tokens,
        completion_tokens, tags, request_id, created_at, expires_at, stale_until, fence)
    VALUES ((SELECT min(id) FROM semcache_tenant), 'changes', 'chat', 'fake', %s, 'h', %s, 'p', %s,
        %s, 384, '', '', '', 0, 0, '{}', 'r', now(), now() + interval '1 hour',
        now() + %s::interval, 0)
    RETURNING id
"""


class Follower:
    """A process's index, and what it was told."""

    def __init__(self, *, dsn: str, encoder: str) -> None:
        self.index = PartitionedIndex(dimension=DIMENSION)
        self.ready = Ready()
        self.forgotten = 0
        self.changes = Changes(
            dsn=dsn,
            encoder=encoder,
            index=self.index,
            ready=self.ready,
            forget_identities=self._forget,
            poll_s=0.5,
        )

    def _forget(self) -> None:
        self.forgotten += 1

    def holds(self, entry_id: int, vector: np.ndarray) -> bool:
        found = self.index.search(SCOPE, vector, k=50)
        return any(n.key == entry_id and n.similarity > 0.99 for n in found)


@pytest.fixture
def encoder() -> str:
    """A name of the test's own, so that nobody else's entries are seen."""
    return f"test-{secrets.token_hex(4)}"


@pytest.fixture
def dsn(product: servers.Product) -> str:
    """A database with the product's tables."""
    return product.stores.postgres.url


@pytest.fixture
async def follow(dsn: str, encoder: str) -> AsyncIterator[Callable[[], Any]]:
    @asynccontextmanager
    async def following() -> AsyncIterator[Follower]:
        follower = Follower(dsn=dsn, encoder=encoder)
        task = asyncio.create_task(follower.changes.follow())
        try:
            await until(lambda: follower.ready.value)
            yield follower
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    yield following
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM semcache_entry WHERE namespace = 'changes'")


@pytest.fixture
def writer(dsn: str, encoder: str) -> Callable[[], Any]:
    """Give connections that insert entries, each with a transaction of its own."""

    class Writer:
        def __init__(self) -> None:
            self.connection = psycopg.connect(dsn)
            register_vector(self.connection)

        def insert(self, *, keep: str = "2 hours") -> tuple[int, np.ndarray]:
            vector = np.random.default_rng().standard_normal(DIMENSION).astype(np.float32)
            vector /= np.linalg.norm(vector)
            values = (secrets.token_bytes(32), SCOPE, HalfVector(vector), encoder, keep)
            row = self.connection.execute(INSERT, values).fetchone()
            assert row is not None
            return row[0], vector

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self.connection.close()

    return Writer


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the index is asked, it does not tell
            await asyncio.sleep(0.01)


async def test_what_was_there_before_is_loaded(follow: Any, writer: Any) -> None:
    with writer() as slow:
        entry = slow.insert()
        slow.connection.commit()
        async with follow() as follower:
            assert follower.holds(*entry)


async def test_inserts_updates_and_deletes_are_followed(follow: Any, writer: Any) -> None:
    async with follow() as follower:
        with writer() as one:
            entry_id, vector = one.insert()
            one.connection.commit()
            await until(lambda: follower.holds(entry_id, vector))

            turned = -vector
            one.connection.execute(
                "UPDATE semcache_entry SET embedding = %s WHERE id = %s",
                (HalfVector(turned), entry_id),
            )
            one.connection.commit()
            await until(lambda: follower.holds(entry_id, turned))
            assert not follower.holds(entry_id, vector)

            one.connection.execute("DELETE FROM semcache_entry WHERE id = %s", (entry_id,))
            one.connection.commit()
            await until(lambda: not follower.holds(entry_id, turned))


async def test_a_transaction_that_commits_late_is_not_lost(follow: Any, writer: Any) -> None:
    """It has a lower number than those that committed and were read before it."""
    async with follow() as follower:
        with writer() as slow, writer() as quick:
            late = slow.insert()
            for _ in range(5):
                early = quick.insert()
                quick.connection.commit()
                await until(partial(follower.holds, *early))
            assert not follower.holds(*late)
            slow.connection.commit()
            await until(lambda: follower.holds(*late))


async def test_a_transaction_open_while_the_snapshot_is_taken_is_not_lost(
    follow: Any, writer: Any
) -> None:
    with writer() as slow:
        late = slow.insert()
        async with follow() as follower:
            assert not follower.holds(*late)
            slow.connection.commit()
            await until(lambda: follower.holds(*late))


async def test_a_rolled_back_entry_never_appears(follow: Any, writer: Any) -> None:
    async with follow() as follower:
        with writer() as one:
            rolled_back = one.insert()
            one.connection.rollback()
            kept = one.insert()
            one.connection.commit()
            await until(lambda: follower.holds(*kept))
            assert not follower.holds(*rolled_back)


async def test_what_a_process_learned_itself_is_not_forgotten_while_its_vector_is_on_its_way(
    follow: Any, writer: Any
) -> None:
    """The answer's row is written first and its vector a little later."""
    async with follow() as follower:
        with writer() as one:
            entry_id, vector = one.insert()
            one.connection.execute(
                "UPDATE semcache_entry SET embedding = NULL, encoder = '' WHERE id = %s",
                (entry_id,),
            )
            follower.index.add(SCOPE, entry_id, vector)
            one.connection.commit()
            later = one.insert()
            one.connection.commit()
            await until(partial(follower.holds, *later))
            assert follower.holds(entry_id, vector)


async def test_entries_past_their_time_are_not_loaded(follow: Any, writer: Any) -> None:
    with writer() as one:
        entry = one.insert(keep="1 hour")
        one.connection.execute(
            "UPDATE semcache_entry SET created_at = now() - interval '3 hours', "
            "expires_at = now() - interval '2 hours', stale_until = now() - interval '1 hour' "
            "WHERE id = %s",
            (entry[0],),
        )
        one.connection.commit()
        async with follow() as follower:
            assert not follower.holds(*entry)


async def test_another_encoders_vectors_are_none_of_ours(follow: Any, writer: Any) -> None:
    async with follow() as follower:
        with writer() as one:
            foreign = one.insert()
            one.connection.execute(
                "UPDATE semcache_entry SET encoder = 'another' WHERE id = %s", (foreign[0],)
            )
            own = one.insert()
            one.connection.commit()
            await until(lambda: follower.holds(*own))
            assert not follower.holds(*foreign)


async def test_many_writers_at_once_lose_nothing(follow: Any, writer: Any) -> None:
    """Each commits when it likes, while the follower reads."""
    kept: list[tuple[int, np.ndarray]] = []

    def write(seed: int) -> None:
        import time  # noqa: PLC0415

        random = np.random.default_rng(seed)
        with writer() as one:
            for _ in range(8):
                entries = [one.insert() for _ in range(random.integers(1, 3))]
                time.sleep(float(random.random()) / 50)
                if random.random() < 0.2:
                    one.connection.rollback()
                else:
                    one.connection.commit()
                    kept.extend(entries)

    async with follow() as follower:
        await asyncio.gather(*(asyncio.to_thread(write, seed) for seed in range(8)))
        await until(lambda: len(follower.index) == len(kept))
        assert all(follower.holds(*entry) for entry in kept)


async def test_a_broken_connection_is_made_anew_and_nothing_is_lost(
    follow: Any, writer: Any, dsn: str
) -> None:
    async with follow() as follower:
        with writer() as one, psycopg.connect(dsn, autocommit=True) as operator:
            query = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%%' OR query LIKE '%%semcache_entry_change%%' "
                "AND pid <> pg_backend_pid()"
            )
            operator.execute(query)
            entry = one.insert()
            one.connection.commit()
            await until(lambda: follower.holds(*entry), within_s=10)
            assert follower.ready.value


@pytest.mark.parametrize("table", ["semcache_policy", "semcache_tenant", "semcache_apikey"])
async def test_a_change_of_who_may_do_what_is_announced(follow: Any, dsn: str, table: str) -> None:
    async with follow() as follower:
        before = follower.forgotten
        with psycopg.connect(dsn, autocommit=True) as operator:
            operator.execute(f"UPDATE {table} SET id = id")
        await until(lambda: follower.forgotten > before)
