"""A herd of equal requests costs one call upstream."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.upstream.server import Upstream
from tests.callers import Caller, Said, unique

HERD = 50


def herd(caller: Caller, prompt: str, *, model: str) -> list[Said]:
    """Ask the same by many at once, every other one streamed."""
    with ThreadPoolExecutor(HERD) as threads:
        return list(
            threads.map(lambda i: caller.ask(prompt, model=model, stream=i % 2 == 1), range(HERD))
        )


@pytest.mark.parametrize("model", ["fake", "fake-json", "fake-slow"])
def test_a_herd_is_answered_by_one_generation(
    alice: Caller, provider: Upstream, model: str
) -> None:
    rounds = 1 if model == "fake-slow" else 4
    for asked in range(1, rounds + 1):
        said = herd(alice, unique(), model=model)
        assert {answer.status for answer in said} == {200}
        assert len({answer.text for answer in said}) == 1
        assert provider.calls()["generations"] == asked
        levels = Counter(answer.level for answer in said)
        assert levels["miss"] == 1
        assert set(levels) <= {"miss", "collapsed", "hit-exact", "hit-semantic"}


def test_a_herd_asking_for_what_fails_fails_once(alice: Caller, provider: Upstream) -> None:
    said = herd(alice, unique(), model="fake-cut")
    assert provider.calls()["generations"] <= 3, "each failure was asked for anew"
    for answer in said[::2]:
        assert (answer.status, answer.error["code"]) == (502, "upstream_error")


def test_requests_that_pass_the_cache_by_fly_alone(alice: Caller, provider: Upstream) -> None:
    prompt = unique()
    with ThreadPoolExecutor(4) as threads:
        headers = {"Cache-Control": "no-store"}
        said = list(threads.map(lambda _: alice.ask(prompt, headers=headers), range(4)))
    assert len({answer.text for answer in said}) == 4
    assert provider.calls()["generations"] == 4


def test_a_follower_sees_the_tokens_from_the_first_one_on(alice: Caller, bob: Caller) -> None:
    prompt = unique()
    with alice.streaming(prompt, model="fake-slow") as leading:
        lines = leading.iter_lines()
        begun = [next(lines) for _ in range(9)]
        assert sum(line.startswith("data: ") for line in begun) >= 4
        followed = bob.ask(prompt, model="fake-slow", stream=True)
        rest = [line for line in lines if line]
    assert leading.headers["x-semcache"] == "miss"
    assert followed.level == "collapsed"
    assert followed.cache_status.endswith("; collapsed")
    assert rest[-1] == "data: [DONE]"
    assert prompt in followed.text
