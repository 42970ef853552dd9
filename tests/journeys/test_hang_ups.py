"""A caller who hangs up leaves nothing behind: no claim, no call upstream, no connection."""

import json
from collections.abc import Callable, Iterator
from threading import Event, Thread

import psutil  # type: ignore[import-untyped]
import pytest
import redis

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import CHAT, Caller, Said, body, unique
from tests.raw import Wire
from tests.servers import eventually


@pytest.fixture(autouse=True)
def nothing_is_left(
    product: servers.Product, memory: "redis.Redis", provider: Upstream, alice: Caller
) -> Iterator[None]:
    """After the test: no claim, run or reader, no request upstream, no more connections."""
    alice.ask(unique())
    before = connections(product)
    yield
    eventually(lambda: product.flights(memory) == [], within_s=6, what="the end of all flights")
    eventually(lambda: provider.calls()["open_requests"] == 0, what="the end upstream")
    eventually(lambda: connections(product) <= before + 1, what="the end of the connections")
    assert alice.ask(unique()).level == "miss"


def connections(product: servers.Product) -> int:
    """Count the web process's open connections to callers."""
    pid = product.web.child.pid
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(
        connection.status == psutil.CONN_ESTABLISHED
        for process in family
        for connection in process.net_connections("tcp")
        if connection.laddr.port == product.web.port
    )


def begin(caller: Caller, prompt: str, *, model: str, stream: bool) -> Wire:
    wire = Wire(caller)
    asked = json.dumps(body(prompt, model=model, stream=stream)).encode()
    wire.send(wire.request("POST", CHAT, asked))
    return wire


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("model", ["fake-stall", "fake-slow"])
def test_who_hangs_up_while_waiting_ends_the_call_upstream(
    alice: Caller, provider: Upstream, model: str, *, stream: bool
) -> None:
    with begin(alice, unique(), model=model, stream=stream):
        eventually(lambda: provider.calls()["open_requests"] == 1)
    eventually(
        lambda: provider.calls()["cut_by_client"] == 1, within_s=3.5, what="the hang-up upstream"
    )


def test_who_hangs_up_in_mid_stream_ends_the_call_upstream(
    alice: Caller, provider: Upstream
) -> None:
    with alice.streaming(unique(), model="fake-slow") as response:
        lines = response.iter_lines()
        assert next(lines).startswith("data: ")
    eventually(
        lambda: provider.calls()["cut_by_client"] == 1, within_s=3.5, what="the hang-up upstream"
    )


def test_a_half_answer_that_nobody_waited_for_is_not_kept(
    alice: Caller, kept: Callable[[], int], provider: Upstream
) -> None:
    prompt = unique()
    before = kept()
    with alice.streaming(prompt, model="fake-slow") as response:
        next(response.iter_lines())
    eventually(lambda: provider.calls()["open_requests"] == 0, within_s=3.5)
    assert kept() == before
    assert alice.ask(prompt, model="fake-slow").level == "miss"


def test_the_other_readers_of_a_flight_are_not_disturbed(
    alice: Caller, bob: Caller, provider: Upstream
) -> None:
    prompt, said, begun = unique(), list[Said](), Event()

    def wait() -> None:
        begun.set()
        said.append(bob.ask(prompt, model="fake-slow"))

    with alice.streaming(prompt, model="fake-slow") as leading:
        next(leading.iter_lines())
        follower = Thread(target=wait)
        follower.start()
        begun.wait()
        third = begin(alice, prompt, model="fake-slow", stream=False)
        fourth = begin(alice, prompt, model="fake-slow", stream=True)
        fourth.read_head()
        third.close()
        fourth.close()
    follower.join()
    assert (said[0].status, said[0].level) == (200, "collapsed")
    assert prompt in said[0].text
    assert provider.calls()["cut_by_client"] == 0


def test_who_comes_back_at_once_is_answered(alice: Caller, provider: Upstream) -> None:
    prompt = unique()
    with begin(alice, prompt, model="fake-slow", stream=False):
        eventually(lambda: provider.calls()["open_requests"] == 1)
    said = alice.ask(prompt, model="fake-slow")
    assert said.status == 200
    assert prompt in said.text


def test_many_who_hang_up_at_any_moment_leave_nothing(alice: Caller, provider: Upstream) -> None:
    for delay in range(40):
        with begin(alice, unique(), model="fake-slow", stream=bool(delay % 2)) as wire:
            wire.wait(delay / 400)
    eventually(lambda: provider.calls()["open_requests"] == 0, within_s=6)
