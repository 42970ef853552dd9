"""Join or begin the flight of a key, and wait for the first thing it brings.

A flight that is lost before its first token is begun anew by whoever still waits, so that a dead
worker costs time but no answer.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from semcache import errors
from semcache.flight.claim import Claims
from semcache.flight.queue import Queue
from semcache.flight.stream import Seat, Tails
from semcache.types.flight import Event, Failed, Job, Ticket

log = logging.getLogger(__name__)

ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Boarded:
    """A seat on a flight, the first event it brought, and the rest."""

    ticket: Ticket
    seat: Seat
    first: Event
    rest: AsyncIterator[Event]


class Boarding:
    """Gets readers on flights."""

    def __init__(self, *, claims: Claims, queue: Queue, tails: Tails, deadline_s: float) -> None:
        self._claims = claims
        self._queue = queue
        self._tails = tails
        self._deadline_s = deadline_s

    async def board(self, key: str, job: Job, *, unless: bytes = b"") -> Boarded | None:
        """Join the flight of `key`, or begin it; wait for its first event.

        Args:
            unless: a Redis key; where it exists no flight is begun, and the answer is None.

        Raises:
            SemcacheError: it failed before that.
            CacheFaultError: Redis is away.
        """
        for _ in range(ATTEMPTS):
            job = msgspec.structs.replace(job, enqueued_at=time.time())
            ticket = await self._claims.take(key, job, keep_job_s=self._deadline_s, unless=unless)
            if ticket is None:
                return None
            seat = self._tails.join(ticket)
            try:
                return await self._depart(ticket, seat, job)
            except errors.FlightLostError:
                seat.leave()
                log.warning("A flight was lost before its first token; taking it over.")
            except BaseException:
                seat.leave()
                raise
        raise errors.UpstreamError("Every worker that took the request was lost.")

    async def _depart(self, ticket: Ticket, seat: Seat, job: Job) -> Boarded:
        if ticket.leader:
            await self._queue.put(ticket, priority=job.priority)
        rest = aiter(seat.events())
        try:
            async with asyncio.timeout(job.deadline_at - time.time()):
                first = await anext(rest)
        except TimeoutError:
            raise errors.UpstreamTimeoutError("No worker answered within the deadline.") from None
        if isinstance(first, Failed):
            raise failure(first)
        return Boarded(ticket=ticket, seat=seat, first=first, rest=rest)


def failure(event: Failed) -> errors.SemcacheError:
    """Make the worker's error ours again. An abandoned flight is lost to one who came late."""
    kind = getattr(errors, event.error, errors.UpstreamError)
    if kind is errors.FlightAbandonedError:
        kind = errors.FlightLostError
    error: errors.SemcacheError = kind(
        event.message, param=event.param, code=event.code, retry_after_s=event.retry_after_s
    )
    return error
