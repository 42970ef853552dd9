"""Two web processes are one cache."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller, unique
from tests.servers import eventually

QUESTION = "Why is the sky blue during the day?"
PARAPHRASE = "Why is the sky blue in the daytime?"
ONLY_CACHED = {"Cache-Control": "only-if-cached"}


def answers(caller: Caller, prompt: str, status: int) -> bool:
    return caller.ask(prompt, headers=ONLY_CACHED).status == status


@pytest.fixture(scope="module")
def second(product: servers.Product) -> Iterator[servers.Web]:
    web = product.start_web()
    web.wait_until_ready()
    yield web
    web.child.stop(patience_s=5.0)
    product.webs.remove(web)


@pytest.fixture
def there(second: servers.Web, product: servers.Product, hire: Callable[..., Caller]) -> Caller:
    """Alice again, at the other process."""
    return hire(product, "alice", root_url=second.root_url)


def test_what_one_process_learned_the_other_finds(alice: Caller, there: Caller) -> None:
    first = alice.ask(QUESTION)
    assert there.ask(QUESTION).body == first.body
    near = eventually(
        lambda: (said := there.ask(PARAPHRASE, headers=ONLY_CACHED)).status == 200 and said,
        within_s=3,
        what="the other index",
    )
    assert (near.level, near.body) == ("hit-semantic", first.body)


def test_a_purge_reaches_both_and_the_promoted_copies(
    alice: Caller, there: Caller, product: servers.Product, namespace: str
) -> None:
    alice.ask(QUESTION)
    for caller in (alice, there):
        eventually(partial(answers, caller, PARAPHRASE, 200))
    product.manage("purge", "--tenant", "a", "--namespace", namespace, "--yes")
    for caller in (alice, there):
        for prompt in (QUESTION, PARAPHRASE, f"{QUESTION} "):
            eventually(partial(answers, caller, prompt, 504), within_s=3)


def test_a_herd_over_two_processes_is_one_flight(
    alice: Caller, there: Caller, provider: Upstream
) -> None:
    prompt = unique()
    with ThreadPoolExecutor(20) as threads:
        said = list(
            threads.map(lambda i: (alice, there)[i % 2].ask(prompt, model="fake-slow"), range(20))
        )
    assert provider.calls()["generations"] == 1
    assert len({answer.body for answer in said}) == 1
    assert [answer.level for answer in said].count("miss") == 1


def test_who_leaves_one_process_does_not_disturb_the_other(
    alice: Caller, there: Caller, provider: Upstream
) -> None:
    prompt = unique()
    with alice.streaming(prompt, model="fake-slow") as leading:
        next(leading.iter_lines())
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(there.ask, prompt, model="fake-slow")
            with there.streaming(prompt, model="fake-slow") as following:
                next(following.iter_lines())
            leading.close()
            said = waiting.result(timeout=20)
    assert (said.status, said.level) == (200, "collapsed")
    assert provider.calls()["cut_by_client"] == 0


def test_a_revoked_key_stops_at_both(
    alice: Caller,
    there: Caller,
    product: servers.Product,
    hire: Callable[..., Caller],
    stores: servers.Stores,
) -> None:
    key = product.manage("issue_key", "--tenant", "a", "--label", "grace").stdout.strip()
    product.keys["grace"] = key
    both = [hire(product, "grace", root_url=caller.root_url) for caller in (alice, there)]
    assert [caller.ask(QUESTION).status for caller in both] == [200, 200]
    with stores.book() as book:
        book.execute("UPDATE semcache_apikey SET revoked_at = now() WHERE label = 'grace'")
    for caller in both:
        eventually(partial(answers, caller, QUESTION, 401), within_s=2)
