"""What requests cost and saved is counted once, under the name of what answered them."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests import servers
from tests.callers import Caller, unique
from tests.servers import eventually

QUERY = """
    SELECT source, sum(requests)::int, sum(errors)::int, sum(prompt_tokens)::int,
           sum(cost_usd), sum(saved_usd)
    FROM semcache_usagebucket JOIN semcache_tenant t ON t.id = tenant_id
    WHERE t.name = %s GROUP BY source
"""


@pytest.fixture
def tenant() -> str:
    return f"books-{secrets.token_hex(4)}"


@pytest.fixture
def heidi(product: servers.Product, hire: Callable[..., Caller], tenant: str) -> Iterator[Caller]:
    """Owns a tenant with empty books."""
    product.keys["heidi"] = product.manage("issue_key", "--tenant", tenant).stdout.strip()
    yield hire(product, "heidi")
    del product.keys["heidi"]


def test_every_request_is_in_the_books(
    heidi: Caller, tenant: str, book: "psycopg.Connection[Any]"
) -> None:
    question = "What colour is a ripe lemon?"
    first = heidi.learn(question)  # a miss, and hits by meaning until it is indexed
    heidi.ask(question)
    heidi.ask(question, stream=True)
    heidi.ask(unique(), headers={"Cache-Control": "no-store"})
    heidi.ask(unique(), model="fake-500")
    heidi.ask(question, headers={"x-semcache-mode": "wrong"})

    def books() -> dict[str, tuple[Any, ...]]:
        return {row[0]: row[1:] for row in book.execute(QUERY, (tenant,)).fetchall()}

    wanted = {"hit-exact": 2, "hit-semantic": 1, "bypass": 1, "miss": 2}
    eventually(
        lambda: {source: row[0] for source, row in books().items()} == wanted,
        what=books,
    )
    counted = books()
    assert counted["miss"][1] == 1, "the provider's error"
    cost_usd = float(first.headers["x-semcache-cost-usd"])
    assert counted["miss"][3] == pytest.approx(cost_usd)
    assert counted["hit-exact"][4] == pytest.approx(2 * cost_usd)
    assert counted["hit-exact"][3] == 0
