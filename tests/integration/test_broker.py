"""core/broker.py on a real Valkey: a message wakes an idle consumer instead of waiting for it."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import pytest

from core.broker import WakingBroker
from tests import servers


@pytest.fixture
def broker(stores: servers.Stores, namespace: str) -> Iterator[WakingBroker]:
    made = WakingBroker(url=stores.valkey.url, namespace=namespace, middleware=[])
    made.declare_queue("interactive")
    yield made
    made.flush_all()
    made.close()
    made.client.close()


def message(number: int = 0) -> "dramatiq.Message[None]":
    return dramatiq.Message(
        queue_name="interactive", actor_name="a", args=(number,), kwargs={}, options={}
    )


def test_an_idle_consumer_takes_a_message_without_waiting_for_its_poll(
    broker: WakingBroker,
) -> None:
    """Dramatiq's own consumer backs off up to a second, 0.5 s on average."""
    consumer = broker.consume("interactive", prefetch=4, timeout=5_000)
    waits = []
    with ThreadPoolExecutor(1) as threads:
        for number in range(12):
            taken = threads.submit(_next, consumer)
            time.sleep(0.15)
            assert not taken.done()
            began = time.monotonic()
            broker.enqueue(message(number))
            found = taken.result(timeout=5)
            waits.append(time.monotonic() - began)
            assert found.args == (number,)
            consumer.ack(found)
    assert statistics.median(waits) < 0.1
    consumer.close()


def test_messages_sent_while_nobody_listened_are_taken(broker: WakingBroker) -> None:
    for number in range(200):
        broker.enqueue(message(number))
    consumer = broker.consume("interactive", prefetch=8, timeout=5_000)
    taken = []
    for _ in range(200):
        found = _next(consumer)
        taken.append(found.args[0])
        consumer.ack(found)
    assert taken == list(range(200))
    assert next(consumer) is None
    consumer.close()


def test_every_message_goes_to_one_of_many_consumers(broker: WakingBroker) -> None:
    consumers = [broker.consume("interactive", prefetch=2, timeout=5_000) for _ in range(3)]
    taken: list[int] = []

    def consume(index: int) -> None:
        idle = 0
        while idle < 2:
            found = next(consumers[index])
            idle = idle + 1 if found is None else 0
            if found is not None:
                taken.append(found.args[0])
                consumers[index].ack(found)

    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(consume, index) for index in range(3)]
        for number in range(60):
            broker.enqueue(message(number))
        for future in running:
            future.result(timeout=20)
    assert sorted(taken) == list(range(60))
    for consumer in consumers:
        consumer.close()


def test_wake_tokens_do_not_pile_up(broker: WakingBroker) -> None:
    for number in range(300):
        broker.enqueue(message(number))
    assert broker.client.llen(broker.wake_key("interactive")) <= 64


def _next(consumer: dramatiq.Consumer) -> dramatiq.MessageProxy:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        found = next(consumer)
        if found is not None:
            return found
    raise AssertionError("no message came")
