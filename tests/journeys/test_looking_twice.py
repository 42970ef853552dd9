"""A second look serves what nearly may be served, never what a veto speaks against."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller, Said

QUESTION = "What should I pack for 7 days of hiking in the mountains?"
NEAR = "What should I pack for 7 days of camping in the mountains?"
TRAPS = (
    "What should I pack for 9 days of hiking in the mountains?",
    "What should I not pack for 7 days of hiking in the mountains?",
)


@pytest.fixture(scope="module")
def second(stores: servers.Stores, fake_provider: Upstream) -> Iterator[servers.Product]:
    """The product with the fake cross-encoder, and a gray zone that is all there is."""
    with servers.product(
        stores,
        provider_urls={"fake": fake_provider.base_url},
        SEMCACHE_CROSS_ENCODER="hashing",
        SEMCACHE_GRAY_ZONE="1",
    ) as made:
        made.start()
        yield made


@pytest.fixture
def dana(second: servers.Product, hire: Callable[..., Caller]) -> Caller:
    """Asks a product that looks twice."""
    return hire(second, "alice", root_url=second.web.root_url)


def looks(caller: Caller, said: Said) -> list[dict[str, Any]]:
    found = caller.get(f"/v1/cache/explain/{said.headers['x-request-id']}")
    assert found.status == 200, found.body
    candidates: list[dict[str, Any]] = found.json["candidates"]
    return candidates


def test_what_nearly_may_be_served_is_served_and_explain_says_by_what(
    dana: Caller, charlie: Caller
) -> None:
    dana.learn(QUESTION)
    said = dana.ask(NEAR)
    (look,) = looks(dana, said)

    assert said.level == "hit-semantic"
    assert "is below" in look["reason"]
    assert "the cross-encoder's" in look["reason"]
    assert "exceeds 0.8000" in look["reason"]
    assert (look["served"], look["admitted"]) == (True, True)
    tighter = {"x-semcache-max-error": "0.001"}
    assert dana.ask(NEAR, headers=tighter).level == "miss", "it has no threshold for this bound"
    charlie.learn(QUESTION)
    assert charlie.ask(NEAR).level == "miss", "without a cross-encoder it is not served"


@pytest.mark.parametrize("trap", TRAPS)
def test_what_a_veto_speaks_against_is_not_served(trap: str, dana: Caller) -> None:
    dana.learn(QUESTION)
    said = dana.ask(trap)
    (look,) = looks(dana, said)

    assert said.level == "miss"
    assert look["vetoes"]
    assert "cross-encoder" not in look["reason"]
