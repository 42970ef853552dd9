"""How a job reaches a worker: a Dramatiq message by actor name; the worker half is not imported.

`tests/architecture/test_messages.py` holds name and actor together.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import msgspec
from dramatiq.errors import DramatiqError
from redis.exceptions import RedisError

from semcache.errors import CacheFaultError
from semcache.types.audit import Audit, Rescore
from semcache.types.controls import Priority
from semcache.types.flight import Ticket

BACKGROUND: Priority = "background"
AUDIT, RESCORE = "audit", "rescore"
"""Actors of the queue BACKGROUND beside the generating one."""


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
        await self._send(priority, actor_name(priority), {"key": ticket.key, "token": ticket.token})

    async def audit(self, audit: Audit) -> None:
        """Enqueue an audit.

        Raises:
            CacheFaultError: the broker is away.
        """
        await self._send(BACKGROUND, AUDIT, {"audit": msgspec.json.encode(audit).decode()})

    async def rescore(self, rescore: Rescore) -> None:
        """Enqueue the weighing by another encoder.

        Raises:
            CacheFaultError: the broker is away.
        """
        said: dict[str, str | int] = {"rescore": msgspec.json.encode(rescore).decode()}
        await self._send(BACKGROUND, RESCORE, said)

    async def _send(self, queue_name: str, actor: str, said: dict[str, str | int]) -> None:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue_name, actor_name=actor, args=(), kwargs=said, options={}
        )
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._broker.enqueue, message)
        except (DramatiqError, RedisError, OSError) as error:
            raise CacheFaultError(f"The queue cannot be reached: {error}") from error

    def close(self) -> None:
        self._threads.shutdown(wait=False)
