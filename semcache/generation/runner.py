"""One job, from its beginning to its last event."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Protocol

from semcache import errors
from semcache.flight import stream
from semcache.flight.claim import Claims
from semcache.flight.outbox import Outbox
from semcache.generation.keeping import Keeping
from semcache.types.flight import Done, Failed, Job, Ticket
from semcache.types.timings import Timings

log = logging.getLogger(__name__)


class Fetcher(Protocol):
    """Fetches the answers of one endpoint."""

    async def fetch(self, job: Job, ticket: Ticket, outbox: Outbox, timings: Timings) -> Done:
        """Fetch the answer of a job; what comes before it is whole goes to the outbox."""

    async def settle(self, job: Job, done: Done) -> None:
        """Do what nobody waits for, once the answer is out."""


class Generation:
    """Runs the jobs of flights.

    Args:
        claims: proves that a job is still ours to do.
        fetchers: by endpoint.
        keeping: told of failures.
        deadline_s: the longest a job may run.
    """

    def __init__(
        self,
        *,
        claims: Claims,
        fetchers: Mapping[str, Fetcher],
        keeping: Keeping,
        deadline_s: float,
    ) -> None:
        self._claims = claims
        self._fetchers = fetchers
        self._keeping = keeping
        self._deadline_s = deadline_s

    async def run(self, key: str, token: int, *, now: float) -> None:
        """Do the job of a flight, unless it is void: lost, or begun already."""
        job = await self._claims.begin(key, token, run_s=self._deadline_s)
        if job is None:
            log.info("Dropped a message whose flight is over: %s", key)
            return
        ticket = Ticket(key=key, token=token, leader=True)
        outbox = Outbox(claims=self._claims, ticket=ticket, keep_s=self._deadline_s)
        try:
            async with self._claims.hold(ticket):
                last = await self._fly(job, ticket, outbox, now=now)
                await outbox.finish(stream.pack(last))
            if isinstance(last, Done):
                await self._fetchers[job.endpoint].settle(job, last)
        except (errors.FlightLostError, errors.CacheFaultError) as error:
            log.warning("Flight %s was lost: %s", key, error)
        except errors.FlightAbandonedError as error:
            log.info("Flight %s was abandoned.", key)
            with contextlib.suppress(errors.FlightLostError, errors.CacheFaultError):
                await self._claims.finish(ticket, [stream.pack(_failed(error))])
        finally:
            outbox.close()

    async def _fly(self, job: Job, ticket: Ticket, outbox: Outbox, *, now: float) -> Done | Failed:
        """Fetch the answer within the deadline; whatever goes wrong is the flight's last event."""
        timings = Timings()
        timings.add("queue", max(0.0, (now - job.enqueued_at) * 1e3))
        try:
            async with asyncio.timeout(job.deadline_at - now):
                return await self._fetchers[job.endpoint].fetch(job, ticket, outbox, timings)
        except TimeoutError:
            failed = _failed(errors.UpstreamTimeoutError("No answer within the deadline."))
        except (errors.FlightLostError, errors.CacheFaultError):
            raise
        except errors.SemcacheError as error:
            failed = _failed(error)
        except Exception:
            log.exception("A job failed for a reason nobody expected (%s)", job.request_id)
            failed = _failed(errors.UpstreamError("The worker failed; its log says why."))
        self._keeping.note_failure(job, failed.error)
        return failed


def _failed(error: errors.SemcacheError) -> Failed:
    return Failed(
        error=type(error).__name__,
        message=error.message,
        param=error.param,
        code=error.code,
        retry_after_s=error.retry_after_s,
    )
