"""The servers and the cast. Each server starts when the first test asks for it, once a session."""

import secrets
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redis

from benchmarks.upstream import server as fake
from tests import odd, servers
from tests.callers import Caller


def pytest_configure() -> None:
    """Hear Ctrl-C, also where a shell in the background had it ignored: our children inherit it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stores() -> Iterator[servers.Stores]:
    """A real Postgres and a real Valkey."""
    with servers.stores() as started:
        yield started


@pytest.fixture(scope="session")
def fake_provider() -> Iterator[fake.Upstream]:
    with fake.running(delay_ms=50, tokens=4) as running:
        yield running


@pytest.fixture(scope="session")
def product(stores: servers.Stores, fake_provider: fake.Upstream) -> Iterator[servers.Product]:
    """The product, running: one web process, one worker of all queues."""
    with (
        odd.running() as odd_url,
        servers.product(
            stores, provider_urls={"fake": fake_provider.base_url, "odd": odd_url}
        ) as made,
    ):
        made.start()
        yield made


@pytest.fixture
def provider(fake_provider: fake.Upstream) -> fake.Upstream:
    """The fake provider with an empty book of calls."""
    fake_provider.reset()
    return fake_provider


@pytest.fixture
def book(stores: servers.Stores) -> Iterator["psycopg.Connection[Any]"]:
    """A connection to Postgres."""
    with stores.book() as connection:
        yield connection


@pytest.fixture
def memory(stores: servers.Stores) -> Iterator["redis.Redis"]:
    """A connection to Valkey."""
    with stores.memory() as client:
        yield client


@pytest.fixture
def namespace() -> str:
    """A cache of the test's own within each tenant."""
    return f"ns-{secrets.token_hex(6)}"


Hire = Callable[..., Caller]


@pytest.fixture
def hire(namespace: str) -> Iterator[Hire]:
    """Make callers; their connections are closed at the end."""
    hired: list[Caller] = []

    def make(product: servers.Product, name: str, **options: Any) -> Caller:
        options = {"root_url": product.web.root_url, "namespace": namespace, **options}
        hired.append(Caller(key=product.keys[name], **options))
        return hired[-1]

    yield make
    for caller in hired:
        caller.close()


@pytest.fixture
def alice(product: servers.Product, hire: Hire) -> Caller:
    """Owns the tenant `a`."""
    return hire(product, "alice")


@pytest.fixture
def bob(product: servers.Product, hire: Hire) -> Caller:
    """Is on Alice's team: another key of the same tenant."""
    return hire(product, "bob")


@pytest.fixture
def charlie(product: servers.Product, hire: Hire) -> Caller:
    """Is of another tenant, and must see nothing of theirs."""
    return hire(product, "charlie")


@pytest.fixture
def kept(book: "psycopg.Connection[Any]", namespace: str) -> Callable[[], int]:
    """Count what the book holds of this test's namespace."""

    def count() -> int:
        query = "SELECT count(*) FROM semcache_entry WHERE namespace = %s"
        row = book.execute(query, (namespace,)).fetchone()
        assert row is not None
        return int(row[0])

    return count
