from typing import get_args

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from semcache.errors import CacheFaultError
from semcache.flight.queue import Queue
from semcache.types.controls import Priority
from semcache.types.flight import Ticket

TICKET = Ticket(key="abc", token=7, leader=True)


@pytest.mark.parametrize("priority", get_args(Priority))
async def test_a_flight_goes_to_the_queue_of_its_priority_with_its_fence(
    priority: Priority,
) -> None:
    broker = StubBroker()
    broker.declare_queue(priority)
    queue = Queue(broker=broker)

    await queue.put(TICKET, priority=priority)

    queue.close()
    message: dramatiq.Message[None] = dramatiq.Message.decode(broker.queues[priority].get_nowait())
    assert message.kwargs == {"key": "abc", "token": 7}


class AbsentBroker(StubBroker):
    """Cannot be reached."""

    def enqueue(
        self, message: "dramatiq.Message[object]", *, delay: int | None = None
    ) -> "dramatiq.Message[object]":
        raise ConnectionRefusedError("refused")


async def test_a_broker_that_is_away_is_a_fault_of_the_cache() -> None:
    queue = Queue(broker=AbsentBroker())

    with pytest.raises(CacheFaultError, match="refused"):
        await queue.put(TICKET, priority="interactive")

    queue.close()
