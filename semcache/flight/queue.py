"""How a job reaches a worker: a Dramatiq message by actor name; the worker half is not imported.

`tests/architecture/test_messages.py` holds name and actor together.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import dramatiq
from dramatiq.errors import DramatiqError
from redis.exceptions import RedisError

from semcache.errors import CacheFaultError
from semcache.types.controls import Priority
from semcache.types.flight import Ticket


def actor_name(priority: Priority) -> str:
    """Name the actor that serves a queue; each queue has one, so that it has a priority."""
    return f"generate_{priority}"


class Queue:
    """Hand flights to the workers.

    Args:
        broker: Dramatiq's, the process's own where none is given; its calls block, so they run in
            a thread.
    """

    def __init__(self, *, broker: dramatiq.Broker | None = None) -> None:
        self._broker = broker or dramatiq.get_broker()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="enqueue")

    async def put(self, ticket: Ticket, *, priority: Priority) -> None:
        """Enqueue a flight.

        Raises:
            CacheFaultError: the broker is away.
        """
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=priority,
            actor_name=actor_name(priority),
            args=(),
            kwargs={"key": ticket.key, "token": ticket.token},
            options={},
        )
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._broker.enqueue, message)
        except (DramatiqError, RedisError, OSError) as error:
            raise CacheFaultError(f"The queue cannot be reached: {error}") from error

    def close(self) -> None:
        self._threads.shutdown(wait=False)
