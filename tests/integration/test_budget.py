"""audit/budget.py on a real Valkey: workers together keep to it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from semcache.audit.budget import Budget
from semcache.levels.pipe import Pipe
from tests import servers

NOON = 86_400 * 20_000 + 43_200.0
DAY_S = 86_400


@pytest.fixture
async def budget(stores: servers.Stores, namespace: str) -> AsyncIterator[Budget]:
    pipe = Pipe(url=stores.valkey.url)
    yield Budget(redis=pipe, prefix=namespace)
    pipe.close()


async def reserves(
    budget: Budget, cost_usd: float, *, tenant_id: int = 1, now: float = NOON
) -> bool:
    return await budget.reserve(cost_usd, tenant_id=tenant_id, usd_per_day=1.0, now=now)


async def test_many_at_once_do_not_go_over_it(budget: Budget) -> None:
    done = await asyncio.gather(*(reserves(budget, 0.1) for _ in range(30)))
    assert sum(done) == 10


async def test_it_is_each_tenants_own(budget: Budget) -> None:
    assert await reserves(budget, 0.9)
    assert not await reserves(budget, 0.2)
    assert await reserves(budget, 0.9, tenant_id=2)


async def test_once_over_it_nothing_is_audited_for_the_day_not_even_for_nothing(
    budget: Budget,
) -> None:
    assert await reserves(budget, 0.0)
    assert not await reserves(budget, 1.1)
    assert not await reserves(budget, 0.1)
    assert not await reserves(budget, 0.0)


async def test_what_was_not_spent_is_given_back(budget: Budget) -> None:
    assert await reserves(budget, 0.9)
    await budget.settle(0.9, spent_usd=0.2, tenant_id=1, now=NOON)
    assert await reserves(budget, 0.8)


async def test_a_new_day_has_a_new_budget(budget: Budget) -> None:
    assert await reserves(budget, 0.9)
    assert await reserves(budget, 0.9, now=NOON + DAY_S)


async def test_a_budget_of_nothing_allows_nothing(budget: Budget) -> None:
    assert not await budget.reserve(0.0, tenant_id=1, usd_per_day=0.0, now=NOON)


async def test_audits_pause_for_one_tenant(budget: Budget) -> None:
    await budget.pause(tenant_id=1)
    assert not await reserves(budget, 0.1)
    assert await reserves(budget, 0.1, tenant_id=2)
