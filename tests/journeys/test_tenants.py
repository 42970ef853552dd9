"""Alice owns, Bob is on her team, Charlie must see nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller, unique

QUESTION = "How long does a cat live on average?"
PARAPHRASE = "How long does a cat live, on average?"


def test_a_team_shares_its_answers(alice: Caller, bob: Caller) -> None:
    first = alice.learn(QUESTION)
    assert bob.ask(QUESTION).body == first.body
    assert bob.ask(PARAPHRASE).level == "hit-semantic"


def test_equal_prompts_of_two_tenants_never_share(
    alice: Caller, charlie: Caller, provider: Upstream
) -> None:
    ours = alice.ask(QUESTION)
    theirs = charlie.ask(QUESTION)
    assert (ours.level, theirs.level) == ("miss", "miss")
    assert ours.text != theirs.text
    assert ours.headers["x-semcache-entry"] != theirs.headers["x-semcache-entry"]
    assert alice.ask(QUESTION).text == ours.text
    assert charlie.ask(QUESTION).text == theirs.text
    assert provider.calls()["generations"] == 2


def test_near_prompts_of_two_tenants_never_share(alice: Caller, charlie: Caller) -> None:
    alice.learn(QUESTION)
    assert charlie.ask(PARAPHRASE).level == "miss"
    assert charlie.ask(PARAPHRASE, headers={"Cache-Control": "only-if-cached"}).status == 200
    asked = charlie.ask(QUESTION, headers={"Cache-Control": "only-if-cached"})
    assert asked.level == "hit-semantic"
    assert PARAPHRASE in asked.text


def test_two_tenants_asking_at_once_fly_apart(
    alice: Caller, bob: Caller, charlie: Caller, provider: Upstream
) -> None:
    prompt = unique()
    callers = [alice, bob, charlie] * 4
    with ThreadPoolExecutor(len(callers)) as threads:
        said = list(threads.map(lambda caller: caller.ask(prompt, model="fake"), callers))
    assert {answer.status for answer in said} == {200}
    ours = {answer.text for answer, caller in zip(said, callers, strict=True) if caller != charlie}
    theirs = {
        answer.text for answer, caller in zip(said, callers, strict=True) if caller == charlie
    }
    assert len(ours) == len(theirs) == 1
    assert ours != theirs
    assert provider.calls()["generations"] == 2


def test_embeddings_of_two_tenants_never_share(
    alice: Caller, bob: Caller, charlie: Caller, provider: Upstream
) -> None:
    text = unique()
    alice.embed(text)
    assert bob.embed(text).level == "hit-exact"
    assert charlie.embed(text).level == "miss"
    assert provider.calls()["count"] == 2


def test_a_namespace_is_a_cache_of_its_own(
    alice: Caller, product: servers.Product, hire: Callable[..., Caller]
) -> None:
    elsewhere = hire(product, "alice", namespace="ns-elsewhere")
    nowhere = hire(product, "alice", namespace="")
    prompt = unique()
    assert alice.ask(prompt).level == "miss"
    assert elsewhere.ask(prompt).level == "miss"
    assert nowhere.learn(prompt).level == "miss"
    assert nowhere.ask(f"{prompt}?").level == "hit-semantic"
    assert alice.embed(prompt).level == "miss"
    assert elsewhere.embed(prompt).level == "miss"


def test_a_tenants_entry_cannot_be_named_by_another(alice: Caller, charlie: Caller) -> None:
    """The handle is keyed by the tenant's salt: equal questions have unequal handles."""
    handles = {
        caller.ask(QUESTION).headers["x-semcache-entry"] for caller in (alice, charlie, alice)
    }
    assert len(handles) == 2
