"""ledger/journal.py and ledger/decisions.py on a real Postgres: what was noted is read back."""

import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import psycopg_pool
import pytest

from semcache.invalidation import Invalidation
from semcache.ledger.decisions import Decisions
from semcache.ledger.journal import Journal
from semcache.levels.exact import ExactLevel
from semcache.levels.pipe import Pipe
from semcache.levels.verify import features
from semcache.types.decision import Candidate, Decision, Weighed
from semcache.types.explained import Explained
from semcache.types.explanation import Shadowed
from semcache.types.outcome import Source
from tests import servers

Pool = psycopg_pool.AsyncConnectionPool


@pytest.fixture
async def pool(product: servers.Product) -> AsyncIterator[Pool]:
    """Connections to a database with the product's tables."""
    async with Pool(product.stores.postgres.url, open=False) as opened:
        yield opened
        async with opened.connection() as connection:
            await connection.execute("DELETE FROM semcache_decision WHERE namespace = 'decisions'")


@pytest.fixture
def journal(pool: Pool) -> Journal:
    return Journal(pool=pool, features=features.NAMES)


@pytest.fixture
def decisions(pool: Pool) -> Decisions:
    return Decisions(pool=pool, features=features.NAMES)


@pytest.fixture
async def invalidation(
    pool: Pool, stores: servers.Stores, namespace: str
) -> AsyncIterator[Invalidation]:
    pipe = Pipe(url=stores.valkey.url)
    yield Invalidation(pool=pool, exact=ExactLevel(pipe=pipe, prefix=namespace))
    pipe.close()


@pytest.fixture
async def noted(pool: Pool) -> Explained:
    """A semantic hit of Alice's tenant, with all that can be known of one."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT id FROM semcache_tenant WHERE name = 'a'")
        row = await cursor.fetchone()
    assert row is not None
    near = Weighed(
        candidate=Candidate(entry_id=2**40, text="Who wrote Hamlet?", similarity=0.97, handle="h"),
        features=tuple(float(place) for place in range(len(features.NAMES))),
        objections=(),
        probability=np.float64(0.99),
        admitted=True,
        reason="likely",
    )
    decision = Decision(
        decider="conformal",
        category="factual",
        max_error=0.01,
        threshold=0.9,
        basis="pooled model",
        version="v",
        weighed=(near,),
        chosen=0,
    )
    return Explained(
        tenant_id=row[0],
        request_id=secrets.token_hex(8),
        at=time.time(),
        model="fake",
        namespace="decisions",
        source=Source.SEMANTIC,
        category="factual",
        asked="Wer schrieb „Hämlet“? 👩‍👩‍👧‍👦",
        entry_id=2**40,
        handle="h",
        similarity=0.97,
        probability=0.99,
        saved_usd=0.5,
        drawn=True,
        decision=decision,
        shadow=replace(decision, decider="static", chosen=None),
    )


async def test_a_decision_is_read_back_as_it_was_noted(
    journal: Journal, decisions: Decisions, noted: Explained
) -> None:
    journal.note(noted)
    await journal.flush()
    found = await decisions.find(noted.request_id, tenant="a")

    assert found is not None
    assert (found.asked, found.source, found.drawn) == (noted.asked, "hit-semantic", True)
    assert (found.entry_id, found.handle, found.similarity) == (2**40, "h", 0.97)
    assert found.at.timestamp() == pytest.approx(noted.at, abs=1e-4)
    assert found.decision == noted.decision
    assert found.shadow == Shadowed(decider="static", threshold=0.9, served=None)
    assert (found.stored, found.origin, found.labels) == (None, None, ())
    assert await decisions.load(found.id) == found
    assert await decisions.find(noted.request_id, tenant="c") is None
    assert (await decisions.find(noted.request_id, tenant=None)) == found


async def test_the_newest_of_an_id_is_found_and_all_are_counted(
    journal: Journal, decisions: Decisions, noted: Explained
) -> None:
    for age_s in (5, 0, 9):
        journal.note(replace(noted, asked=f"{age_s} s ago", at=noted.at - age_s))
    await journal.flush()
    found = await decisions.find(noted.request_id, tenant="a")

    assert found is not None
    assert (found.asked, found.rows) == ("0 s ago", 3)


async def test_a_tenant_that_is_gone_does_not_keep_the_rest_from_being_written(
    journal: Journal, decisions: Decisions, noted: Explained
) -> None:
    journal.note(replace(noted, tenant_id=2**40))
    journal.note(noted)
    await journal.flush()

    found = await decisions.find(noted.request_id, tenant=None)
    assert found is not None
    assert (found.rows, len(journal)) == (1, 0)


async def test_a_text_is_cut_unless_it_names_a_pair(
    journal: Journal, decisions: Decisions, noted: Explained
) -> None:
    journal.note(replace(noted, asked="x" * 5_000))
    journal.note(replace(noted, request_id="miss", similarity=None, asked="x" * 5_000))
    await journal.flush()

    hit = await decisions.find(noted.request_id, tenant="a")
    miss = await decisions.find("miss", tenant="a")
    assert hit is not None
    assert miss is not None
    assert (len(hit.asked), len(miss.asked)) == (5_000, 2_000)


async def test_what_is_past_its_time_is_forgotten(
    journal: Journal,
    decisions: Decisions,
    noted: Explained,
    invalidation: Invalidation,
) -> None:
    journal.note(replace(noted, request_id="old", at=noted.at - 3_700))
    journal.note(replace(noted, at=noted.at - 3_500))
    await journal.flush()
    await invalidation.retire(keep_decisions_s=3_600)

    assert await decisions.find("old", tenant="a") is None
    assert await decisions.find(noted.request_id, tenant="a") is not None
